//! What a person reads, folded from events. Pure: frames in, blocks out.

use mosaic_domain::{MessageId, RunId, RunState};
use serde_json::Value;

use crate::{Event, Frame, ToolOutcome, Usage};

/// The turns of a conversation, as far as their events came.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    turns: Vec<Turn>,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Its id.
    pub run_id: RunId,
    /// Where it stands.
    pub state: TurnState,
    /// Who answers: the agent, and `provider/model`.
    pub answered_by: Option<(String, String)>,
    /// What is to be read, in order.
    pub blocks: Vec<Block>,
    /// What is being waited for, until something happens.
    pub note: Option<String>,
    /// Tokens of the recorded steps.
    pub usage: Usage,
    /// Which events came, to be folded again when some of them become void.
    log: Vec<(u32, Event)>,
}

/// Where a turn stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnState {
    /// No worker has taken it yet.
    Queued,
    /// It is being answered.
    Running,
    /// It ended.
    Ended {
        /// How.
        state: RunState,
        /// Why, unless it was answered; for people.
        reason: Option<String>,
        /// Why, for machines.
        code: Option<String>,
    },
}

/// Something to be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// What the person said.
    Message {
        /// The stored message.
        message_id: Option<MessageId>,
        /// The text.
        content: String,
    },
    /// Text of the answer.
    Text {
        /// The step that wrote it.
        step: u32,
        /// So far.
        text: String,
    },
    /// Thinking.
    Thinking {
        /// The step that wrote it.
        step: u32,
        /// So far.
        text: String,
    },
    /// A tool call.
    Tool {
        /// Its step.
        step: u32,
        /// The model's id of the call.
        call_id: String,
        /// Which tool.
        name: String,
        /// With what.
        arguments: Value,
        /// How it ended and what it returned, once it did.
        result: Option<(ToolOutcome, String)>,
    },
}

impl Transcript {
    /// Takes in the next frame. Frames of one run come in order, as the streams of this crate give them.
    pub fn apply(&mut self, frame: &Frame) {
        let known = self
            .turns
            .iter()
            .position(|turn| turn.run_id == frame.run_id);
        let index = known.unwrap_or_else(|| {
            self.turns.push(Turn::new(frame.run_id));
            self.turns.len() - 1
        });
        self.turns[index].apply(frame.seq, &frame.event);
    }

    /// The turns in the order in which they began.
    #[must_use]
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The turn of this run.
    #[must_use]
    pub fn turn(&self, run_id: RunId) -> Option<&Turn> {
        self.turns.iter().find(|turn| turn.run_id == run_id)
    }
}

impl Turn {
    fn new(run_id: RunId) -> Self {
        Self {
            run_id,
            state: TurnState::Queued,
            answered_by: None,
            blocks: Vec::new(),
            note: None,
            usage: Usage::default(),
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
        let is_it = |block: &Block| matches!(block, Block::Message { message_id: Some(id), .. } if *id == message);
        let at = self.blocks.iter().position(is_it)?;
        Some(text_of(&self.blocks[at..]))
    }

    /// An event without `seq` is in no log: it is shown, and not folded again.
    fn apply(&mut self, seq: Option<u32>, event: &Event) {
        if let Event::Resumed { rewind_to } = event {
            self.rewind(*rewind_to);
        }
        self.fold(event);
        if let Some(seq) = seq {
            self.log.push((seq, event.clone()));
        }
    }

    /// Folds what still holds from the start: blocks grow by pieces that remember no origin.
    fn rewind(&mut self, rewind_to: u32) {
        let mut log = std::mem::take(&mut self.log);
        log.retain(|(seq, _)| *seq <= rewind_to);
        *self = Self::new(self.run_id);
        for (_, event) in &log {
            self.fold(event);
        }
        self.log = log;
    }

    fn fold(&mut self, event: &Event) {
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
            Event::StepCompleted { usage, .. } => self.usage += *usage,
            Event::Progress { note } => self.note = Some(note.clone()),
            Event::Completed { content, usage, .. } => {
                if self.answer().is_empty() && !content.is_empty() {
                    self.add_text(0, content);
                }
                self.usage = *usage;
                self.end(RunState::Completed, None, None);
            }
            Event::Failed { code, reason } => {
                self.end(RunState::Failed, Some(reason), Some(code));
            }
            Event::Cancelled { reason } => self.end(RunState::Cancelled, Some(reason), None),
            Event::Killed { reason } => self.end(RunState::Killed, Some(reason), None),
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
            }),
        }
    }

    fn end(&mut self, state: RunState, reason: Option<&String>, code: Option<&String>) {
        self.state = TurnState::Ended {
            state,
            reason: reason.cloned(),
            code: code.cloned(),
        };
    }
}

fn text_of(blocks: &[Block]) -> String {
    let texts = blocks.iter().filter_map(|block| match block {
        Block::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests;
