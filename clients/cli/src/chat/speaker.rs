//! Prints the pieces of an answer so that both outputs stay readable on one terminal.

use mosaic_client::Frame;
use mosaic_client::Sent;
use mosaic_tui::Flow;

use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::render::answer::{Answer, Piece};
use crate::render::text::printable;

/// A terminal that does not tell how wide it is.
const COLUMNS: u16 = 80;

/// The printing of one answer.
#[derive(Debug)]
pub(super) struct Speaker {
    output: Output,
    answer: Answer,
    /// The answer on a terminal, broken by words.
    flow: Flow,
}

impl Speaker {
    pub(super) fn new(output: Output, sent: &Sent) -> Self {
        let answer = Answer::to(sent.message_id, output.unicode);
        Self {
            output,
            answer,
            flow: Flow::default(),
        }
    }

    /// Prints what a frame adds, or the frame itself where JSON is wanted.
    pub(super) fn frame(&mut self, frame: &Frame) -> Result<(), Failure> {
        if self.output.json {
            self.output.document(frame)?;
            return Ok(());
        }
        for piece in self.answer.apply(frame) {
            match piece {
                Piece::Data(text) => self.data(&text)?,
                Piece::Talk(tone, line) => self.talk(tone, &line),
            }
        }
        Ok(())
    }

    /// Says something beside the answer.
    pub(super) fn talk(&mut self, tone: Tone, line: &str) {
        let held = self.flow.flush(columns());
        // What cannot be printed now is found out with the next piece of data.
        drop(self.output.raw(&held));
        if self.flow.is_mid_line() && self.output.talk_is_terminal {
            self.output.say("");
            self.flow.restart();
        }
        self.output.say(&self.output.paint(tone, line));
    }

    fn data(&mut self, text: &str) -> Result<(), Failure> {
        if self.output.out_is_terminal {
            let shown = self.flow.push(&printable(text), columns());
            self.output.raw(&shown)?;
        } else {
            self.output.raw(text)?;
        }
        Ok(())
    }
}

/// How wide the terminal is at this moment.
fn columns() -> usize {
    let (columns, _) = crossterm::terminal::size().unwrap_or((COLUMNS, 0));
    usize::from(if columns == 0 { COLUMNS } else { columns })
}
