//! The three protocols and what is different about their errors.

use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::script::Turn;
use super::{anthropic, ollama, openai};

/// A wire protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Chat completions.
    Openai,
    /// Messages.
    Anthropic,
    /// Ollama's chat API.
    Ollama,
}

/// Why a request is refused, before any protocol gave it its shape.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Problem {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "invalid_request_error",
            message: message.into(),
        }
    }
}

/// What the choice of a turn depends on.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) protocol: Protocol,
    pub(super) model: String,
    pub(super) streams: bool,
    /// The text of the last message of a person.
    pub(super) last_user: String,
    /// The content of the last message, when it is a tool result.
    pub(super) last_result: Option<String>,
    /// How many assistant messages came after the last message of a person.
    pub(super) step: usize,
}

/// A turn in the bytes of a protocol.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    pub(super) opening: String,
    /// Thinking, text and tool calls, as the script divides them.
    pub(super) chunks: Vec<String>,
    pub(super) closing: String,
}

impl Protocol {
    /// Reads and judges a completion request.
    pub(super) fn read(self, headers: &HeaderMap, body: &Value) -> Result<Call, Problem> {
        match self {
            Self::Openai => openai::read(body),
            Self::Anthropic => anthropic::read(headers, body),
            Self::Ollama => ollama::read(body),
        }
    }

    pub(super) fn stream(self, turn: &Turn, call: &Call, number: u64) -> Rendered {
        match self {
            Self::Openai => openai::stream(turn, call, number),
            Self::Anthropic => anthropic::stream(turn, call, number),
            Self::Ollama => ollama::stream(turn, call, number),
        }
    }

    pub(super) fn whole(self, turn: &Turn, call: &Call, number: u64) -> Value {
        match self {
            Self::Openai => openai::whole(turn, call, number),
            Self::Anthropic => anthropic::whole(turn, call, number),
            Self::Ollama => ollama::whole(turn, call, number),
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Openai | Self::Anthropic => "text/event-stream",
            Self::Ollama => "application/x-ndjson",
        }
    }

    /// An error report in the provider's own shape.
    pub(super) fn error(self, code: &str, message: &str) -> Value {
        match self {
            Self::Openai => json!({
                "error": {"message": message, "type": code, "param": null, "code": code},
            }),
            Self::Anthropic => json!({
                "type": "error",
                "error": {"type": code, "message": message},
                "request_id": "req_scripted",
            }),
            Self::Ollama => json!({"error": message}),
        }
    }

    /// An error report inside a stream.
    pub(super) fn stream_error(self, code: &str, message: &str) -> String {
        let report = self.error(code, message);
        match self {
            Self::Openai => format!("data: {report}\n\n"),
            Self::Anthropic => format!("event: error\ndata: {report}\n\n"),
            Self::Ollama => format!("{report}\n"),
        }
    }

    /// The code that the provider uses with a status.
    pub(super) fn usual_code(self, status: u16) -> &'static str {
        match (self, status) {
            (Self::Openai, 401) => "invalid_api_key",
            (Self::Openai, 429) => "rate_limit_exceeded",
            (Self::Openai, 404) => "model_not_found",
            (Self::Openai, 500..) => "server_error",
            (_, 401) => "authentication_error",
            (_, 403) => "permission_error",
            (_, 404) => "not_found_error",
            (_, 413) => "request_too_large",
            (_, 429) => "rate_limit_error",
            (_, 529) => "overloaded_error",
            (_, 500..) => "api_error",
            _ => "invalid_request_error",
        }
    }
}
