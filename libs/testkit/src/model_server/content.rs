//! The parts of a turn that all protocols render.

use serde_json::{Map, Value};

use super::protocol::Call;
use super::script::{Chunks, ScriptedCall, ScriptedUsage, Turn};

/// A turn with its texts filled in.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) thinking: Vec<String>,
    pub(super) text: Vec<String>,
    pub(super) calls: Vec<ToolUse>,
    pub(super) usage: ScriptedUsage,
}

#[derive(Debug)]
pub(super) struct ToolUse {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: Value,
    /// What to send as the arguments' text.
    pub(super) text: String,
}

impl Content {
    /// `prefix` begins made-up ids; `number` makes them unique.
    pub(super) fn new(turn: &Turn, call: &Call, prefix: &str, number: u64) -> Self {
        let thinking = pieces(&turn.thinking, call);
        let text = pieces(&turn.text, call);
        let calls: Vec<_> = turn
            .tool_calls
            .iter()
            .enumerate()
            .map(|(index, call)| tool_use(call, || format!("{prefix}_{number}_{index}")))
            .collect();
        let counted = thinking.len() + text.len() + calls.len();
        let usage = turn.usage.unwrap_or_else(|| ScriptedUsage {
            input: u64::try_from(call.last_user.split_whitespace().count()).unwrap_or(0),
            output: u64::try_from(counted).unwrap_or(0),
            ..ScriptedUsage::default()
        });
        Self {
            thinking,
            text,
            calls,
            usage,
        }
    }
}

fn tool_use(call: &ScriptedCall, id: impl FnOnce() -> String) -> ToolUse {
    let arguments = match &call.arguments {
        Value::Null => Value::Object(Map::new()),
        arguments => arguments.clone(),
    };
    ToolUse {
        id: call.id.clone().unwrap_or_else(id),
        name: call.name.clone(),
        text: call
            .raw_arguments
            .clone()
            .unwrap_or_else(|| arguments.to_string()),
        arguments,
    }
}

fn pieces(chunks: &Chunks, call: &Call) -> Vec<String> {
    match chunks {
        _ if chunks.is_empty() => Vec::new(),
        Chunks::None => Vec::new(),
        Chunks::Words(text) => fill(text, call)
            .split_inclusive(' ')
            .map(str::to_owned)
            .collect(),
        Chunks::Exact(chunks) => chunks.iter().map(|chunk| fill(chunk, call)).collect(),
    }
}

fn fill(text: &str, call: &Call) -> String {
    if !text.contains('{') {
        return text.to_owned();
    }
    text.replace("{user}", &call.last_user)
        .replace("{result}", call.last_result.as_deref().unwrap_or_default())
}

/// Cuts a text in two at a character, so that clients must put it together again.
pub(super) fn halves(text: &str) -> (&str, &str) {
    let middle = (text.len() / 2..text.len()).find(|&at| text.is_char_boundary(at));
    text.split_at(middle.unwrap_or(text.len()))
}
