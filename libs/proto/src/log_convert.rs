//! Conversions between the events of a run's log and their protobuf messages. The conversion is the validation.

use std::str::FromStr;

use mosaic_domain::event::{RunEvent, StepUsage};
use mosaic_domain::{StepKind, ToolOutcome, Usage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use crate::run::v1 as wire;

/// A payload that does not fit its type.
#[derive(Debug, thiserror::Error)]
#[error("event {type_name:?} has a payload that does not fit: {reason}")]
pub struct InvalidEvent {
    /// The `type` attribute.
    pub type_name: String,
    /// What does not fit.
    pub reason: String,
}

fn invalid(type_name: &str, reason: impl ToString) -> InvalidEvent {
    InvalidEvent {
        type_name: type_name.to_owned(),
        reason: reason.to_string(),
    }
}

/// The payload of `event` as canonical protobuf JSON.
pub(crate) fn to_json(event: &RunEvent) -> Result<Box<RawValue>, InvalidEvent> {
    let raw = |message: &dyn erased::Message| message.raw();
    match event {
        RunEvent::Accepted {
            conversation_id,
            message_id,
            content,
        } => raw(&wire::RunAccepted {
            conversation_id: conversation_id.to_string(),
            message_id: message_id.to_string(),
            content: content.clone(),
        }),
        RunEvent::Started {
            worker_id,
            agent,
            model,
        } => raw(&wire::RunStarted {
            worker_id: worker_id.to_string(),
            agent: agent.clone(),
            model: model.clone(),
        }),
        RunEvent::Resumed {
            worker_id,
            rewind_to,
        } => raw(&wire::RunResumed {
            worker_id: worker_id.to_string(),
            rewind_to: *rewind_to,
        }),
        RunEvent::MessageAdded {
            message_id,
            content,
        } => raw(&wire::MessageAdded {
            message_id: message_id.to_string(),
            content: content.clone(),
        }),
        RunEvent::MemoryRecalled { memory_ids } => raw(&wire::MemoryRecalled {
            memory_ids: memory_ids.iter().map(ToString::to_string).collect(),
        }),
        RunEvent::StepStarted { step, kind } => raw(&wire::StepStarted {
            step: *step,
            kind: kind_to_wire(*kind).into(),
        }),
        RunEvent::TextDelta { step, text } => raw(&wire::TextDelta {
            step: *step,
            text: text.clone(),
        }),
        RunEvent::ThinkingDelta { step, text } => raw(&wire::ThinkingDelta {
            step: *step,
            text: text.clone(),
        }),
        RunEvent::ToolStarted {
            step,
            call_id,
            name,
            arguments,
        } => raw(&wire::ToolStarted {
            step: *step,
            call_id: call_id.clone(),
            name: name.clone(),
            arguments: serde_json::from_value(arguments.clone()).ok(),
        }),
        RunEvent::ToolCompleted {
            step,
            call_id,
            name,
            outcome,
            output,
        } => raw(&wire::ToolCompleted {
            step: *step,
            call_id: call_id.clone(),
            name: name.clone(),
            outcome: outcome_to_wire(*outcome).into(),
            output: output.clone(),
        }),
        RunEvent::StepCompleted(done) => raw(&step_to_wire(done)),
        RunEvent::Progress { note } => raw(&wire::RunProgress { note: note.clone() }),
        RunEvent::Paused { reason } => raw(&wire::RunPaused {
            reason: reason.clone(),
        }),
        RunEvent::Completed {
            message_id,
            content,
            usage,
        } => raw(&wire::RunCompleted {
            message_id: message_id.to_string(),
            content: content.clone(),
            usage: Some(usage_to_wire(*usage)),
        }),
        RunEvent::Failed { code, reason } => raw(&wire::RunFailed {
            code: code.clone(),
            reason: reason.clone(),
        }),
        RunEvent::Cancelled { reason } => raw(&wire::RunCancelled {
            reason: reason.clone(),
        }),
        RunEvent::Killed { reason } => raw(&wire::RunKilled {
            reason: reason.clone(),
        }),
    }
    .map_err(|error| invalid(event.type_name(), error))
}

/// Serialisation behind one pointer, so that every arm above has the same type.
mod erased {
    use super::{RawValue, Serialize, to_raw_value};

    pub(super) trait Message {
        fn raw(&self) -> Result<Box<RawValue>, serde_json::Error>;
    }

    impl<T: Serialize> Message for T {
        fn raw(&self) -> Result<Box<RawValue>, serde_json::Error> {
            to_raw_value(self)
        }
    }
}

/// The event of `type_name` with the payload `json`.
pub(crate) fn from_json(type_name: &str, json: &str) -> Result<RunEvent, InvalidEvent> {
    Payload { type_name, json }.event()
}

struct Payload<'a> {
    type_name: &'a str,
    json: &'a str,
}

