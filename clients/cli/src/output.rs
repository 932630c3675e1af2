//! Where things are said: data on standard output, talk on standard error, colour only for people.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use mosaic_config::environment;
use serde::Serialize;

use crate::render::text::printable;

/// How text may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Aside.
    Dim,
    /// Important.
    Strong,
    /// Good.
    Good,
    /// To be looked at.
    Warn,
    /// Bad.
    Bad,
}

/// Both outputs and what they can show.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about an output"
)]
pub(crate) struct Output {
    /// Print JSON.
    pub(crate) json: bool,
    /// Whether a person reads standard output.
    pub(crate) out_is_terminal: bool,
    /// Whether a person reads standard error.
    pub(crate) talk_is_terminal: bool,
    colour: bool,
    /// Whether more than ASCII may be shown.
    pub(crate) unicode: bool,
    /// How much is said.
    pub(crate) verbose: u8,
}

impl Output {
    /// As the terminal, the environment and the flags have it.
    pub(crate) fn new(json: bool, no_color: bool, verbose: u8) -> Self {
        Self {
            json,
            out_is_terminal: io::stdout().is_terminal(),
            talk_is_terminal: io::stderr().is_terminal(),
            colour: !no_color && !environment::no_color(),
            unicode: environment::utf8_terminal(),
            verbose,
        }
    }

    /// Whether colour is wanted.
    pub(crate) const fn colour(self) -> bool {
        self.colour
    }

    /// Writes data as they are.
    #[expect(
        clippy::unused_self,
        reason = "whoever prints has been given the outputs"
    )]
    pub(crate) fn raw(self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Writes a line of data.
    pub(crate) fn line(self, text: &str) -> io::Result<()> {
        self.raw(&format!("{text}\n"))
    }

    /// Writes one JSON document on a line of its own.
    pub(crate) fn document(self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(value)?;
        if self.out_is_terminal {
            self.line(&escaped(&text))
        } else {
            self.line(&text)
        }
    }

    /// Says something. When nobody listens any more, that is no reason to stop.
    pub(crate) fn say(self, text: &str) {
        self.say_raw(&format!("{text}\n"));
    }

    /// Says something without ending the line.
    #[expect(
        clippy::unused_self,
        reason = "whoever prints has been given the outputs"
    )]
    pub(crate) fn say_raw(self, text: &str) {
        let mut talk = io::stderr().lock();
        drop(talk.write_all(text.as_bytes()).and_then(|()| talk.flush()));
    }

    /// Text for standard output, made printable.
    pub(crate) fn paint_data(self, tone: Tone, text: &str) -> String {
        paint(self.colour && self.out_is_terminal, tone, text)
    }

    /// Text for standard error, made printable.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        paint(self.colour && self.talk_is_terminal, tone, text)
    }
}

/// The same JSON without what would steer a terminal or turn its text round: that can only stand in strings, where `\u` says it too.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    let (mut bytes, mut units) = ([0; 4], [0; 2]);
    for letter in json.chars() {
        let one: &str = letter.encode_utf8(&mut bytes);
        if printable(one) == one {
            safe.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut units) {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe
}

/// Whoever wrote it, the only escape sequences in painted text are those added here.
fn paint(colour: bool, tone: Tone, text: &str) -> String {
    let text = printable(text);
    if !colour || text.is_empty() {
        return text;
    }
    let code = match tone {
        Tone::Dim => 2,
        Tone::Strong => 1,
        Tone::Good => 32,
        Tone::Warn => 33,
        Tone::Bad => 31,
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn painted_text_brings_no_escape_sequences_of_its_own() {
        assert_eq!(paint(false, Tone::Bad, "a\x1b[2Jb"), "a[2Jb");
        assert_eq!(paint(true, Tone::Bad, "a\x1b[2Jb"), "\x1b[31ma[2Jb\x1b[0m");
    }

    #[test]
    fn json_on_a_terminal_says_the_same_and_steers_nothing() {
        let said = "a\u{9b}2J\u{202e}b\u{7f}\u{e0041}\u{2028}ä\u{1f600}\n";
        let json = serde_json::to_string(said).unwrap();
        let safe = escaped(&json);
        assert_eq!(safe, r#""a\u009b2J\u202eb\u007f\udb40\udc41\u2028ä😀\n""#);
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), said);
    }
}
