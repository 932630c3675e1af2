//! Answers in the shape of the Bot API, and some methods.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use serde_json::{Value, json};

use super::{BOT_NAME, Inner, Outcome, Posted, html};

/// The longest text, in UTF-16 units.
const LONGEST: usize = 4096;

pub(super) fn ok(result: &Value) -> Response {
    axum::Json(json!({"ok": true, "result": result})).into_response()
}

pub(super) fn error(code: u16, description: &str) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({"ok": false, "error_code": code, "description": description});
    (status, axum::Json(body)).into_response()
}

/// The connection breaks after the answer's head.
pub(super) fn cut() -> Response {
    let broken = stream::iter([Err::<String, _>(std::io::Error::other("cut"))]);
    let mut response = Response::new(Body::from_stream(broken));
    let headers = response.headers_mut();
    headers.insert("content-length", 100.into());
    response
}

impl Inner {
    pub(super) fn obey(&mut self, method: &str, body: &Value) -> Outcome {
        match method {
            "getMe" => Ok(
                json!({"id": 4242, "is_bot": true, "first_name": "Mosaic", "username": BOT_NAME}),
            ),
            "sendChatAction" => Ok(json!(true)),
            "sendMessage" => self.send(body),
            "editMessageText" => self.edit(body),
            "deleteMessage" => {
                let id = body["message_id"].as_i64().unwrap_or_default();
                let gone = self.messages.remove(&id).map(|_| json!(true));
                gone.ok_or_else(|| bad("message to delete not found"))
            }
            "setWebhook" => {
                let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
                self.webhook = Some((text("url"), text("secret_token")));
                Ok(json!(true))
            }
            "deleteWebhook" => {
                self.webhook = None;
                Ok(json!(true))
            }
            _ => Err((404, "Not Found".to_owned())),
        }
    }

    fn send(&mut self, body: &Value) -> Outcome {
        let chat = body["chat_id"]
            .as_i64()
            .ok_or_else(|| bad("chat not found"))?;
        let (text, source) = read(body)?;
        self.last_message += 1;
        let id = self.last_message;
        let posted = Posted {
            id,
            chat,
            text: text.clone(),
            source,
            earlier: Vec::new(),
        };
        self.messages.insert(id, posted);
        Ok(json!({"message_id": id, "chat": {"id": chat, "type": "private"}, "text": text}))
    }

    fn edit(&mut self, body: &Value) -> Outcome {
        let (text, source) = read(body)?;
        let id = body["message_id"].as_i64().unwrap_or_default();
        let posted = self.messages.get_mut(&id);
        let posted = posted.ok_or_else(|| bad("message to edit not found"))?;
        if posted.source == source {
            return Err(bad(
                "message is not modified: specified new message content and reply markup are exactly the same",
            ));
        }
        posted
            .earlier
            .push(std::mem::replace(&mut posted.text, text));
        posted.source = source;
        Ok(json!({"message_id": id}))
    }
}

/// The text as it is shown, and as it was sent.
fn read(body: &Value) -> Result<(String, String), (u16, String)> {
    let source = body["text"].as_str().unwrap_or_default().to_owned();
    let text = match body["parse_mode"].as_str() {
        Some("HTML") => html::shown(&source)
            .map_err(|problem| bad(&format!("can't parse entities: {problem}")))?,
        _ => source.clone(),
    };
    let text = text.trim().to_owned();
    if text.chars().all(is_invisible) {
        return Err(bad("message text is empty"));
    }
    if text.encode_utf16().count() > LONGEST {
        return Err(bad("message is too long"));
    }
    Ok((text, source))
}

/// Letters of which Telegram makes nothing.
fn is_invisible(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn bad(what: &str) -> (u16, String) {
    (400, format!("Bad Request: {what}"))
}
