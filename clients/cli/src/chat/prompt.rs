//! Reading lines from a person, off the runtime.

use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use crate::exit::Exit;
use crate::failure::Failure;

/// What the keyboard gave.
pub(super) enum Typed {
    Line(String),
    Interrupt,
    End,
}

/// The line editor, which belongs to a thread of its own while it reads.
pub(super) struct Prompt {
    editor: Option<DefaultEditor>,
    /// How the terminal was, for an end in the middle of a line.
    terminal: Option<Termios>,
}

impl Prompt {
    pub(super) fn new() -> Result<Self, Failure> {
        let editor = DefaultEditor::new().map_err(|error| {
            Failure::new(
                Exit::Failed,
                format!("the terminal cannot be used: {error}"),
            )
        })?;
        Ok(Self {
            editor: Some(editor),
            terminal: tcgetattr(std::io::stdin()).ok(),
        })
    }

    pub(super) async fn read(&mut self) -> Result<Typed, Failure> {
        let Some(mut editor) = self.editor.take() else {
            return Ok(Typed::End);
        };
        let read = tokio::task::spawn_blocking(move || {
            let typed = read_lines(&mut editor);
            (editor, typed)
        });
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(
                Exit::Failed,
                format!("the terminal cannot be read: {error}"),
            )
        };
        let (editor, typed) = read.await.map_err(|error| failed(&error))?;
        self.editor = Some(editor);
        match typed {
            Ok(text) => Ok(Typed::Line(text)),
            Err(ReadlineError::Interrupted) => Ok(Typed::Interrupt),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(failed(&error)),
        }
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        if let (None, Some(terminal)) = (&self.editor, &self.terminal) {
            // Nothing can be done about a terminal that is gone.
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, terminal);
        }
    }
}

fn read_lines(editor: &mut DefaultEditor) -> rustyline::Result<String> {
    let mut text = editor.readline("> ")?;
    while text.ends_with('\\') {
        text.pop();
        text.push('\n');
        text.push_str(&editor.readline(". ")?);
    }
    if !text.trim().is_empty() {
        editor.add_history_entry(&text)?;
    }
    Ok(text)
}