impl Payload<'_> {
    fn read<T: DeserializeOwned>(&self) -> Result<T, InvalidEvent> {
        serde_json::from_str(self.json).map_err(|error| invalid(self.type_name, error))
    }

    fn id<T: FromStr<Err: ToString>>(&self, text: &str) -> Result<T, InvalidEvent> {
        text.parse()
            .map_err(|error: T::Err| invalid(self.type_name, error))
    }

    fn event(&self) -> Result<RunEvent, InvalidEvent> {
        Ok(match self.type_name {
            "step.started" => {
                let wire::StepStarted { step, kind } = self.read()?;
                RunEvent::StepStarted {
                    step,
                    kind: self.kind(kind)?,
                }
            }
            "text.delta" => {
                let wire::TextDelta { step, text } = self.read()?;
                RunEvent::TextDelta { step, text }
            }
            "thinking.delta" => {
                let wire::ThinkingDelta { step, text } = self.read()?;
                RunEvent::ThinkingDelta { step, text }
            }
            "tool.started" => {
                let wire::ToolStarted {
                    step,
                    call_id,
                    name,
                    arguments,
                } = self.read()?;
                let arguments = serde_json::to_value(arguments)
                    .map_err(|error| invalid(self.type_name, error))?;
                RunEvent::ToolStarted {
                    step,
                    call_id,
                    name,
                    arguments,
                }
            }
            "tool.completed" => {
                let wire::ToolCompleted {
                    step,
                    call_id,
                    name,
                    outcome,
                    output,
                } = self.read()?;
                let outcome = self.outcome(outcome)?;
                RunEvent::ToolCompleted {
                    step,
                    call_id,
                    name,
                    outcome,
                    output,
                }
            }
            "step.completed" => {
                let wire::StepCompleted {
                    step,
                    kind,
                    usage,
                    duration_ms,
                } = self.read()?;
                let usage = usage_from_wire(usage.unwrap_or_default());
                let kind = self.kind(kind)?;
                RunEvent::StepCompleted(StepUsage {
                    step,
                    kind,
                    usage,
                    duration_ms,
                })
            }
            _ => return self.life_cycle_event(),
        })
    }

    fn life_cycle_event(&self) -> Result<RunEvent, InvalidEvent> {
        Ok(match self.type_name {
            "run.accepted" => {
                let wire::RunAccepted {
                    conversation_id,
                    message_id,
                    content,
                } = self.read()?;
                RunEvent::Accepted {
                    conversation_id: self.id(&conversation_id)?,
                    message_id: self.id(&message_id)?,
                    content,
                }
            }
            "run.started" => {
                let wire::RunStarted {
                    worker_id,
                    agent,
                    model,
                } = self.read()?;
                RunEvent::Started {
                    worker_id: self.id(&worker_id)?,
                    agent,
                    model,
                }
            }
            "run.resumed" => {
                let wire::RunResumed {
                    worker_id,
                    rewind_to,
                } = self.read()?;
                RunEvent::Resumed {
                    worker_id: self.id(&worker_id)?,
                    rewind_to,
                }
            }
            "message.added" => {
                let wire::MessageAdded {
                    message_id,
                    content,
                } = self.read()?;
                RunEvent::MessageAdded {
                    message_id: self.id(&message_id)?,
                    content,
                }
            }
            "memory.recalled" => {
                let wire::MemoryRecalled { memory_ids } = self.read()?;
                let ids = memory_ids.iter().map(|id| self.id(id));
                let memory_ids = ids.collect::<Result<_, _>>()?;
                RunEvent::MemoryRecalled { memory_ids }
            }
            "run.progress" => {
                let wire::RunProgress { note } = self.read()?;
                RunEvent::Progress { note }
            }
            "run.paused" => {
                let wire::RunPaused { reason } = self.read()?;
                RunEvent::Paused { reason }
            }
            "run.completed" => {
                let wire::RunCompleted {
                    message_id,
                    content,
                    usage,
                } = self.read()?;
                let usage = usage_from_wire(usage.unwrap_or_default());
                RunEvent::Completed {
                    message_id: self.id(&message_id)?,
                    content,
                    usage,
                }
            }
            "run.failed" => {
                let wire::RunFailed { code, reason } = self.read()?;
                RunEvent::Failed { code, reason }
            }
            "run.cancelled" => {
                let wire::RunCancelled { reason } = self.read()?;
                RunEvent::Cancelled { reason }
            }
            "run.killed" => {
                let wire::RunKilled { reason } = self.read()?;
                RunEvent::Killed { reason }
            }
            unknown => return Err(invalid(unknown, "the type is not known to this version")),
        })
    }

    fn kind(&self, kind: i32) -> Result<StepKind, InvalidEvent> {
        match wire::StepKind::try_from(kind) {
            Ok(wire::StepKind::Model) => Ok(StepKind::Model),
            Ok(wire::StepKind::Tool) => Ok(StepKind::Tool),
            Ok(wire::StepKind::Unspecified) | Err(_) => {
                Err(invalid(self.type_name, format!("step kind {kind}")))
            }
        }
    }

    fn outcome(&self, outcome: i32) -> Result<ToolOutcome, InvalidEvent> {
        match wire::ToolOutcome::try_from(outcome) {
            Ok(wire::ToolOutcome::Succeeded) => Ok(ToolOutcome::Succeeded),
            Ok(wire::ToolOutcome::Failed) => Ok(ToolOutcome::Failed),
            Ok(wire::ToolOutcome::Unknown) => Ok(ToolOutcome::Unknown),
            Ok(wire::ToolOutcome::Unspecified) | Err(_) => {
                Err(invalid(self.type_name, format!("tool outcome {outcome}")))
            }
        }
    }
}

