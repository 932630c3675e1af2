//! A run's events as what is printed: the answer to standard output, tools and thinking to standard error.
//!
//! What was printed cannot be taken back. When a run is taken over and the text after its last recorded step becomes
//! void, the new text usually begins like the old one: printing goes on where the two part, or begins again.

use mosaic_client::{Event, Frame, ToolOutcome, Transcript, TurnState};
use mosaic_domain::MessageId;
use serde_json::Value;

use super::text::{one_line, printable};
use crate::output::Tone;

const TOOL_WIDTH: usize = 100;

/// Something to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Part of the answer.
    Data(String),
    /// A line aside.
    Talk(Tone, String),
}

/// The printing of one answer.
#[derive(Debug)]
pub(crate) struct Answer {
    message: MessageId,
    transcript: Transcript,
    /// What was printed of the answer.
    shown: String,
    /// Thinking of which no whole line has come.
    thinking: String,
    /// Whether our message is part of the turn yet.
    begun: bool,
    unicode: bool,
}

impl Answer {
    /// The answer to this message, which may have joined a turn that was running already.
    pub(crate) fn to(message: MessageId, unicode: bool) -> Self {
        Self {
            message,
            transcript: Transcript::default(),
            shown: String::new(),
            thinking: String::new(),
            begun: false,
            unicode,
        }
    }

    /// What the next frame adds.
    pub(crate) fn apply(&mut self, frame: &Frame) -> Vec<Piece> {
        self.transcript.apply(frame);
        let Some(turn) = self.transcript.turn(frame.run_id) else {
            return Vec::new();
        };
        let ended = matches!(turn.state, TurnState::Ended { .. });
        let text = match turn.answer_to(self.message) {
            Some(text) => text,
            // A run that ended without ever having named our message: better all of it than nothing.
            None if ended => turn.answer(),
            None => return Vec::new(),
        };
        let first = !std::mem::replace(&mut self.begun, true);
        let mut pieces = Vec::new();
        if !first {
            self.aside(&frame.event, &mut pieces);
        }
        self.advance(text, ended, &mut pieces);
        pieces
    }

    /// Prints what `text` has more than was printed.
    fn advance(&mut self, text: String, ended: bool, pieces: &mut Vec<Piece>) {
        if let Some(more) = text.strip_prefix(self.shown.as_str()) {
            if !more.is_empty() {
                pieces.push(Piece::Data(more.to_owned()));
            }
            self.shown = text;
        } else if ended || !self.shown.starts_with(text.as_str()) {
            let again = "the rest of this text was lost with its worker; the answer begins again:";
            pieces.push(Piece::Talk(Tone::Warn, again.to_owned()));
            pieces.push(Piece::Data(text.clone()));
            self.shown = text;
        }
        if ended && !self.shown.is_empty() && !self.shown.ends_with('\n') {
            pieces.push(Piece::Data("\n".to_owned()));
        }
    }

    fn aside(&mut self, event: &Event, pieces: &mut Vec<Piece>) {
        if let Event::ThinkingDelta { text, .. } = event {
            self.thinking.push_str(text);
            while let Some((line, rest)) = self.thinking.split_once('\n') {
                pieces.extend(self.thought(line));
                self.thinking = rest.to_owned();
            }
            return;
        }
        let thinking = std::mem::take(&mut self.thinking);
        pieces.extend(self.thought(&thinking));
        pieces.extend(
            self.line(event)
                .map(|(tone, line)| Piece::Talk(tone, printable(&line))),
        );
    }

    fn thought(&self, line: &str) -> Option<Piece> {
        let bar = if self.unicode { "┊" } else { "|" };
        let line = line.trim_end();
        (!line.is_empty()).then(|| Piece::Talk(Tone::Dim, format!("{bar} {}", printable(line))))
    }

    fn line(&self, event: &Event) -> Option<(Tone, String)> {
        let arrow = if self.unicode { "→" } else { "->" };
        Some(match event {
            Event::ToolStarted {
                name, arguments, ..
            } => (
                Tone::Dim,
                format!("{name} {}", brief(arguments)).trim_end().to_owned(),
            ),
            Event::ToolCompleted {
                name,
                outcome,
                output,
                ..
            } => {
                let output = one_line(output, TOOL_WIDTH);
                match outcome {
                    ToolOutcome::Succeeded => (Tone::Dim, format!("{name} {arrow} {output}")),
                    ToolOutcome::Failed => (Tone::Warn, format!("{name} failed: {output}")),
                    ToolOutcome::Unknown => {
                        (Tone::Warn, format!("{name} {arrow} nobody knows: {output}"))
                    }
                }
            }
            Event::MessageAdded { content, .. } => (
                Tone::Dim,
                format!("joined: {}", one_line(content, TOOL_WIDTH)),
            ),
            Event::MemoryRecalled { memory_ids } => (Tone::Dim, reminded(memory_ids.len())),
            Event::Paused { reason } => (Tone::Warn, paused(reason)),
            Event::Resumed { .. } => (Tone::Dim, "another worker goes on with this".to_owned()),
            Event::Progress { note } => (Tone::Dim, note.clone()),
            _ => return None,
        })
    }
}

fn paused(reason: &str) -> String {
    let how = "`mosaic runs resume` lets it go on";
    if reason.trim().is_empty() {
        return format!("paused; {how}");
    }
    format!("paused: {}; {how}", one_line(reason, TOOL_WIDTH))
}

fn reminded(memories: usize) -> String {
    match memories {
        1 => "reminded of one memory".to_owned(),
        many => format!("reminded of {many} memories"),
    }
}

/// Arguments on one line.
fn brief(arguments: &Value) -> String {
    match arguments {
        Value::Null => String::new(),
        Value::Object(fields) if fields.is_empty() => String::new(),
        other => one_line(&other.to_string(), TOOL_WIDTH),
    }
}

#[cfg(test)]
mod tests;
