//! What goes wrong when a test asks for it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::answer;

/// A fault that one call meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 429 with this many seconds to wait.
    TooMany(u64),
    /// The person blocked the bot.
    Blocked,
    /// The formatted text cannot be read.
    Unreadable,
    /// There is nothing in the text.
    Empty,
    /// Something in between fails.
    BadGateway,
    /// The call has its effect, and the connection breaks before the answer is through.
    CutAfter,
}

impl Fault {
    /// The refusal, of faults that keep the call from having its effect.
    pub(super) fn before(&self) -> Option<Response> {
        match self {
            Self::TooMany(seconds) => {
                let body = json!({"ok": false, "error_code": 429,
                    "description": format!("Too Many Requests: retry after {seconds}"),
                    "parameters": {"retry_after": seconds}});
                Some((StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response())
            }
            Self::Blocked => Some(answer::error(403, "Forbidden: bot was blocked by the user")),
            Self::Unreadable => {
                let text = "Bad Request: can't parse entities: Unsupported start tag";
                Some(answer::error(400, text))
            }
            Self::Empty => Some(answer::error(400, "Bad Request: message text is empty")),
            Self::BadGateway => Some((StatusCode::BAD_GATEWAY, "<html>").into_response()),
            Self::CutAfter => None,
        }
    }
}
