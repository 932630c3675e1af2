//! A gateway that knows one conversation and answers one message, over real HTTP.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

pub(crate) const ID: &str = "01890000-0000-7000-8000-000000000001";
pub(crate) const TOKEN: &str = "mos_test";

/// The gateway, and what was sent to it.
pub(crate) struct Gateway {
    pub(crate) url: String,
    pub(crate) sent: Arc<Mutex<Vec<Value>>>,
    _runtime: tokio::runtime::Runtime,
}

pub(crate) fn start(events: &[(&'static str, Value)]) -> Gateway {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sent: Arc<Mutex<Vec<Value>>> = Arc::default();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = app(frames(events), Arc::clone(&sent));
    tokio_util::task::TaskTracker::new().spawn_on(
        async move { axum::serve(listener, app).await },
        runtime.handle(),
    );
    Gateway {
        url,
        sent,
        _runtime: runtime,
    }
}

fn app(log: String, sent: Arc<Mutex<Vec<Value>>>) -> Router {
    let conversation = || async {
        let body = json!({"id": ID, "title": null, "agent": "jarvis", "messageCount": 0,
            "createdAt": "2026-01-02T03:04:05Z", "updatedAt": "2026-01-02T03:04:05Z"});
        (StatusCode::CREATED, Json(body))
    };
    let send = async move |headers: HeaderMap, body: Bytes| -> Response {
        if headers
            .get("authorization")
            .is_none_or(|value| value != &format!("Bearer {TOKEN}"))
        {
            let problem = json!({"title": "Unauthenticated", "status": 401, "code": "unauthenticated",
                "detail": "the token is not known", "remedy": "use another token"});
            return (StatusCode::UNAUTHORIZED, Json(problem)).into_response();
        }
        sent.lock()
            .unwrap()
            .push(serde_json::from_slice(&body).unwrap());
        let body = json!({"messageId": ID, "runId": ID, "conversationId": ID, "seq": 1, "acceptance": "queued"});
        (StatusCode::ACCEPTED, Json(body)).into_response()
    };
    let stop = || async { (StatusCode::ACCEPTED, Json(json!({"state": "stopping"}))) };
    let events = async move || Body::from(log).into_response();
    Router::new()
        .route("/api/conversations", post(conversation))
        .route("/api/conversations/{id}/messages", post(send))
        .route("/api/runs/{id}/events", get(events))
        .route("/api/runs/{id}/stop", post(stop))
}

fn frames(events: &[(&'static str, Value)]) -> String {
    let accepted = ("run.accepted", json!({"messageId": ID, "content": "?"}));
    let frame = |(index, (kind, data)): (usize, &(&'static str, Value))| {
        let seq = index + 1;
        let frame = json!({"id": format!("{ID}:1:{seq}"), "type": kind, "time": "2026-01-02T03:04:05Z",
            "conversationId": ID, "runId": ID, "epoch": 1, "seq": seq, "data": data});
        format!("id: {ID}:1:{seq}\nevent: {kind}\ndata: {frame}\n\n")
    };
    std::iter::once(&accepted)
        .chain(events)
        .enumerate()
        .map(frame)
        .collect()
}
