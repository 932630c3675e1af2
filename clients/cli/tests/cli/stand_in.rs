//! A gateway that answers what a test wants, over real HTTP, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::Response;
use serde_json::Value;

/// What is answered: a status, a cookie, and a body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) cookie: Option<&'static str>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            cookie: None,
            body,
        }
    }

    pub(crate) fn problem(status: u16, code: &str, detail: &str) -> Self {
        let body =
            serde_json::json!({"title": "No", "status": status, "code": code, "detail": detail});
        Self::new(status, body)
    }
}

/// The gateway, and what was asked of it: `METHOD path as-whom body`.
pub(crate) struct StandIn {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
    _runtime: tokio::runtime::Runtime,
}

impl StandIn {
    /// `answer` is given the method and the path, as `POST /api/session`, and how many requests came before this one.
    pub(crate) fn start(answer: fn(&str, usize) -> Answer) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let notes = Arc::clone(&asked);
        let app = Router::new().fallback(async move |request: Request| {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, 1 << 20).await.unwrap();
            let text = String::from_utf8(body.to_vec()).unwrap();
            let header = |name: &str| Some(head.headers.get(name)?.to_str().unwrap().to_owned());
            let whom = header("authorization").or_else(|| header("cookie"));
            let whom = whom.unwrap_or_else(|| "nobody".to_owned());
            let what = format!("{} {}", head.method, head.uri);
            let mut notes = notes.lock().unwrap();
            let answer = answer(&what, notes.len());
            notes.push(format!("{what} [{whom}] {text}").trim().to_owned());
            respond(answer)
        });
        tokio_util::task::TaskTracker::new().spawn_on(
            async move { axum::serve(listener, app).await },
            runtime.handle(),
        );
        Self {
            url,
            asked,
            _runtime: runtime,
        }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn respond(answer: Answer) -> Response<Body> {
    let mut response = Response::builder()
        .status(answer.status)
        .header("content-type", "application/json");
    if let Some(cookie) = answer.cookie {
        response = response.header("set-cookie", cookie);
    }
    let body = match answer.body {
        Value::Null => Body::empty(),
        body => Body::from(body.to_string()),
    };
    response.body(body).unwrap()
}
