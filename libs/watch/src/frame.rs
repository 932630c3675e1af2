//! An event as clients get it, rendered once for everyone who watches.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use mosaic_domain::{ConversationId, Cursor, EventId, RunEvent, RunId};
use mosaic_proto::log::{EventBody, InvalidEvent, LogEvent};
use serde::Serialize;
use serde_json::value::RawValue;

/// A rendered event. Cloning its bytes copies nothing.
#[derive(Debug, Clone)]
pub struct Frame {
    run_id: RunId,
    cursor: Cursor,
    type_name: Cow<'static, str>,
    /// The whole SSE message; the JSON is a part of it, and the payload a part of that.
    sse: Bytes,
    json: Range<usize>,
    data: Range<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    r#type: &'a str,
    time: String,
    conversation_id: ConversationId,
    run_id: RunId,
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u32>,
    data: &'a RawValue,
}

impl<'a> Wire<'a> {
    /// An event without a place in the log.
    fn aside(conversation_id: ConversationId, run_id: RunId, body: &'a EventBody) -> Self {
        Self {
            id: None,
            r#type: &body.type_name,
            time: body.time.to_rfc3339_opts(SecondsFormat::Millis, true),
            conversation_id,
            run_id,
            epoch: None,
            seq: None,
            data: &body.data,
        }
    }
}

impl Frame {
    /// Renders an event of a run's log.
    pub(crate) fn render(
        conversation_id: ConversationId,
        run_id: RunId,
        event: &LogEvent,
    ) -> Result<Self, serde_json::Error> {
        let id = EventId::new(run_id, event.cursor).to_string();
        let wire = Wire {
            id: Some(&id),
            epoch: Some(event.cursor.epoch),
            seq: Some(event.cursor.seq),
            ..Wire::aside(conversation_id, run_id, &event.body)
        };
        Self::write(event.cursor, &event.body, &wire)
    }

    /// Renders a sign of life that is in no log: it has no id, so that no client resumes behind it. `at` is where its reader
    /// stands.
    pub(crate) fn progress(
        conversation_id: ConversationId,
        run_id: RunId,
        at: Cursor,
        note: &str,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let note = note.to_owned();
        // A string always encodes; a sign of life less costs less than a panic where that fails.
        let body = EventBody::encode(&RunEvent::Progress { note }, now).ok()?;
        Self::write(at, &body, &Wire::aside(conversation_id, run_id, &body)).ok()
    }

    fn write(cursor: Cursor, body: &EventBody, wire: &Wire<'_>) -> Result<Self, serde_json::Error> {
        let type_name = &body.type_name;
        let mut text = wire
            .id
            .map(|id| format!("id: {id}\n"))
            .unwrap_or_default()
            .into_bytes();
        text.extend_from_slice(format!("event: {type_name}\ndata: ").as_bytes());
        let start = text.len();
        serde_json::to_writer(&mut text, wire)?;
        // A line break between JSON tokens would end the SSE field; inside of strings JSON has none.
        for byte in &mut text[start..] {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        let json = start..text.len();
        // The payload is the last field, written as it is, and the closing brace follows it.
        let end = json.end - 1;
        let data = end - body.data.get().len()..end;
        text.extend_from_slice(b"\n\n");
        Ok(Self {
            run_id: wire.run_id,
            cursor,
            type_name: body.type_name.clone(),
            sse: Bytes::from(text),
            json,
            data,
        })
    }

    /// Where the event stands in its run's log.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The run it belongs to.
    #[must_use]
    pub const fn run_id(&self) -> RunId {
        self.run_id
    }

    /// The room it takes, near enough.
    pub(crate) const fn size(&self) -> usize {
        size_of::<Self>() + self.sse.len()
    }

    /// Its type, e.g. `run.paused`.
    pub(crate) fn type_name(&self) -> &str {
        &self.type_name
    }

    /// As a message of an SSE stream.
    #[must_use]
    pub fn sse(&self) -> Bytes {
        self.sse.clone()
    }

    /// As one JSON text, e.g. a frame of a WebSocket. It is UTF-8.
    #[must_use]
    pub fn json(&self) -> Bytes {
        self.sse.slice(self.json.clone())
    }

    /// The event itself, for watchers that do not pass it on but act on it.
    pub fn event(&self) -> Result<RunEvent, InvalidEvent> {
        let data = String::from_utf8_lossy(&self.sse[self.data.clone()]);
        mosaic_proto::log::decode(&self.type_name, &data)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use mosaic_domain::RunEvent;
    use mosaic_proto::log::EventBody;
    use uuid::Uuid;

    use super::*;

    fn ids() -> (ConversationId, RunId) {
        (
            ConversationId::new(Uuid::from_u128(1)),
            RunId::new(Uuid::from_u128(2)),
        )
    }

    #[test]
    fn a_frame_is_one_sse_message_and_one_json_text() {
        let (conversation, run) = ids();
        let delta = RunEvent::TextDelta {
            step: 1,
            text: "two\nlines".into(),
        };
        let event = LogEvent::encode(Cursor::new(1, 7), &delta, DateTime::UNIX_EPOCH).unwrap();
        let frame = Frame::render(conversation, run, &event).unwrap();
        let sse = String::from_utf8(frame.sse().to_vec()).unwrap();
        let id = "00000000-0000-0000-0000-000000000002:1:7";
        assert!(
            sse.starts_with(&format!("id: {id}\nevent: text.delta\ndata: {{")),
            "{sse}"
        );
        assert!(sse.ends_with("}\n\n") && sse.lines().count() == 4, "{sse}");
        let json: serde_json::Value = serde_json::from_slice(&frame.json()).unwrap();
        assert_eq!(json["id"], id);
        assert_eq!(json["time"], "1970-01-01T00:00:00.000Z");
        assert_eq!(json["conversationId"], conversation.to_string());
        assert_eq!(json["data"]["text"], "two\nlines");
        assert_eq!(frame.event().unwrap(), delta);
        assert_eq!(frame.run_id(), run);
    }

    #[test]
    fn a_sign_of_life_has_nothing_to_resume_behind() {
        let (conversation, run) = ids();
        let at = Cursor::new(1, 7);
        let note = "still working";
        let frame = Frame::progress(conversation, run, at, note, DateTime::UNIX_EPOCH).unwrap();
        let sse = String::from_utf8(frame.sse().to_vec()).unwrap();
        assert!(sse.starts_with("event: run.progress\ndata: {"), "{sse}");
        let json: serde_json::Value = serde_json::from_slice(&frame.json()).unwrap();
        let expected = serde_json::json!({"type": "run.progress", "time": "1970-01-01T00:00:00.000Z",
            "conversationId": conversation, "runId": run, "data": {"note": note}});
        assert_eq!(json, expected);
        assert_eq!(frame.cursor(), at, "its reader stands where it stood");
    }

    #[test]
    fn line_breaks_between_json_tokens_do_not_tear_the_message() {
        let (conversation, run) = ids();
        let event = LogEvent {
            cursor: Cursor::new(1, 1),
            body: EventBody {
                type_name: "run.cancelled".into(),
                time: DateTime::UNIX_EPOCH,
                data: RawValue::from_string("{\n  \"reason\": \"x\"\r\n}".into()).unwrap(),
            },
        };
        let frame = Frame::render(conversation, run, &event).unwrap();
        let sse = String::from_utf8(frame.sse().to_vec()).unwrap();
        assert_eq!(sse.matches('\n').count(), 4, "{sse}");
    }
}
