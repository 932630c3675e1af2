//! The routes of all three protocols.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::State;
use super::embeddings;
use super::protocol::{Problem, Protocol};
use super::record::Outcome;
use super::reply;
use super::script::{Compiled, Failure};

/// Long conversations are tested too.
const BODY_LIMIT: usize = 32 << 20;
/// The model that exists when the script names none.
const ANY_MODEL: &str = "scripted";

pub(super) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(openai))
        .route("/v1/messages", post(anthropic))
        .route("/api/chat", post(ollama))
        .route("/v1/models", get(models))
        .route("/api/tags", get(tags))
        .route(
            "/api/version",
            get(|| async { Json(json!({"version": "0.0.0-scripted"})) }),
        )
        .merge(embeddings::routes())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(state)
}

/// The address and the shared state, as every completion handler gets them.
type From = ConnectInfo<SocketAddr>;
type Access = Shared<Arc<State>>;

async fn openai(access: Access, from: From, headers: HeaderMap, body: Bytes) -> Response {
    complete(access.0, Protocol::Openai, from.0, headers, body).await
}

async fn anthropic(access: Access, from: From, headers: HeaderMap, body: Bytes) -> Response {
    complete(access.0, Protocol::Anthropic, from.0, headers, body).await
}

async fn ollama(access: Access, from: From, headers: HeaderMap, body: Bytes) -> Response {
    complete(access.0, Protocol::Ollama, from.0, headers, body).await
}

async fn complete(
    state: Arc<State>,
    protocol: Protocol,
    from: SocketAddr,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let number = state.next_call();
    let body = serde_json::from_slice::<Value>(&body).ok();
    let ending = state
        .recorder
        .record(number, from, protocol, &headers, body.as_ref());
    let script = state.script();
    let call = authorize(&script, protocol, &headers).and_then(|()| {
        let body = body
            .as_ref()
            .ok_or_else(|| Problem::invalid("the body is not valid JSON"))?;
        let call = protocol.read(&headers, body)?;
        known_model(&script, protocol, &call.model)?;
        Ok(call)
    });
    let call = match call {
        Ok(call) => call,
        Err(problem) => {
            ending.end(Outcome::Refused);
            return refuse(protocol, &problem);
        }
    };
    let turn = script.choose(&call, number);
    if turn.hang {
        state.stopping.cancelled().await;
    }
    if turn.first_byte_delay_ms > 0 {
        let delay = Duration::from_millis(turn.first_byte_delay_ms);
        drop(tokio::time::timeout(delay, state.stopping.cancelled()).await);
    }
    if let Some(failure) = &turn.fail {
        ending.end(Outcome::Refused);
        return fail(protocol, failure);
    }
    if call.streams {
        let rendered = protocol.stream(&turn, &call, number);
        reply::stream(protocol, &turn, rendered, ending, state.stopping.clone())
    } else {
        let whole = protocol.whole(&turn, &call, number);
        ending.end(Outcome::Played);
        Json(whole).into_response()
    }
}

/// `OpenAI` and Anthropic share the path; Anthropic clients always say their version.
async fn models(state: Access, headers: HeaderMap) -> Response {
    let protocol = if headers.contains_key("anthropic-version") {
        Protocol::Anthropic
    } else {
        Protocol::Openai
    };
    let script = state.script();
    if let Err(problem) = authorize(&script, protocol, &headers) {
        return refuse(protocol, &problem);
    }
    let models = names(&script).map(|id| match protocol {
        Protocol::Anthropic => json!({"type": "model", "id": id, "display_name": id}),
        _ => json!({"object": "model", "id": id, "created": 0, "owned_by": "script"}),
    });
    let models: Vec<Value> = models.collect();
    Json(json!({"object": "list", "data": models, "has_more": false})).into_response()
}

async fn tags(state: Access, headers: HeaderMap) -> Response {
    let script = state.script();
    if let Err(problem) = authorize(&script, Protocol::Ollama, &headers) {
        return refuse(Protocol::Ollama, &problem);
    }
    let models: Vec<Value> = names(&script)
        .map(|name| json!({"name": name, "model": name, "size": 0}))
        .collect();
    Json(json!({"models": models})).into_response()
}

fn names(script: &Compiled) -> impl Iterator<Item = &str> {
    let any = script.models.is_empty().then_some(ANY_MODEL);
    script.models.iter().map(String::as_str).chain(any)
}

pub(super) fn authorize(
    script: &Compiled,
    protocol: Protocol,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let Some(wanted) = &script.key else {
        return Ok(());
    };
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let given = match protocol {
        Protocol::Anthropic => text(HeaderName::from_static("x-api-key")),
        Protocol::Openai | Protocol::Ollama => {
            text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "))
        }
    };
    if given == Some(wanted.as_str()) {
        return Ok(());
    }
    // Real services repeat the wrong key; that is why clients must not show such messages unread.
    let message = match given {
        Some(given) => format!("Incorrect API key provided: {given}"),
        None => "No API key provided".to_owned(),
    };
    Err(Problem {
        status: StatusCode::UNAUTHORIZED,
        code: protocol.usual_code(401),
        message,
    })
}

pub(super) fn known_model(
    script: &Compiled,
    protocol: Protocol,
    model: &str,
) -> Result<(), Problem> {
    if script.models.is_empty() || script.models.iter().any(|known| known == model) {
        return Ok(());
    }
    let message = match protocol {
        Protocol::Openai => format!("The model `{model}` does not exist"),
        Protocol::Anthropic => format!("model: {model}"),
        Protocol::Ollama => format!("model '{model}' not found"),
    };
    Err(Problem {
        status: StatusCode::NOT_FOUND,
        code: protocol.usual_code(404),
        message,
    })
}

pub(super) fn refuse(protocol: Protocol, problem: &Problem) -> Response {
    let report = protocol.error(problem.code, &problem.message);
    (problem.status, Json(report)).into_response()
}

pub(super) fn fail(protocol: Protocol, failure: &Failure) -> Response {
    let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = failure
        .code
        .as_deref()
        .unwrap_or_else(|| protocol.usual_code(failure.status));
    let message = failure.message.as_deref().unwrap_or("scripted failure");
    let mut response = match &failure.body {
        Some(Value::String(text)) => (status, text.clone()).into_response(),
        Some(body) => (status, Json(body)).into_response(),
        None => (status, Json(protocol.error(code, message))).into_response(),
    };
    for (name, value) in &failure.headers {
        let header = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = header {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
