//! A model whose every token is the time at which it was said, so that whoever receives one knows how old it is.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures::stream;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::options::Pace;
use crate::jobs::now_micros;

/// The running model, in the protocol of `OpenAI`.
#[derive(Debug)]
pub(super) struct Model {
    url: String,
    tracker: TaskTracker,
    stopping: CancellationToken,
}

impl Model {
    pub(super) async fn start(pace: Pace) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        let (tracker, stopping) = (TaskTracker::new(), CancellationToken::new());
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .with_state(pace);
        let served = axum::serve(listener, router)
            .with_graceful_shutdown(stopping.clone().cancelled_owned());
        tracker.spawn(async move { served.await });
        tracker.close();
        Ok(Self {
            url,
            tracker,
            stopping,
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) async fn stop(self) {
        self.stopping.cancel();
        self.tracker.wait().await;
    }
}

/// Says its tokens one after the other, each at its time.
async fn complete(State(pace): State<Pace>) -> Response {
    let began = Instant::now();
    let pieces = stream::unfold(0, move |said| async move {
        if said > pace.tokens {
            return None;
        }
        sleep_until(began + pace.every * said).await;
        let piece = if said < pace.tokens {
            chunk(
                &json!({"content": format!("{} ", now_micros())}),
                &Value::Null,
            )
        } else {
            closing(pace.tokens)
        };
        Some((Ok::<_, Infallible>(piece), said + 1))
    });
    let head = [(CONTENT_TYPE, "text/event-stream")];
    (head, Body::from_stream(pieces)).into_response()
}

fn frame(choices: &Value, usage: &Value) -> String {
    let frame = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "clock",
        "choices": choices, "usage": usage,
    });
    format!("data: {frame}\n\n")
}

fn chunk(delta: &Value, finish: &Value) -> String {
    let choice = json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
    frame(&choice, &Value::Null)
}

fn closing(tokens: u32) -> String {
    let usage =
        json!({"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": tokens + 10});
    let end = chunk(&json!({}), &json!("stop"));
    format!("{end}{}data: [DONE]\n\n", frame(&json!([]), &usage))
}
