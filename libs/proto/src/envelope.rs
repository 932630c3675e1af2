//! Events of the bus (everything but the logs of runs): CloudEvents attributes and a canonical JSON payload.

use chrono::{DateTime, SecondsFormat, Utc};
use mosaic_domain::{JobId, WorkspaceId};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An event as it lies on an event stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Unique; consumers are idempotent on it.
    pub id: JobId,
    /// e.g. `message.created`.
    pub type_name: String,
    /// The service that published it.
    pub source: String,
    /// What it is about, e.g. `conversation/<id>`.
    pub subject: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Whose data it concerns.
    pub workspace_id: WorkspaceId,
    /// Who caused it, e.g. `user/<id>`.
    pub actor: String,
    /// W3C trace context of the cause.
    pub traceparent: Option<String>,
    /// Canonical protobuf JSON.
    pub data: String,
}

/// An entry that lacks an attribute or carries one that does not parse.
#[derive(Debug, thiserror::Error)]
#[error("an event's attribute {attribute:?} {problem}")]
pub struct InvalidEnvelope {
    /// Which.
    pub attribute: &'static str,
    /// Missing, or why it does not parse.
    pub problem: String,
}

impl Envelope {
    /// The attributes as stream fields, in the order an operator wants to read them.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, String); 9] {
        [
            ("id", self.id.to_string()),
            ("type", self.type_name.clone()),
            ("source", self.source.clone()),
            ("subject", self.subject.clone()),
            (
                "time",
                self.time.to_rfc3339_opts(SecondsFormat::Millis, true),
            ),
            ("workspace", self.workspace_id.to_string()),
            ("actor", self.actor.clone()),
            ("traceparent", self.traceparent.clone().unwrap_or_default()),
            ("data", self.data.clone()),
        ]
    }

    /// Reads the attributes back; `get` looks a field up by name.
    pub fn from_fields(
        mut get: impl FnMut(&'static str) -> Option<String>,
    ) -> Result<Self, InvalidEnvelope> {
        let mut need = |attribute: &'static str| {
            get(attribute).ok_or_else(|| InvalidEnvelope {
                attribute,
                problem: "is missing".into(),
            })
        };
        Ok(Self {
            id: parse("id", &need("id")?)?,
            type_name: need("type")?,
            source: need("source")?,
            subject: need("subject")?,
            time: parse("time", &need("time")?)?,
            workspace_id: parse("workspace", &need("workspace")?)?,
            actor: need("actor")?,
            traceparent: Some(need("traceparent")?).filter(|text| !text.is_empty()),
            data: need("data")?,
        })
    }

    /// Reads the payload as the message its type names.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, InvalidEnvelope> {
        serde_json::from_str(&self.data).map_err(|error| InvalidEnvelope {
            attribute: "data",
            problem: error.to_string(),
        })
    }
}

/// `message` as canonical protobuf JSON, for the field `data`.
pub fn payload_json(message: &impl Serialize) -> Result<String, InvalidEnvelope> {
    serde_json::to_string(message).map_err(|error| InvalidEnvelope {
        attribute: "data",
        problem: error.to_string(),
    })
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
    attribute: &'static str,
    text: &str,
) -> Result<T, InvalidEnvelope> {
    text.parse().map_err(|error: T::Err| InvalidEnvelope {
        attribute,
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use uuid::Uuid;

    fn envelope() -> Envelope {
        Envelope {
            id: JobId::new(Uuid::from_u128(1)),
            type_name: "message.created".into(),
            source: "gateway".into(),
            subject: "conversation/1".into(),
            time: DateTime::UNIX_EPOCH,
            workspace_id: WorkspaceId::new(Uuid::from_u128(2)),
            actor: "user/1".into(),
            traceparent: None,
            data: "{}".into(),
        }
    }

    #[test]
    fn an_envelope_survives_stream_fields_and_back() {
        let fields: HashMap<_, _> = envelope().fields().into_iter().collect();
        assert_eq!(
            Envelope::from_fields(|name| fields.get(name).cloned()).unwrap(),
            envelope()
        );
    }

    #[test]
    fn an_entry_without_an_attribute_is_refused_by_name() {
        let mut fields: HashMap<_, _> = envelope().fields().into_iter().collect();
        fields.remove("workspace");
        let error = Envelope::from_fields(|name| fields.get(name).cloned()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "an event's attribute \"workspace\" is missing"
        );
    }
}
