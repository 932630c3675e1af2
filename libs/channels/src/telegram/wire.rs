//! Telegram's updates, read leniently: what cannot be understood is an update without a message, never one that
//! blocks those behind it.

use serde::Deserialize;
use serde_json::Value;

use crate::{Content, InboundMessage, Refused, Sender, Update};

/// The kinds of updates that are asked for.
pub(super) const WANTED: [&str; 1] = ["message"];
/// Longer names are cut.
const LONGEST_NAME: usize = 64;

#[derive(Deserialize)]
struct Message {
    chat: Chat,
    from: Option<From>,
    text: Option<String>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct From {
    id: i64,
    #[serde(default)]
    is_bot: bool,
    #[serde(default)]
    first_name: String,
    last_name: Option<String>,
    username: Option<String>,
}

/// The updates of an answer to `getUpdates`, in their order.
pub(super) fn updates(answer: Value) -> Vec<Update> {
    let Value::Array(list) = answer else {
        return Vec::new();
    };
    let mut updates: Vec<Update> = list.into_iter().filter_map(of_value).collect();
    updates.sort_by_key(|update| update.id);
    updates
}

/// The update in the body of a delivery.
pub(super) fn update(body: &[u8]) -> Result<Update, Refused> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| Refused::Malformed(error.to_string()))?;
    of_value(value).ok_or_else(|| Refused::Malformed("it has no update_id".to_owned()))
}

/// An id as Telegram writes ids.
pub(super) fn number_or_name(id: &str) -> Value {
    id.parse::<i64>().map_or_else(|_| id.into(), Value::from)
}

fn of_value(mut value: Value) -> Option<Update> {
    let id = value["update_id"].as_i64()?;
    let message = serde_json::from_value::<Message>(value["message"].take()).ok();
    Some(Update {
        id,
        message: message.and_then(of_message),
    })
}

fn of_message(message: Message) -> Option<InboundMessage> {
    let from = message.from.filter(|from| !from.is_bot)?;
    let content = match message.text {
        Some(text) => Content::Text(text.replace('\0', "")),
        None => Content::Other(kind_of(&message.rest)?),
    };
    Some(InboundMessage {
        chat_id: message.chat.id.to_string(),
        private: message.chat.kind == "private",
        sender: Sender {
            id: from.id.to_string(),
            display_name: name_of(&from),
        },
        content,
    })
}

/// What a message without text is; nothing for notes of the chat itself, such as a pinned message.
fn kind_of(message: &serde_json::Map<String, Value>) -> Option<&'static str> {
    const KINDS: [(&str, &str); 13] = [
        ("photo", "photo"),
        ("voice", "voice message"),
        ("audio", "audio file"),
        ("video", "video"),
        ("video_note", "video message"),
        ("animation", "animation"),
        ("document", "file"),
        ("sticker", "sticker"),
        ("location", "location"),
        ("contact", "contact"),
        ("poll", "poll"),
        ("venue", "place"),
        ("dice", "dice"),
    ];
    let known = KINDS.iter().find(|(key, _)| message.contains_key(*key));
    known.map(|(_, name)| *name)
}

fn name_of(from: &From) -> String {
    let mut name = from.first_name.clone();
    if let Some(last) = &from.last_name {
        name = format!("{name} {last}");
    }
    if let Some(username) = &from.username {
        name = format!("{name} (@{username})");
    }
    let name: String = name
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST_NAME)
        .collect();
    match name.trim() {
        "" => format!("account {}", from.id),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn updates_that_cannot_be_understood_do_not_block_those_behind_them() {
        let list = json!([
            {"update_id": 8, "message": {"message_id": 1, "chat": {"id": 5, "type": "private"},
                "from": {"id": 5, "first_name": "Ada", "username": "ada"}, "text": "Hello"}},
            {"update_id": 7, "message": {"chat": "nonsense"}},
            {"update_id": 9, "poll_answer": {}},
            {"no": "id"},
        ]);
        let updates = updates(list);
        let ids: Vec<i64> = updates.iter().map(|update| update.id).collect();
        assert_eq!(ids, [7, 8, 9]);
        let message = updates[1].message.clone().unwrap();
        assert_eq!(message.sender.display_name, "Ada (@ada)");
        assert_eq!(message.content, Content::Text("Hello".into()));
        assert!(message.private && updates[0].message.is_none());
    }

    #[test]
    fn bots_are_not_listened_to_and_attachments_are_named() {
        let message = |more: Value| {
            let mut message = json!({"chat": {"id": 5, "type": "private"}, "from": {"id": 5}});
            message
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            update(
                json!({"update_id": 1, "message": message})
                    .to_string()
                    .as_bytes(),
            )
            .unwrap()
            .message
        };
        assert_eq!(
            message(json!({"text": "x", "from": {"id": 6, "is_bot": true}})),
            None
        );
        let photo = message(json!({"photo": [], "caption": "look"})).unwrap();
        assert_eq!(photo.content, Content::Other("photo"));
        assert_eq!(message(json!({"pinned_message": {}})), None);
    }
}
