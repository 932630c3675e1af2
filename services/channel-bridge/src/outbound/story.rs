//! What a run's events amount to in a chat.

use mosaic_channels::chunk;
use mosaic_domain::{MessageId, RunEvent};
use mosaic_storage::PostPlace;

use super::writer::Wanted;
use crate::words;

/// The piece that holds the answer.
const ANSWER: &str = "answer";
/// The piece that holds a notice.
const NOTICE: &str = "notice";

/// A run as far as its events came.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// What was said to the agent and is not said in the chat already.
    quotes: Vec<(MessageId, String)>,
    /// What the agent says and does, each with its place in the log.
    pieces: Vec<(u32, Piece)>,
    end: Option<End>,
}

#[derive(Debug)]
enum Piece {
    Text { step: u32, text: String },
    ToolStarted { call_id: String, name: String },
    ToolEnded { call_id: String },
    Paused { reason: String },
}

#[derive(Debug)]
enum End {
    /// With this answer.
    Completed(String),
    /// With these words behind what there is.
    Otherwise(String),
}

impl Story {
    /// Takes in the event at `seq` of the log.
    pub(super) fn apply(&mut self, seq: u32, event: RunEvent) {
        let piece = match event {
            RunEvent::TextDelta { step, text } => Piece::Text { step, text },
            RunEvent::ToolStarted { call_id, name, .. } => Piece::ToolStarted { call_id, name },
            RunEvent::ToolCompleted { call_id, .. } => Piece::ToolEnded { call_id },
            RunEvent::Paused { reason } => Piece::Paused { reason },
            RunEvent::Resumed { rewind_to, .. } => {
                // Whoever goes on has ended the pause.
                self.pieces.retain(|(seq, piece)| {
                    *seq <= rewind_to && !matches!(piece, Piece::Paused { .. })
                });
                return;
            }
            RunEvent::Completed { content, .. } => return self.end(End::Completed(content)),
            RunEvent::Failed { reason, .. } => {
                return self.end(End::Otherwise(format!("⚠️ No answer: {reason}")));
            }
            RunEvent::Cancelled { reason } => {
                return self.end(End::Otherwise(format!("⏹ Stopped: {reason}")));
            }
            RunEvent::Killed { reason } => {
                return self.end(End::Otherwise(format!("⏹ Ended by force: {reason}")));
            }
            _ => return,
        };
        self.pieces.push((seq, piece));
    }

    fn end(&mut self, end: End) {
        self.end = Some(end);
    }

    /// Takes in what somebody said elsewhere.
    pub(super) fn quote(&mut self, message_id: MessageId, text: String) {
        if !self.quotes.iter().any(|(known, _)| *known == message_id) {
            self.quotes.push((message_id, text));
        }
    }

    /// Whether nothing more will come.
    pub(super) const fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// What the chat is to show now.
    pub(super) fn wanted(&self, max: usize) -> Wanted {
        let quotes = self
            .quotes
            .iter()
            .flat_map(|(id, text)| parts(&format!("message {id}"), &words::mirrored(text), max));
        quotes.chain(parts(ANSWER, &self.text(), max)).collect()
    }

    /// The answer so far: what was said in each step, the last of them as it was stored.
    fn text(&self) -> String {
        let mut steps: Vec<(u32, String)> = Vec::new();
        for (_, piece) in &self.pieces {
            if let Piece::Text { step, text } = piece {
                match steps.last_mut() {
                    Some((last, whole)) if last == step => whole.push_str(text),
                    _ => steps.push((*step, text.clone())),
                }
            }
        }
        if let Some(End::Completed(content)) = &self.end {
            steps.pop();
            steps.push((u32::MAX, content.clone()));
        }
        let mut texts: Vec<String> = steps.into_iter().map(|(_, text)| text).collect();
        match &self.end {
            Some(End::Completed(_)) => {}
            Some(End::Otherwise(words)) => texts.push(words.clone()),
            None => texts.extend(self.aside()),
        }
        texts.retain(|text| !text.trim().is_empty());
        if texts.is_empty() && self.is_over() {
            return "(The answer is empty.)".to_owned();
        }
        texts.join("\n\n")
    }

    /// Whether the run halted until somebody resumes it.
    pub(super) fn is_paused(&self) -> bool {
        matches!(self.pieces.last(), Some((_, Piece::Paused { .. })))
    }

