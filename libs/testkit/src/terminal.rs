//! A program in a pseudo-terminal, as a person has it before them: keys go in, a screen comes out.
//!
//! ```no_run
//! # use std::{process::Command, time::Duration};
//! # use mosaic_testkit::terminal::{ENTER, Terminal};
//! # async fn example() -> anyhow::Result<()> {
//! let mut terminal = Terminal::spawn(Command::new("mosaic"), 24, 80)?;
//! terminal.type_text("hello")?;
//! terminal.type_text(ENTER)?;
//! terminal.wait_for("answer", Duration::from_secs(20)).await?;
//! # Ok(()) }
//! ```

use std::fmt;
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;
use pty_process::Size;
use pty_process::blocking::{Command as PtyCommand, Pty, open};
use tokio::time::{Instant, sleep};
use vt100::Parser;

/// The Enter key.
pub const ENTER: &str = "\r";
/// The Escape key.
pub const ESCAPE: &str = "\x1b";
/// The key that goes a page up.
pub const PAGE_UP: &str = "\x1b[5~";
/// The key that goes a page down.
pub const PAGE_DOWN: &str = "\x1b[6~";
/// The key down.
pub const DOWN: &str = "\x1b[B";
/// The key up.
pub const UP: &str = "\x1b[A";

/// How often the screen is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Ctrl with a letter.
#[must_use]
pub fn control(letter: char) -> String {
    let code = u32::from(letter.to_ascii_lowercase()) & 0x1f;
    char::from_u32(code).map(String::from).unwrap_or_default()
}

/// A running program and its screen. Dropped, it is killed.
pub struct Terminal {
    child: Child,
    pty: Arc<Pty>,
    screen: Arc<Mutex<Screen>>,
}

struct Screen {
    parser: Parser,
    /// Everything that was written, as it came.
    raw: Vec<u8>,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let child = &self.child;
        f.debug_struct("Terminal")
            .field("child", child)
            .finish_non_exhaustive()
    }
}

/// What a program left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a mode of its own of the terminal"
)]
pub struct Modes {
    /// Keys are echoed and lines edited by the terminal, as a shell expects it.
    pub cooked: bool,
    /// The program has the screen to itself.
    pub alternate_screen: bool,
    /// The cursor cannot be seen.
    pub cursor_hidden: bool,
    /// The mouse is reported.
    pub mouse: bool,
    /// Pastes are marked.
    pub bracketed_paste: bool,
}

impl Modes {
    /// A terminal that nobody has taken over.
    pub const USUAL: Self = Self {
        cooked: true,
        alternate_screen: false,
        cursor_hidden: false,
        mouse: false,
        bracketed_paste: false,
    };
}

impl Terminal {
    /// Starts a program in a terminal of this size. `TERM` is set unless the command sets it.
    pub fn spawn(mut command: Command, rows: u16, columns: u16) -> anyhow::Result<Self> {
        let (pty, program_side) = open()?;
        pty.resize(Size::new(rows, columns))?;
        if command.get_envs().all(|(name, _)| name != "TERM") {
            command.env("TERM", "xterm-256color");
        }
        let child = PtyCommand::from(command).spawn(program_side)?;
        let pty = Arc::new(pty);
        let screen = Arc::new(Mutex::new(Screen {
            parser: Parser::new(positive(rows)?, positive(columns)?, 0),
            raw: Vec::new(),
        }));
        let (source, sink) = (Arc::clone(&pty), Arc::clone(&screen));
        // Ends by itself when the program has closed the terminal.
        std::thread::spawn(move || read(&source, &sink));
        Ok(Self { child, pty, screen })
    }

    /// Types, as if all keys were pressed at once.
    pub fn type_text(&mut self, keys: &str) -> anyhow::Result<()> {
        let mut pty = &*self.pty;
        pty.write_all(keys.as_bytes())?;
        Ok(pty.flush()?)
    }

    /// What can be seen, row by row, without the spaces at their ends.
    #[must_use]
    pub fn screen(&self) -> String {
        let lock = self.lock();
        let screen = lock.parser.screen();
        let (_, columns) = screen.size();
        let rows: Vec<String> = screen.rows(0, columns.get()).collect();
        let rows = rows.iter().map(|row| row.trim_end());
        rows.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    /// Everything that was written so far, escape sequences included.
    #[must_use]
    pub fn raw(&self) -> Vec<u8> {
        self.lock().raw.clone()
    }

    /// Waits until this text can be seen.
    pub async fn wait_for(&self, text: &str, patience: Duration) -> anyhow::Result<()> {
        let what = format!("{text:?}");
        self.wait_until(&what, patience, |screen| screen.contains(text))
            .await
    }

    /// Waits until what can be seen is as it should be.
    pub async fn wait_until(
        &self,
        what: &str,
        patience: Duration,
        enough: impl Fn(&str) -> bool,
    ) -> anyhow::Result<()> {
        let until = Instant::now() + patience;
        loop {
            let screen = self.screen();
            if enough(&screen) {
                return Ok(());
            }
            anyhow::ensure!(
                Instant::now() < until,
                "waited in vain for {what} in:\n{screen}"
            );
            sleep(LOOK).await;
        }
    }

    /// Gives the terminal another size.
    pub fn resize(&self, rows: u16, columns: u16) -> anyhow::Result<()> {
        self.pty.resize(Size::new(rows, columns))?;
        let (rows, columns) = (positive(rows)?, positive(columns)?);
        self.lock().parser.screen_mut().set_size(rows, columns);
        Ok(())
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let id = i32::try_from(self.child.id())?;
        Ok(kill(Pid::from_raw(id), signal)?)
    }

    /// The id of the program's process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the program's end.
    pub async fn ended(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        let until = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait()? {
                // What it wrote last may still be on its way.
                sleep(LOOK * 5).await;
                return Ok(status);
            }
            let screen = self.screen();
            anyhow::ensure!(Instant::now() < until, "the program goes on:\n{screen}");
            sleep(LOOK).await;
        }
    }

    /// The modes of the terminal at present.
    pub fn modes(&self) -> anyhow::Result<Modes> {
        let flags = tcgetattr(&*self.pty).context("no terminal")?.local_flags;
        let lock = self.lock();
        let screen = lock.parser.screen();
        Ok(Modes {
            cooked: flags.contains(LocalFlags::ICANON | LocalFlags::ECHO),
            alternate_screen: screen.alternate_screen(),
            cursor_hidden: screen.hide_cursor(),
            mouse: screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
            bracketed_paste: screen.bracketed_paste(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn positive(number: u16) -> anyhow::Result<NonZero<u16>> {
    NonZero::new(number).context("a terminal has at least one row and one column")
}

fn read(mut source: &Pty, sink: &Mutex<Screen>) {
    let mut buffer = [0; 8192];
    while let Ok(count) = source.read(&mut buffer) {
        if count == 0 {
            return;
        }
        let mut screen = sink.lock().unwrap_or_else(PoisonError::into_inner);
        screen.parser.process(&buffer[..count]);
        screen.raw.extend_from_slice(&buffer[..count]);
    }
}
