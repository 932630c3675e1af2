//! A Bot API server that speaks Telegram's protocol: updates by long polling or to a webhook, messages that are sent,
//! changed and taken back, and the faults that the real one has, when a test asks for them.
//!
//! It is strict where Telegram is: texts are measured after their tags are taken out, tags must be closed in their place, a
//! change must change something, a text must show something, updates before the offset are forgotten, and a second poller is
//! told of the conflict.

mod answer;
mod faults;
mod html;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

pub use faults::Fault;

/// The token of the bot.
pub const BOT_TOKEN: &str = "4242:AAH-test_token_of_the_bot";
/// The name of the bot.
pub const BOT_NAME: &str = "mosaic_test_bot";

/// A running server.
#[derive(Debug)]
pub struct BotApi {
    shared: Arc<Shared>,
    url: String,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<Inner>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    updates: VecDeque<(i64, Value)>,
    last_update: i64,
    last_message: i64,
    messages: BTreeMap<i64, Posted>,
    calls: Vec<Call>,
    faults: Vec<(String, Fault)>,
    webhook: Option<(String, String)>,
    polls: usize,
    counts: usize,
}

/// A message of the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its id.
    pub id: i64,
    /// Where it is.
    pub chat: i64,
    /// What is shown now, without tags.
    pub text: String,
    /// The same as it was sent.
    pub source: String,
    /// What it has shown before.
    pub earlier: Vec<String>,
}

/// A call of a method.
#[derive(Debug, Clone)]
pub struct Call {
    /// e.g. `sendMessage`.
    pub method: String,
    /// Its parameters.
    pub body: Value,
    /// When it came.
    pub at: Instant,
}

impl BotApi {
    /// Starts it.
    pub async fn start() -> anyhow::Result<Self> {
        let shared = Arc::new(Shared::default());
        let router = Router::new()
            .route("/{bot}/{method}", post(call))
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        #[expect(
            clippy::disallowed_methods,
            reason = "a test's server, aborted when it is dropped"
        )]
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { shared, url, task })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A person writes a text to the bot, in the private chat that has their number. Returns the update's number.
    #[must_use]
    pub fn say(&self, person: i64, text: &str) -> i64 {
        self.update(person, &json!({"text": text}))
    }

    /// A person sends something else, or somewhere else: `more` is put over a usual message.
    #[must_use]
    pub fn update(&self, person: i64, more: &Value) -> i64 {
        let mut inner = self.shared.lock();
        inner.last_message += 1;
        inner.last_update += 1;
        let id = inner.last_update;
        let mut message = json!({
            "message_id": inner.last_message,
            "date": 1_700_000_000,
            "chat": {"id": person, "type": "private", "first_name": "Ada"},
            "from": {"id": person, "is_bot": false, "first_name": "Ada", "username": "ada"},
        });
        if let (Some(message), Some(more)) = (message.as_object_mut(), more.as_object()) {
            message.extend(more.clone());
        }
        let update = json!({"update_id": id, "message": message});
        inner.updates.push_back((id, update));
        drop(inner);
        self.shared.news.notify_waiters();
        id
    }

    /// The next update has this number, as after a week without any: numbers begin anew then, wherever they were. A poll that
    /// waits ends with nothing.
    pub fn count_anew(&self, next: i64) {
        let mut inner = self.shared.lock();
        inner.last_update = next - 1;
        inner.counts += 1;
        drop(inner);
        self.shared.news.notify_waiters();
    }

    /// An update as it is delivered; for delivering it once more.
    #[must_use]
    pub fn undelivered(&self) -> Vec<Value> {
        let inner = self.shared.lock();
        inner
            .updates
            .iter()
            .map(|(_, update)| update.clone())
            .collect()
    }

    /// Delivers an update again, as Telegram does when its acknowledgement is lost.
    pub fn redeliver(&self, update: Value) {
        let id = update["update_id"].as_i64().unwrap_or_default();
        self.shared.lock().updates.push_front((id, update));
        self.shared.news.notify_waiters();
    }

    /// The messages of the bot in a chat, in the order they were sent, those taken back left out.
    #[must_use]
    pub fn chat(&self, chat: i64) -> Vec<Posted> {
        let inner = self.shared.lock();
        let here = inner.messages.values().filter(|posted| posted.chat == chat);
        here.cloned().collect()
    }

    /// What the messages of the bot in a chat show.
    #[must_use]
    pub fn texts(&self, chat: i64) -> Vec<String> {
        self.chat(chat)
            .into_iter()
            .map(|posted| posted.text)
            .collect()
    }

    /// Calls of a method so far.
    #[must_use]
    pub fn calls(&self, method: &str) -> Vec<Call> {
        let inner = self.shared.lock();
        let calls = inner.calls.iter().filter(|call| call.method == method);
        calls.cloned().collect()
    }

    /// The next call of this method meets this fault.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.shared.lock().faults.push((method.to_owned(), fault));
    }

    /// Where updates are to be brought, with the secret to show there.
    #[must_use]
    pub fn webhook(&self) -> Option<(String, String)> {
        self.shared.lock().webhook.clone()
    }
}

