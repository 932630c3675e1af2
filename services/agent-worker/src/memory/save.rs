//! The tool `memory_save`.

use async_trait::async_trait;
use mosaic_bus::RelayHandle;
use mosaic_domain::MemoryId;
use mosaic_runtime::clock;
use mosaic_storage::{NewNote, NoteSaved, Storage};
use mosaic_telemetry::propagation;
use mosaic_tools::{Tool, ToolContext, ToolError, ToolSpec};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

/// The longest note.
const NOTE_CHARS: usize = 4_000;

/// Saves a note for the person on whose behalf the agent acts. The id of the note is made from the call, so a call that is
/// repeated after a crash saves the same note and not a second one.
#[derive(Debug)]
pub(super) struct MemorySave {
    pub(super) storage: Storage,
    pub(super) relay: RelayHandle,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    content: String,
}

/// Reads arguments into the type a tool wants.
pub(super) fn arguments<T: DeserializeOwned>(arguments: Value) -> Result<T, ToolError> {
    serde_json::from_value(arguments).map_err(|error| ToolError::Arguments(error.to_string()))
}

#[async_trait]
impl Tool for MemorySave {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "memory_save",
            description: "Saves a note that is remembered in later conversations with this person: a fact, a \
                          preference, a decision. Use it when they ask you to remember something, or when it will \
                          clearly matter again. What they say is remembered anyway; note the gist, in one or two \
                          sentences that can be understood on their own.",
            parameters: json!({
                "type": "object",
                "properties": {
                    "content": {
                        "type": "string",
                        "description": "The note.",
                        "maxLength": NOTE_CHARS
                    }
                },
                "required": ["content"],
                "additionalProperties": false
            }),
            idempotent: true,
        }
    }

    async fn call(&self, value: Value, context: ToolContext) -> Result<String, ToolError> {
        let Arguments { content } = arguments(value)?;
        let content = content.replace('\0', "\u{fffd}");
        let characters = content.chars().count();
        if content.trim().is_empty() || characters > NOTE_CHARS {
            return Err(ToolError::Failed(format!(
                "the note has {characters} characters; give 1 to {NOTE_CHARS}"
            )));
        }
        let note = NewNote {
            id: note_id(context),
            event_id: clock::id(),
            run_id: Some(context.fence.run_id),
            fence: Some(context.fence),
            content,
            traceparent: propagation::inject(),
            written_at: context.now,
        };
        match self.storage.save_note(context.scope, &note).await {
            Ok(NoteSaved::Stored(outbox)) => {
                self.relay.publish(outbox);
                Ok("Saved.".to_owned())
            }
            Ok(NoteSaved::Before) => Ok("Saved.".to_owned()),
            Ok(NoteSaved::Forgotten) => Err(ToolError::Failed(
                "not saved: something that was used in this turn has just been forgotten"
                    .to_owned(),
            )),
            Ok(NoteSaved::Fenced) => Err(ToolError::Failed(
                "not saved: another worker goes on with this turn, or it was ended".to_owned(),
            )),
            Ok(NoteSaved::Gone) => Err(ToolError::Failed(
                "not saved: the conversation was deleted".to_owned(),
            )),
            Err(error) => {
                tracing::warn!(run.id = %context.fence.run_id, %error, "a note could not be saved");
                Err(ToolError::Failed(
                    "not saved: the record does not answer now; try again later".to_owned(),
                ))
            }
        }
    }
}

/// The same call gives the same id.
fn note_id(context: ToolContext) -> MemoryId {
    let call = format!("memory_save/{}", context.step);
    MemoryId::new(Uuid::new_v5(&context.fence.run_id.uuid(), call.as_bytes()))
}
