//! Prints the pieces of an answer so that both outputs stay readable on one terminal.

use mosaic_client::Frame;
use mosaic_client::Sent;

use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::render::answer::{Answer, Piece};
use crate::render::text::printable;

/// The printing of one answer.
#[derive(Debug)]
pub(super) struct Speaker {
    output: Output,
    answer: Answer,
    /// Whether the terminal that shows both outputs is in the middle of a line of the answer.
    mid_line: bool,
}

impl Speaker {
    pub(super) fn new(output: Output, sent: &Sent) -> Self {
        let answer = Answer::to(sent.message_id, output.unicode);
        Self {
            output,
            answer,
            mid_line: false,
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
        if std::mem::take(&mut self.mid_line) {
            self.output.say("");
        }
        self.output.say(&self.output.paint(tone, line));
    }

    fn data(&mut self, text: &str) -> Result<(), Failure> {
        if self.output.out_is_terminal {
            self.mid_line = self.output.talk_is_terminal && !text.ends_with('\n');
            self.output.raw(&printable(text))?;
        } else {
            self.output.raw(text)?;
        }
        Ok(())
    }
}