const fn kind_to_wire(kind: StepKind) -> wire::StepKind {
    match kind {
        StepKind::Model => wire::StepKind::Model,
        StepKind::Tool => wire::StepKind::Tool,
    }
}

const fn outcome_to_wire(outcome: ToolOutcome) -> wire::ToolOutcome {
    match outcome {
        ToolOutcome::Succeeded => wire::ToolOutcome::Succeeded,
        ToolOutcome::Failed => wire::ToolOutcome::Failed,
        ToolOutcome::Unknown => wire::ToolOutcome::Unknown,
    }
}

fn step_to_wire(done: &StepUsage) -> wire::StepCompleted {
    wire::StepCompleted {
        step: done.step,
        kind: kind_to_wire(done.kind).into(),
        usage: Some(usage_to_wire(done.usage)),
        duration_ms: done.duration_ms,
    }
}

const fn usage_to_wire(usage: Usage) -> wire::Usage {
    wire::Usage {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cache_read_tokens: usage.cache_read_tokens,
        cache_write_tokens: usage.cache_write_tokens,
    }
}

const fn usage_from_wire(usage: wire::Usage) -> Usage {
    Usage {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cache_read_tokens: usage.cache_read_tokens,
        cache_write_tokens: usage.cache_write_tokens,
    }
}
