//! The chat of a job that shows something there. A private chat is the account of its person, which operators of the workspace
//! are not told: they see the delivery, and what they put back keeps the chat that it had.

use mosaic_proto::job::{CHANNEL_OUT_QUEUE, Job};
use serde_json::Value;

/// What the contract calls it in JSON, and what it takes as well.
const NAMES: [&str; 2] = ["chatId", "chat_id"];
/// What else the contract has, and what is shown.
const SHOWN: [&str; 3] = ["channel", "deliveryId", "delivery_id"];

/// The data of a job of `channel-out` without the chat; null if they are no JSON object.
pub(crate) fn without_chat(data: &str) -> Value {
    match serde_json::from_str(data) {
        Ok(Value::Object(mut fields)) => {
            fields.retain(|name, _| SHOWN.contains(&name.as_str()));
            Value::Object(fields)
        }
        _ => Value::Null,
    }
}

/// Data for a job, with the chat that it had unless they name one.
pub(super) fn kept(job: &Job, data: &Value) -> Value {
    let mut data = data.clone();
    if job.queue == CHANNEL_OUT_QUEUE
        && let Value::Object(fields) = &mut data
        && !NAMES.iter().any(|name| fields.contains_key(*name))
    {
        let before: Value = serde_json::from_str(&job.data).unwrap_or_default();
        if let Some(chat) = NAMES.iter().find_map(|name| before.get(*name)) {
            fields.insert("chatId".to_owned(), chat.clone());
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use mosaic_domain::{JobId, WorkspaceId};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn job(queue: &str, data: &str) -> Job {
        Job {
            id: JobId::new(Uuid::nil()),
            queue: queue.to_owned(),
            workspace_id: WorkspaceId::new(Uuid::nil()),
            priority: 5,
            created_at: DateTime::UNIX_EPOCH,
            ordering_key: None,
            idempotency_key: None,
            not_before: None,
            traceparent: None,
            data: data.to_owned(),
        }
    }

    #[test]
    fn what_is_shown_is_known_not_to_be_the_chat() {
        let data =
            r#"{"channel":"telegram","chatId":"77","chat_id":"77","chatid":"77","deliveryId":"1"}"#;
        let shown = json!({"channel": "telegram", "deliveryId": "1"});
        assert_eq!(without_chat(data), shown);
        for broken in [r#"{"chatId":"77""#, r#""77""#, ""] {
            assert_eq!(without_chat(broken), Value::Null);
        }
    }

    #[test]
    fn a_job_keeps_its_chat_unless_it_is_given_another() {
        let new = json!({"channel": "telegram", "deliveryId": "1"});
        let with = |chat: &str| json!({"channel": "telegram", "deliveryId": "1", "chatId": chat});
        for old in [r#"{"chatId":"77"}"#, r#"{"chat_id":"77"}"#] {
            let old = job(CHANNEL_OUT_QUEUE, old);
            assert_eq!(kept(&old, &new), with("77"));
            assert_eq!(kept(&old, &with("78")), with("78"));
        }
        assert_eq!(kept(&job(CHANNEL_OUT_QUEUE, "{"), &new), new);
        assert_eq!(kept(&job("others", r#"{"chatId":"77"}"#), &new), new);
    }
}
