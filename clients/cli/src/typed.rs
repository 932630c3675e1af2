//! What a person types, or a script writes, when a command asks: lines, and passwords that nobody sees.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use mosaic_client::Secret;
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// No password and no token is longer.
const LONGEST: usize = 4_096;

/// Whether there is somebody to ask.
pub(crate) fn can_ask(output: Output) -> bool {
    io::stdin().is_terminal() && output.talk_is_terminal
}

/// Asks for a line.
pub(crate) fn line(output: Output, question: &str) -> Result<String, Failure> {
    output.say_raw(&format!("{question} "));
    let mut typed = String::new();
    if io::stdin().read_line(&mut typed)? == 0 {
        return Err(unsaid());
    }
    Ok(typed.trim().to_owned())
}

/// What the command line says, or else whoever sits there.
pub(crate) fn given_or_asked(
    output: Output,
    given: Option<String>,
    option: &str,
    question: &str,
) -> Result<String, Failure> {
    match given {
        Some(given) => Ok(given),
        None if can_ask(output) => line(output, question),
        None => {
            let message = format!("{option} is missing, and nobody can be asked here");
            Err(Failure::new(Exit::Usage, message))
        }
    }
}

/// A password that there must be: from standard input, or from whoever sits there.
pub(crate) fn password(
    output: Output,
    from_stdin: bool,
    what: &str,
    ask: impl FnOnce(Output) -> Result<Secret, Failure>,
) -> Result<Secret, Failure> {
    if from_stdin {
        return piped(what);
    }
    if !can_ask(output) {
        let message = format!("there is no {what}, and nobody can be asked here");
        return Err(Failure::new(Exit::Usage, message).with_remedy("add --password-stdin"));
    }
    ask(output)
}

/// Asks for something that is not shown while it is typed.
pub(crate) fn secret(output: Output, question: &str) -> Result<Secret, Failure> {
    output.say_raw(&format!("{question} "));
    let typed = {
        let _hidden = Hidden::hide().map_err(|error| {
            let message = format!("the terminal cannot be used: {error}");
            Failure::new(Exit::Failed, message)
        })?;
        edited(io::stdin().lock().bytes())
    };
    output.say("");
    match typed? {
        Typed::Line(text) => Ok(text.into()),
        Typed::Interrupt => Err(Failure::new(Exit::Interrupted, "interrupted")),
        Typed::End => Err(unsaid()),
    }
}

/// Asks for a new password, twice.
pub(crate) fn new_password(output: Output) -> Result<Secret, Failure> {
    let new = secret(output, "New password:")?;
    let again = secret(output, "The same again:")?;
    if new.expose() == again.expose() {
        return Ok(new);
    }
    let message = "the two are not the same";
    Err(Failure::new(Exit::Usage, message).with_remedy("try again; nothing was changed"))
}

/// The next line of standard input, as a script writes it.
pub(crate) fn piped(what: &str) -> Result<Secret, Failure> {
    let mut text = String::new();
    let mut input = io::stdin().lock().take(LONGEST as u64);
    input.read_line(&mut text)?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        let message = format!("there is no {what} on standard input");
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(text.to_owned().into())
}

fn unsaid() -> Failure {
    Failure::new(Exit::Usage, "nothing was typed")
}

/// A terminal that shows nothing of what is typed and passes on every key, until this is dropped.
struct Hidden {
    before: Termios,
}

impl Hidden {
    fn hide() -> nix::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        // An interrupt is a key like any other, so that it cannot leave the terminal without its echo.
        let off = LocalFlags::ECHO | LocalFlags::ICANON | LocalFlags::ISIG;
        hidden.local_flags.remove(off);
        tcsetattr(io::stdin(), SetArg::TCSADRAIN, &hidden)?;
        Ok(Self { before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, &self.before);
    }
}

/// What came of typing a line unseen.
#[derive(Debug, PartialEq, Eq)]
enum Typed {
    Line(String),
    Interrupt,
    End,
}

fn edited(keys: impl Iterator<Item = io::Result<u8>>) -> Result<Typed, Failure> {
    let mut line: Vec<u8> = Vec::new();
    for key in keys {
        match key? {
            0x03 => return Ok(Typed::Interrupt),
            0x04 if line.is_empty() => return Ok(Typed::End),
            b'\r' | b'\n' | 0x04 => return text(line),
            // Backspace takes a whole character.
            0x08 | 0x7f => while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            0x15 => line.clear(),
            key if line.len() < LONGEST => line.push(key),
            _ => {}
        }
    }
    if line.is_empty() {
        return Ok(Typed::End);
    }
    text(line)
}

fn text(line: Vec<u8>) -> Result<Typed, Failure> {
    let line = String::from_utf8(line);
    let line = line.map_err(|_| Failure::new(Exit::Usage, "what was typed is not UTF-8"))?;
    Ok(Typed::Line(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(keys: &str) -> Typed {
        edited(keys.bytes().map(Ok)).unwrap()
    }

    #[test]
    fn what_is_typed_unseen_can_be_corrected() {
        let line = |text: &str| Typed::Line(text.to_owned());
        assert_eq!(type_in("secret\rmore"), line("secret"));
        assert_eq!(type_in("seé\u{7f}c\u{8}\u{7f}\u{7f}\u{7f}x\n"), line("x"));
        assert_eq!(type_in("wrong\u{15}right\r"), line("right"));
        assert_eq!(type_in("half"), line("half"));
    }

    #[test]
    fn an_interrupt_and_an_end_are_told_apart() {
        assert_eq!(type_in("sec\u{3}"), Typed::Interrupt);
        assert_eq!(type_in("\u{4}"), Typed::End);
        assert_eq!(type_in(""), Typed::End);
    }
}
