//! A person: sends messages until they are accepted, whatever is in the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use mosaic_domain::{ConversationId, MessageId, RunId, Scope};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::findings::Notes;

/// Between two attempts.
const AGAIN: Duration = Duration::from_millis(150);
/// A gateway that takes longer is given up on, and another one is tried.
const ANSWER: Duration = Duration::from_secs(8);
/// However much goes wrong, a message must be accepted within this.
const ACCEPTED: Duration = Duration::from_mins(2);

/// Somebody with a token, and the gateways to go to.
#[derive(Debug, Clone)]
pub(crate) struct Speaker {
    pub(crate) scope: Scope,
    pub(crate) token: String,
    pub(crate) gateways: Arc<[String]>,
    client: reqwest::Client,
    next: Arc<AtomicUsize>,
}

/// A message that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub(crate) message_id: MessageId,
    pub(crate) run_id: RunId,
    pub(crate) content: String,
}

impl Speaker {
    pub(crate) fn new(
        scope: Scope,
        token: String,
        gateways: Arc<[String]>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            scope,
            token,
            gateways,
            client: reqwest::Client::builder()
                .no_proxy()
                .timeout(ANSWER)
                .build()?,
            next: Arc::default(),
        })
    }

    /// The next gateway in turn.
    pub(crate) fn gateway(&self) -> &str {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        &self.gateways[turn % self.gateways.len()]
    }

    /// Begins a conversation.
    pub(crate) async fn begin(&self, notes: &Notes) -> anyhow::Result<ConversationId> {
        let begun = self.post("/api/conversations", &json!({}), notes).await?;
        Ok(begun["id"].as_str().context("no id")?.parse()?)
    }

    /// Sends a message under a key of its own, again and again under the same key, until it is accepted.
    pub(crate) async fn send(
        &self,
        conversation_id: ConversationId,
        content: String,
        waits: bool,
        notes: &Notes,
    ) -> anyhow::Result<Accepted> {
        let path = format!("/api/conversations/{conversation_id}/messages");
        let delivery = if waits { "wait" } else { "steer" };
        let body = json!({"content": content, "delivery": delivery, "idempotencyKey": content});
        let sent = self.post(&path, &body, notes).await?;
        notes.count("messages accepted", 1);
        let field = |name: &str| sent[name].as_str().with_context(|| format!("no {name}"));
        Ok(Accepted {
            message_id: field("messageId")?.parse()?,
            run_id: field("runId")?.parse()?,
            content,
        })
    }

    /// Asks for a run to be stopped.
    pub(crate) async fn stop(&self, run_id: RunId, notes: &Notes) -> anyhow::Result<()> {
        let path = format!("/api/runs/{run_id}/stop");
        let body = json!({"reason": "chaos"});
        self.post(&path, &body, notes).await?;
        notes.count("stops asked for", 1);
        Ok(())
    }

    async fn post(&self, path: &str, body: &Value, notes: &Notes) -> anyhow::Result<Value> {
        let begun = Instant::now();
        loop {
            match self.attempt(path, body).await {
                Ok(answer) => return Ok(answer),
                Err(Refused::Passing) => {}
                Err(Refused::For(status, said)) => {
                    notes.find(format_args!("{path} was refused with {status}: {said}"));
                    anyhow::bail!("{path} was refused with {status}");
                }
            }
            notes.count("requests repeated", 1);
            anyhow::ensure!(begun.elapsed() < ACCEPTED, "{path} was never accepted");
            sleep(AGAIN).await;
        }
    }

    async fn attempt(&self, path: &str, body: &Value) -> Result<Value, Refused> {
        let url = format!("{}{path}", self.gateway());
        let request = self.client.post(url).bearer_auth(&self.token).json(body);
        let answer = request.send().await.map_err(|_| Refused::Passing)?;
        let status = answer.status();
        if status.is_server_error() {
            return Err(Refused::Passing);
        }
        let said = answer.text().await.map_err(|_| Refused::Passing)?;
        if !status.is_success() {
            return Err(Refused::For(status, said));
        }
        serde_json::from_str(&said).map_err(|_| Refused::Passing)
    }
}

/// Why a request was not carried out.
enum Refused {
    /// Something is away: it may be sent again.
    Passing,
    /// It is the sender's fault, which nothing here ever is.
    For(StatusCode, String),
}