    /// What goes on beside the text.
    fn aside(&self) -> Option<String> {
        if let Some((_, Piece::Paused { reason })) = self.pieces.last() {
            return Some(format!("⏸ Paused: {reason}"));
        }
        self.tool().map(|name| format!("⚙️ `{name}` …"))
    }

    /// The tool that is being used.
    fn tool(&self) -> Option<&str> {
        let ended = |id: &str| {
            let ends =
                |piece: &Piece| matches!(piece, Piece::ToolEnded { call_id } if call_id == id);
            self.pieces.iter().any(|(_, piece)| ends(piece))
        };
        self.pieces.iter().rev().find_map(|(_, piece)| match piece {
            Piece::ToolStarted { call_id, name } if !ended(call_id) => Some(name.as_str()),
            _ => None,
        })
    }
}

/// What a notice shows.
pub(super) fn notice(text: &str, max: usize) -> Wanted {
    parts(NOTICE, text, max)
}

fn parts(piece: &str, text: &str, max: usize) -> Wanted {
    let places = (0..).map(|part| PostPlace {
        piece: piece.to_owned(),
        part,
    });
    places.zip(chunk(text, max)).collect()
}

#[cfg(test)]
mod tests {
    use mosaic_domain::{InstanceId, Usage};
    use mosaic_runtime::clock;

    use super::*;

    fn delta(step: u32, text: &str) -> RunEvent {
        RunEvent::TextDelta {
            step,
            text: text.into(),
        }
    }

    fn shown(story: &Story) -> Vec<String> {
        story
            .wanted(4096)
            .into_iter()
            .map(|(_, text)| text)
            .collect()
    }

    #[test]
    fn a_rewound_answer_is_told_anew_from_where_it_holds() {
        let mut story = Story::default();
        story.apply(3, delta(1, "Hello, "));
        story.apply(4, delta(1, "wor"));
        assert_eq!(shown(&story), ["Hello, wor"]);
        let worker_id = clock::id::<InstanceId>();
        story.apply(
            5,
            RunEvent::Resumed {
                worker_id,
                rewind_to: 2,
            },
        );
        assert!(shown(&story).is_empty());
        story.apply(6, delta(1, "Good day"));
        assert_eq!(shown(&story), ["Good day"]);
    }

    #[test]
    fn a_pause_is_shown_while_it_lasts_and_ends_nothing() {
        let mut story = Story::default();
        story.apply(1, delta(1, "Let me see."));
        let reason = "lunch".into();
        story.apply(2, RunEvent::Paused { reason });
        assert_eq!(shown(&story), ["Let me see.\n\n⏸ Paused: lunch"]);
        assert!(story.is_paused() && !story.is_over());
        let worker_id = clock::id::<InstanceId>();
        let rewind_to = 2;
        story.apply(
            3,
            RunEvent::Resumed {
                worker_id,
                rewind_to,
            },
        );
        assert_eq!(shown(&story), ["Let me see."]);
        assert!(!story.is_paused());
    }

    #[test]
    fn tools_are_shown_while_they_run_and_the_stored_answer_has_the_last_word() {
        let mut story = Story::default();
        story.apply(1, delta(1, "Let me see."));
        let started = RunEvent::ToolStarted {
            step: 2,
            call_id: "c".into(),
            name: "clock".into(),
            arguments: mosaic_proto::job::job_data(&"").map_or_else(|_| "".into(), Into::into),
        };
        story.apply(2, started);
        assert_eq!(shown(&story), ["Let me see.\n\n⚙️ `clock` …"]);
        story.apply(3, delta(3, "It is no"));
        let completed = RunEvent::Completed {
            message_id: clock::id(),
            content: "It is noon.".into(),
            usage: Usage::default(),
        };
        story.apply(4, completed);
        assert_eq!(shown(&story), ["Let me see.\n\nIt is noon."]);
        assert!(story.is_over());
    }

    #[test]
    fn what_was_said_elsewhere_comes_first_and_a_failure_last() {
        let mut story = Story::default();
        let id = clock::id();
        story.quote(id, "two\nlines".into());
        story.quote(id, "two\nlines".into());
        story.apply(1, delta(1, "Half"));
        let reason = "the provider is away".into();
        story.apply(
            2,
            RunEvent::Failed {
                code: "x".into(),
                reason,
            },
        );
        let expected = [
            "> *via web/terminal*\n> two\n> lines",
            "Half\n\n⚠️ No answer: the provider is away",
        ];
        assert_eq!(shown(&story), expected);
    }
}
