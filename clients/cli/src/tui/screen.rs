//! The terminal while the interface has it. Whatever happens, panics included, the person gets it back as it was.

use std::io::{self, Stdout, Write as _};
use std::panic;

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use mosaic_tui::App;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// The terminal, taken over.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn take() -> io::Result<Self> {
        restore_on_panic();
        enable_raw_mode()?;
        // From here on dropping restores.
        let screen = Self {
            terminal: Terminal::new(CrosstermBackend::new(io::stdout()))?,
        };
        // Terminals that know no key reports pass over them; those that do tell Shift+Enter from Enter.
        let keys = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
        execute!(
            io::stdout(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableMouseCapture,
            PushKeyboardEnhancementFlags(keys),
        )?;
        Ok(screen)
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws, as one picture where the terminal can.
    pub(super) fn draw(&mut self, app: &App) -> io::Result<()> {
        queue!(io::stdout(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| app.view(frame))?;
        execute!(io::stdout(), EndSynchronizedUpdate)
    }

    /// Has the mouse reported, or leaves it to the terminal.
    #[expect(clippy::unused_self, reason = "whoever has the screen has the mouse")]
    pub(super) fn mouse(&self, taken: bool) -> io::Result<()> {
        if taken {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            execute!(io::stdout(), DisableMouseCapture)
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back. Each step is tried although another failed: there is nobody to tell.
fn restore() {
    let mut out = io::stdout();
    drop(execute!(
        out,
        EndSynchronizedUpdate,
        PopKeyboardEnhancementFlags
    ));
    drop(execute!(out, DisableMouseCapture, DisableBracketedPaste));
    drop(execute!(out, LeaveAlternateScreen, Show));
    drop(out.flush());
    drop(disable_raw_mode());
}

/// A panic's message is for the person's own screen.
fn restore_on_panic() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        restore();
        before(info);
    }));
}
