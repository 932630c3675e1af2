//! Events of the bus as CloudEvents in JSON.

use bytes::Bytes;
use chrono::SecondsFormat;
use mosaic_proto::envelope::Envelope;
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    r#type: &'a str,
    source: &'a str,
    subject: &'a str,
    time: String,
    workspace: String,
    actor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    data: &'a RawValue,
}

/// One SSE message; none if the payload is no JSON.
pub(super) fn message(event: &Envelope) -> Option<Bytes> {
    let data: &RawValue = serde_json::from_str(&event.data).ok()?;
    let id = event.id.to_string();
    let json = serde_json::to_string(&CloudEvent {
        specversion: "1.0",
        id: id.clone(),
        r#type: &event.type_name,
        source: &event.source,
        subject: &event.subject,
        time: event.time.to_rfc3339_opts(SecondsFormat::Millis, true),
        workspace: event.workspace_id.to_string(),
        actor: &event.actor,
        traceparent: event.traceparent.as_deref(),
        data,
    })
    .ok()?
    .replace(['\n', '\r'], " ");
    let type_name = event.type_name.replace(['\n', '\r'], " ");
    Some(Bytes::from(format!(
        "id: {id}\nevent: {type_name}\ndata: {json}\n\n"
    )))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use mosaic_domain::{JobId, WorkspaceId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_bus_event_is_a_cloud_event() {
        let event = Envelope {
            id: JobId::new(Uuid::from_u128(1)),
            type_name: "message.created".into(),
            source: "gateway".into(),
            subject: "conversation/1".into(),
            time: DateTime::UNIX_EPOCH,
            workspace_id: WorkspaceId::new(Uuid::from_u128(2)),
            actor: "user/1".into(),
            traceparent: None,
            data: "{\n\"role\": \"user\"}".into(),
        };
        let message = message(&event).unwrap();
        let text = std::str::from_utf8(&message).unwrap();
        let json = text
            .lines()
            .find_map(|line| line.strip_prefix("data: "))
            .unwrap();
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(json["specversion"], "1.0");
        assert_eq!(json["data"]["role"], "user");
        assert_eq!(text.lines().nth(1), Some("event: message.created"));
    }
}
