//! What models and tools say, made fit for the record: Postgres keeps every character but U+0000, which has no place in
//! a text. It becomes U+FFFD, the mark of a character that could not be kept.

use mosaic_llm::CompletionEvent;
use serde_json::Value;

/// A text without U+0000.
pub(crate) fn text(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

/// JSON without U+0000 in any key or text.
pub(crate) fn value(json: Value) -> Value {
    match json {
        Value::String(content) => Value::String(text(content)),
        Value::Array(items) => items.into_iter().map(value).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, field)| (text(name), value(field)))
            .collect(),
        other => other,
    }
}

/// An event of a completion without U+0000.
pub(crate) fn event(event: CompletionEvent) -> CompletionEvent {
    match event {
        CompletionEvent::TextDelta { text: delta } => {
            CompletionEvent::TextDelta { text: text(delta) }
        }
        CompletionEvent::ThinkingDelta {
            text: delta,
            signature,
        } => CompletionEvent::ThinkingDelta {
            text: text(delta),
            signature: signature.map(text),
        },
        CompletionEvent::RedactedThinking { data } => {
            CompletionEvent::RedactedThinking { data: text(data) }
        }
        CompletionEvent::ToolCall(mut call) => {
            call.id = text(call.id);
            call.name = text(call.name);
            call.arguments = value(call.arguments);
            CompletionEvent::ToolCall(call)
        }
        done @ CompletionEvent::Done { .. } => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_key_and_no_text_keeps_a_null_character() {
        let cleaned = value(json!({"a\0": ["\0b", {"c": "\0"}], "d": 1}));
        assert_eq!(
            cleaned,
            json!({"a\u{fffd}": ["\u{fffd}b", {"c": "\u{fffd}"}], "d": 1})
        );
    }
}
