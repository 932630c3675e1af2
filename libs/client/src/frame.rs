//! One event of a run's log, or a sign of life beside it, as a watcher gets it.

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, Cursor, EventId, RunId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{Error, Event};

/// One event of a run's log, or a sign of life of the gateway: one that is in no log and has no `id`, `epoch` and `seq`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    /// Its id, to be sent back when a stream is resumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// e.g. `text.delta`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// The conversation of the run.
    pub conversation_id: ConversationId,
    /// The run.
    pub run_id: RunId,
    /// Number of the claim that wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// Its position in the log, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u32>,
    /// The payload as it came.
    pub data: Value,
    /// The payload as a type.
    #[serde(skip)]
    pub event: Event,
}

impl Frame {
    /// Its place in the log; none if it is in no log.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        Some(Cursor::new(self.epoch?, self.seq?))
    }

    /// What resumes a stream behind this frame; none if it is in no log.
    #[must_use]
    pub fn event_id(&self) -> Option<EventId> {
        Some(EventId::new(self.run_id, self.cursor()?))
    }

    /// Reads the JSON of a stream.
    pub fn parse(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(|error| Error::Malformed {
            what: "an event stream".to_owned(),
            reason: error.to_string(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    time: DateTime<Utc>,
    conversation_id: ConversationId,
    run_id: RunId,
    epoch: Option<u32>,
    seq: Option<u32>,
    #[serde(default)]
    data: Value,
}

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Wire {
            id,
            kind,
            time,
            conversation_id,
            run_id,
            epoch,
            seq,
            data,
        } = Wire::deserialize(deserializer)?;
        let event = Event::read(&kind, &data).map_err(|error| {
            serde::de::Error::custom(format!("the payload of {kind} does not fit: {error}"))
        })?;
        Ok(Self {
            id,
            kind,
            time,
            conversation_id,
            run_id,
            epoch,
            seq,
            data,
            event,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ToolOutcome;
    use crate::event::KNOWN;

    fn frame(kind: &str, data: &Value) -> Result<Frame, Error> {
        let id = "01890000-0000-7000-8000-000000000001";
        let frame = json!({"id": format!("{id}:1:4"), "type": kind, "time": "2026-01-02T03:04:05Z",
            "conversationId": id, "runId": id, "epoch": 1, "seq": 4, "data": data, "later": true});
        Frame::parse(&frame.to_string())
    }

    #[test]
    fn every_known_type_is_read_although_its_payload_is_empty() {
        for kind in KNOWN {
            let event = frame(kind, &json!({})).unwrap().event;
            assert_ne!(event, Event::Other, "{kind}");
        }
    }

    #[test]
    fn types_and_fields_of_a_newer_gateway_are_let_through() {
        assert_eq!(
            frame("run.danced", &json!([1])).unwrap().event,
            Event::Other
        );
        let event = frame(
            "tool.completed",
            &json!({"step": 2, "outcome": "TOOL_OUTCOME_NEW", "x": 1}),
        );
        let Event::ToolCompleted { step, outcome, .. } = event.unwrap().event else {
            panic!("another event");
        };
        assert_eq!((step, outcome), (2, ToolOutcome::Unknown));
    }

    #[test]
    fn a_frame_is_written_as_it_came() {
        let frame = frame("text.delta", &json!({"step": 1, "text": "Hé"})).unwrap();
        assert_eq!(
            Frame::parse(&serde_json::to_string(&frame).unwrap()).unwrap(),
            frame
        );
        assert_eq!(frame.event_id().map(|id| id.to_string()), frame.id);
    }

    #[test]
    fn a_sign_of_life_is_in_no_log() {
        let id = "01890000-0000-7000-8000-000000000001";
        let json = json!({"type": "run.progress", "time": "2026-01-02T03:04:05Z", "conversationId": id,
            "runId": id, "data": {"note": "still working"}});
        let frame = Frame::parse(&json.to_string()).unwrap();
        assert_eq!((frame.cursor(), frame.event_id()), (None, None));
        assert_eq!(serde_json::to_value(&frame).unwrap(), json);
    }

    #[test]
    fn a_payload_that_does_not_fit_is_an_error_that_names_the_type() {
        let error = frame("text.delta", &json!({"text": 5}))
            .unwrap_err()
            .to_string();
        assert!(error.contains("text.delta"), "{error}");
    }
}
