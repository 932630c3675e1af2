//! How one run's events fold into blocks.

use chrono::{DateTime, Utc};
use mosaic_domain::{MessageId, RunId, RunState};
use serde_json::Value;

use super::{Block, Turn, TurnState};
use crate::{Event, Frame, StepKind, ToolOutcome, Usage};

impl Turn {
    /// A turn of which nothing is known yet.
    #[must_use]
    pub fn new(run_id: RunId) -> Self {
        Self {
            run_id,
            state: TurnState::Queued,
            answered_by: None,
            blocks: Vec::new(),
            note: None,
            recalled: Vec::new(),
            usage: Usage::default(),
            last_call: None,
            began_at: None,
            ended_at: None,
            log: Vec::new(),
        }
    }

    /// The text of the answer so far; texts of different steps are paragraphs of their own.
    #[must_use]
    pub fn answer(&self) -> String {
        text_of(&self.blocks)
    }

    /// The part of the answer that came after this message; none while the message is not part of the turn.
    #[must_use]
    pub fn answer_to(&self, message: MessageId) -> Option<String> {
        let mut blocks = self.blocks.iter();
        let at = blocks.position(|block| block.is_message(message))?;
        Some(text_of(&self.blocks[at..]))
    }

    /// Takes in the run's next frame. One without `seq` is in no log: it is shown, and not folded again.
    pub fn apply(&mut self, frame: &Frame) {
        if let Event::Resumed { rewind_to } = &frame.event {
            self.rewind(*rewind_to);
        }
        self.fold(frame.time, &frame.event);
        if self.is_ended() {
            self.log = Vec::new();
        } else if let Some(seq) = frame.seq {
            self.log.push((seq, frame.time, frame.event.clone()));
        }
    }

    /// Whether nothing more comes.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        matches!(self.state, TurnState::Ended { .. })
    }

    /// Whether this message is part of the turn.
    #[must_use]
    pub fn has_message(&self, message: MessageId) -> bool {
        self.blocks.iter().any(|block| block.is_message(message))
    }

    /// Folds what still holds from the start: blocks grow by pieces that remember no origin.
    fn rewind(&mut self, rewind_to: u32) {
        let mut log = std::mem::take(&mut self.log);
        log.retain(|(seq, ..)| *seq <= rewind_to);
        *self = Self::new(self.run_id);
        for (_, time, event) in &log {
            self.fold(*time, event);
        }
        self.log = log;
    }

    fn fold(&mut self, time: DateTime<Utc>, event: &Event) {
        self.began_at.get_or_insert(time);
        if !matches!(event, Event::Progress { .. }) {
            self.note = None;
        }
        match event {
            Event::Accepted {
                message_id,
                content,
            }
            | Event::MessageAdded {
                message_id,
                content,
            } => {
                self.blocks.push(Block::Message {
                    message_id: *message_id,
                    content: content.clone(),
                });
            }
            Event::Started { agent, model } => {
                self.state = TurnState::Running;
                self.answered_by = Some((agent.clone(), model.clone()));
            }
            Event::Resumed { .. } => self.state = TurnState::Running,
            Event::Paused { reason } => {
                self.state = TurnState::Paused {
                    reason: reason.clone(),
                };
            }
            Event::TextDelta { step, text } => self.add_text(*step, text),
            Event::ThinkingDelta { step, text } => self.add_thinking(*step, text),
            Event::ToolStarted {
                step,
                call_id,
                name,
                arguments,
            } => {
                self.blocks.push(Block::Tool {
                    step: *step,
                    call_id: call_id.clone(),
                    name: name.clone(),
                    arguments: arguments.clone(),
                    result: None,
                    started_at: Some(time),
                    duration_ms: None,
                });
            }
            Event::ToolCompleted {
                step,
                call_id,
                name,
                outcome,
                output,
            } => {
                self.complete_tool(*step, call_id, name, (*outcome, output.clone()));
            }
            Event::StepCompleted {
                step,
                kind,
                usage,
                duration_ms,
            } => self.complete_step(*step, *kind, *usage, *duration_ms),
            Event::Progress { note } => self.note = Some(note.clone()),
            Event::Completed { content, usage, .. } => {
                if self.answer().is_empty() && !content.is_empty() {
                    self.add_text(0, content);
                }
                self.usage = *usage;
                self.end(time, RunState::Completed, None, None);
            }
            Event::Failed { code, reason } => {
                self.end(time, RunState::Failed, Some(reason), Some(code));
            }
            Event::Cancelled { reason } => self.end(time, RunState::Cancelled, Some(reason), None),
            Event::Killed { reason } => self.end(time, RunState::Killed, Some(reason), None),
            Event::MemoryRecalled { memory_ids } => self.recalled.extend(memory_ids),
            Event::StepStarted { .. } | Event::Other => {}
        }
    }

    fn add_text(&mut self, step: u32, piece: &str) {
        match self.blocks.last_mut() {
            Some(Block::Text { step: of, text }) if *of == step => text.push_str(piece),
            _ => self.blocks.push(Block::Text {
                step,
                text: piece.to_owned(),
            }),
        }
    }

    fn add_thinking(&mut self, step: u32, piece: &str) {
        match self.blocks.last_mut() {
            Some(Block::Thinking { step: of, text }) if *of == step => text.push_str(piece),
            _ => self.blocks.push(Block::Thinking {
                step,
                text: piece.to_owned(),
            }),
        }
    }

    /// A call that was started before the worker changed may be answered without having been seen to start.
    fn complete_tool(&mut self, step: u32, id: &str, tool: &str, done: (ToolOutcome, String)) {
        let open = self.blocks.iter_mut().rev().find_map(|block| match block {
            Block::Tool {
                step: of, result, ..
            } if *of == step && result.is_none() => Some(result),
            _ => None,
        });
        match open {
            Some(result) => *result = Some(done),
            None => self.blocks.push(Block::Tool {
                step,
                call_id: id.to_owned(),
                name: tool.to_owned(),
                arguments: Value::Null,
                result: Some(done),
                started_at: None,
                duration_ms: None,
            }),
        }
    }

    fn complete_step(&mut self, step: u32, kind: StepKind, usage: Usage, took: u32) {
        self.usage += usage;
        if kind == StepKind::Model {
            self.last_call = Some(usage);
        }
        let tool = self.blocks.iter_mut().rev().find_map(|block| match block {
            Block::Tool {
                step: of,
                duration_ms,
                ..
            } if *of == step => Some(duration_ms),
            _ => None,
        });
        if let Some(duration) = tool {
            *duration = Some(u64::from(took));
        }
    }

    fn end(
        &mut self,
        time: DateTime<Utc>,
        state: RunState,
        reason: Option<&String>,
        code: Option<&String>,
    ) {
        self.ended_at = Some(time);
        self.state = TurnState::Ended {
            state,
            reason: reason.cloned(),
            code: code.cloned(),
        };
    }
}

impl Block {
    fn is_message(&self, message: MessageId) -> bool {
        matches!(self, Self::Message { message_id: Some(id), .. } if *id == message)
    }
}

fn text_of(blocks: &[Block]) -> String {
    let texts = blocks.iter().filter_map(|block| match block {
        Block::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n\n")
}
