//! Events of the bus as messages of a stream.

use bytes::Bytes;
use mosaic_proto::envelope::Envelope;

use crate::wire::EventBody;

/// One SSE message with a `CloudEvent` in JSON; none if the payload is no JSON.
pub(super) fn message(event: Envelope) -> Option<Bytes> {
    let id = event.id;
    let type_name = event.type_name.replace(['\n', '\r'], " ");
    let body = EventBody::new(event)?;
    let json = serde_json::to_string(&body)
        .ok()?
        .replace(['\n', '\r'], " ");
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
        let message = message(event).unwrap();
        let text = std::str::from_utf8(&message).unwrap();
        let json = text
            .lines()
            .find_map(|line| line.strip_prefix("data: "))
            .unwrap();
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(json["specversion"], "1.0");
        assert_eq!(json["time"], "1970-01-01T00:00:00.000Z");
        assert_eq!(json["data"]["role"], "user");
        assert_eq!(text.lines().nth(1), Some("event: message.created"));
    }
}