impl Drop for BotApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn call(
    State(shared): State<Arc<Shared>>,
    Path((bot, method)): Path<(String, String)>,
    body: axum::body::Bytes,
) -> Response {
    if bot != format!("bot{BOT_TOKEN}") {
        return answer::error(401, "Unauthorized");
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let fault = {
        let mut inner = shared.lock();
        inner.calls.push(Call {
            method: method.clone(),
            body: body.clone(),
            at: Instant::now(),
        });
        let next = inner.faults.iter().position(|(name, _)| *name == method);
        next.map(|at| inner.faults.remove(at).1)
    };
    if let Some(refusal) = fault.as_ref().and_then(Fault::before) {
        return refusal;
    }
    let outcome = if method == "getUpdates" {
        poll(&shared, &body).await
    } else {
        shared.lock().obey(&method, &body)
    };
    match (fault, outcome) {
        (Some(Fault::CutAfter), _) => answer::cut(),
        (_, Ok(result)) => answer::ok(&result),
        (_, Err((code, description))) => answer::error(code, &description),
    }
}

type Outcome = Result<Value, (u16, String)>;

/// Forgets updates before the offset and waits for others.
async fn poll(shared: &Shared, body: &Value) -> Outcome {
    {
        let mut inner = shared.lock();
        if inner.webhook.is_some() {
            let text = "Conflict: can't use getUpdates method while webhook is active";
            return Err((409, text.to_owned()));
        }
        if let Some(offset) = body["offset"].as_i64() {
            inner.updates.retain(|(id, _)| *id >= offset);
        }
        inner.polls += 1;
    }
    let (mine, counts) = {
        let inner = shared.lock();
        (inner.polls, inner.counts)
    };
    let wait = Duration::from_secs(body["timeout"].as_u64().unwrap_or_default());
    let until = tokio::time::Instant::now() + wait;
    loop {
        let news = shared.news.notified();
        {
            let inner = shared.lock();
            if inner.polls != mine {
                let text = "Conflict: terminated by other getUpdates request";
                return Err((409, text.to_owned()));
            }
            if inner.counts != counts {
                return Ok(json!([]));
            }
            if !inner.updates.is_empty() {
                let list = inner.updates.iter().map(|(_, update)| update.clone());
                return Ok(list.collect());
            }
        }
        // Also looks by itself: news may have come between the look and the wait.
        let look = tokio::time::Instant::now() + Duration::from_millis(100);
        tokio::select! {
            () = news => {}
            () = tokio::time::sleep_until(until.min(look)) => {}
        }
        if tokio::time::Instant::now() >= until {
            return Ok(json!([]));
        }
    }
}
