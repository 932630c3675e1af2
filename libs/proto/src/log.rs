//! The events of a run's log in the form in which they are stored, published and sent: the `type` attribute,
//! the time, and the payload as canonical protobuf JSON.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use mosaic_domain::{Cursor, RunEvent};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use crate::log_convert::InvalidEvent;
use crate::log_convert::{from_json, to_json};

/// One event of a run's log, encoded. Cheap to pass on: the payload is never parsed on the way to a watcher.
#[derive(Debug, Clone)]
pub struct LogEvent {
    /// Its place in the log.
    pub cursor: Cursor,
    /// Its type and payload.
    pub body: EventBody,
}

/// An event without its place: what `run_log` stores in a segment's JSON array.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventBody {
    /// e.g. `text.delta`.
    #[serde(rename = "type")]
    pub type_name: Cow<'static, str>,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Canonical protobuf JSON.
    pub data: Box<RawValue>,
}

impl EventBody {
    /// Encodes `event`, which happened at `time`.
    pub fn encode(event: &RunEvent, time: DateTime<Utc>) -> Result<Self, InvalidEvent> {
        Ok(Self {
            type_name: Cow::Borrowed(event.type_name()),
            time,
            data: to_json(event)?,
        })
    }

    /// Decodes and validates the payload.
    pub fn decode(&self) -> Result<RunEvent, InvalidEvent> {
        from_json(&self.type_name, self.data.get())
    }
}

impl LogEvent {
    /// Encodes `event` at `cursor`.
    pub fn encode(
        cursor: Cursor,
        event: &RunEvent,
        time: DateTime<Utc>,
    ) -> Result<Self, InvalidEvent> {
        Ok(Self {
            cursor,
            body: EventBody::encode(event, time)?,
        })
    }

    /// Decodes and validates the payload.
    pub fn decode(&self) -> Result<RunEvent, InvalidEvent> {
        self.body.decode()
    }

    /// Whether this event ends its run.
    #[must_use]
    pub fn is_end(&self) -> bool {
        mosaic_domain::event::end_of(&self.body.type_name).is_some()
    }
}

/// Decodes and validates a payload that is canonical protobuf JSON, e.g. one that came over a stream.
pub fn decode(type_name: &str, data: &str) -> Result<RunEvent, InvalidEvent> {
    from_json(type_name, data)
}

#[cfg(test)]
mod tests;
