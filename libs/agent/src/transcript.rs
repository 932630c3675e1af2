//! What has happened in a run so far, as the model will read it: rebuilt from the record after a crash, and
//! extended step by step while the run goes on.

use mosaic_domain::{Message, NumberedStep, Role, StepRecord, ToolOutcome, ToolState};
use mosaic_llm::{AssistantBlock, ChatMessage, FinishReason, ToolCall, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A model's answer as it is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelOutput {
    /// Thinking, text and tool calls in the order they came.
    pub blocks: Vec<AssistantBlock>,
    /// Why the model stopped.
    pub finish: FinishReason,
    /// What the call used.
    pub usage: Usage,
}

/// A tool's result as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolOutput {
    /// How it ended.
    pub outcome: ToolOutcome,
    /// What the model reads.
    pub output: String,
}

/// A recorded step that this version cannot read.
#[derive(Debug, thiserror::Error)]
#[error("step {step} cannot be read: {reason}")]
pub struct InvalidStep {
    /// Its number.
    pub step: u32,
    /// What does not fit.
    pub reason: String,
}

/// A tool call that has no result yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PendingCall {
    pub(crate) step: u32,
    pub(crate) call: ToolCall,
    pub(crate) state: ToolState,
}

/// The run so far.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    /// Earlier turns and this one, for the model.
    pub(crate) messages: Vec<ChatMessage>,
    /// How many of these are earlier turns, which may be dropped when the window is full.
    pub(crate) history: usize,
    /// Calls without a result, in order.
    pub(crate) pending: Vec<PendingCall>,
    /// `seq` of the newest message of the run that is in `messages`.
    pub(crate) seen_seq: i64,
    /// Model steps made.
    pub(crate) model_steps: u32,
    /// Number of the last step.
    pub(crate) last_step: u32,
    /// Text of the last model step, which is the answer if the run ends with it.
    pub(crate) last_text: String,
}

impl Transcript {
    /// Rebuilds what the record tells.
    pub(crate) fn rebuild(
        history: &[Message],
        messages: &[Message],
        steps: &[NumberedStep],
    ) -> Result<Self, InvalidStep> {
        let mut transcript = Self::default();
        transcript.messages.extend(history.iter().map(chat_message));
        transcript.history = transcript.messages.len();
        let mut joining = messages
            .iter()
            .filter(|message| message.role == Role::User)
            .peekable();
        for NumberedStep { step, record } in steps {
            transcript.last_step = transcript.last_step.max(*step);
            match record {
                StepRecord::Model {
                    context_seq,
                    output,
                    ..
                } => {
                    while let Some(message) = joining.next_if(|one| one.seq <= *context_seq) {
                        transcript.join(message);
                    }
                    transcript.answered(read::<ModelOutput>(*step, output)?.blocks);
                }
                StepRecord::Tool {
                    name,
                    call_id,
                    arguments,
                    state,
                    output,
                    ..
                } => {
                    let call = ToolCall {
                        id: call_id.clone(),
                        name: name.clone(),
                        arguments: arguments.clone(),
                    };
                    match output {
                        Some(output) => transcript.returned(call_id, &read(*step, output)?),
                        None => transcript.pending.push(PendingCall {
                            step: *step,
                            call,
                            state: *state,
                        }),
                    }
                }
            }
        }
        Ok(transcript)
    }

    /// Takes in a message of a person.
    pub(crate) fn join(&mut self, message: &Message) {
        self.messages.push(chat_message(message));
        self.seen_seq = self.seen_seq.max(message.seq);
    }

    /// Takes in a model's answer.
    pub(crate) fn answered(&mut self, blocks: Vec<AssistantBlock>) {
        self.model_steps += 1;
        self.last_text = text_of(&blocks);
        // A model that said nothing leaves nothing to show it again.
        if !blocks.is_empty() {
            self.messages.push(ChatMessage::Assistant { blocks });
        }
    }

    /// Takes in a tool's result.
    pub(crate) fn returned(&mut self, call_id: &str, output: &ToolOutput) {
        self.messages.push(ChatMessage::ToolResult {
            call_id: call_id.to_owned(),
            content: output.output.clone(),
            is_error: output.outcome != ToolOutcome::Succeeded,
        });
    }

    /// The number of the next step.
    pub(crate) const fn next_step(&self) -> u32 {
        self.last_step + 1
    }
}

/// The readable text of an answer.
pub(crate) fn text_of(blocks: &[AssistantBlock]) -> String {
    blocks
        .iter()
        .filter_map(|block| match block {
            AssistantBlock::Text { text } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

fn chat_message(message: &Message) -> ChatMessage {
    match message.role {
        Role::User => ChatMessage::user(&message.content),
        Role::Assistant => ChatMessage::assistant(&message.content),
    }
}

fn read<T: serde::de::DeserializeOwned>(step: u32, output: &Value) -> Result<T, InvalidStep> {
    T::deserialize(output).map_err(|error| InvalidStep {
        step,
        reason: error.to_string(),
    })
}
