//! Clients that watch a conversation, drop, and resume behind the last event they saw.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use futures::{SinkExt as _, StreamExt as _};
use mosaic_domain::{ConversationId, Cursor, EventId, RunId};
use mosaic_e2e::Event;
use mosaic_testkit::Chance;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::speaker::Speaker;

/// A stream that is silent for longer than the gateway ever is has been lost.
const SILENCE: Duration = Duration::from_secs(40);
/// Between two connections.
const AGAIN: Duration = Duration::from_millis(100);

/// What one client has seen of a conversation. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    inner: Arc<Mutex<Inner>>,
    resumes: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Inner {
    runs: BTreeMap<RunId, Vec<Event>>,
    last: Option<String>,
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, event: Event) -> anyhow::Result<()> {
        let run_id = event.id.parse::<EventId>()?.run_id;
        let mut inner = self.lock();
        inner.last = Some(event.id.clone());
        inner.runs.entry(run_id).or_default().push(event);
        Ok(())
    }

    /// What came of a run, in the order in which it came.
    pub(crate) fn of(&self, run_id: RunId) -> Vec<Event> {
        self.lock().runs.get(&run_id).cloned().unwrap_or_default()
    }

    /// Whether the end of a run came.
    pub(crate) fn ended(&self, run_id: RunId) -> bool {
        let inner = self.lock();
        let events = inner.runs.get(&run_id);
        events.is_some_and(|events| events.last().is_some_and(Event::is_end))
    }

    /// How often it connected again.
    pub(crate) fn resumes(&self) -> u64 {
        let connections = self.resumes.load(Ordering::Relaxed);
        u64::try_from(connections.saturating_sub(1)).unwrap_or(u64::MAX)
    }
}

/// How a client watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    Sse,
    WebSocket,
}

/// One client.
#[derive(Debug)]
pub(crate) struct Watcher {
    speaker: Speaker,
    conversation_id: ConversationId,
    surface: Surface,
    chance: Chance,
    seen: Seen,
    client: reqwest::Client,
}

impl Watcher {
    /// Watches a conversation from the beginning of the run `first` on, with `seen` as its memory.
    pub(crate) fn new(
        speaker: Speaker,
        conversation_id: ConversationId,
        first: RunId,
        (surface, chance): (Surface, Chance),
        seen: Seen,
    ) -> anyhow::Result<Self> {
        seen.lock().last = Some(EventId::new(first, Cursor::START).to_string());
        Ok(Self {
            speaker,
            conversation_id,
            surface,
            chance,
            seen,
            client: reqwest::Client::builder()
                .no_proxy()
                .connect_timeout(SILENCE)
                .read_timeout(SILENCE)
                .build()?,
        })
    }

    /// Watches until it is dropped.
    pub(crate) async fn run(mut self) {
        loop {
            // Some clients stay, others come and go.
            let patience = match self.chance.below(3) {
                0 => usize::MAX,
                _ => usize::try_from(5 + self.chance.below(60)).unwrap_or(usize::MAX),
            };
            let connection = async {
                match self.surface {
                    Surface::Sse => self.sse(patience).await,
                    Surface::WebSocket => self.web_socket(patience).await,
                }
            };
            // However it ended, the client connects again.
            let _ = connection.await;
            sleep(AGAIN).await;
        }
    }

    fn last(&self) -> String {
        self.seen.lock().last.clone().unwrap_or_default()
    }

    async fn sse(&self, patience: usize) -> anyhow::Result<()> {
        let (gateway, id) = (self.speaker.gateway(), self.conversation_id);
        let request = self
            .client
            .get(format!("{gateway}/api/conversations/{id}/events"))
            .bearer_auth(&self.speaker.token)
            .header("Last-Event-ID", self.last());
        let response = request.send().await?.error_for_status()?;
        self.seen.resumes.fetch_add(1, Ordering::Relaxed);
        let mut bytes = response.bytes_stream();
        let mut buffer = Vec::new();
        let mut taken = 0;
        while let Some(chunk) = bytes.next().await {
            buffer.extend_from_slice(&chunk?);
            while let Some(end) = buffer.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = buffer.drain(..end + 2).collect();
                if let Some(event) = Event::from_sse(std::str::from_utf8(&block)?)? {
                    self.seen.add(event)?;
                    taken += 1;
                }
                if taken >= patience {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn web_socket(&self, patience: usize) -> anyhow::Result<()> {
        let gateway = self.speaker.gateway().replacen("http", "ws", 1);
        let mut request = format!("{gateway}/chat").into_client_request()?;
        let bearer = format!("Bearer {}", self.speaker.token);
        request
            .headers_mut()
            .insert("authorization", bearer.parse()?);
        let (mut socket, _) = timeout(SILENCE, connect_async(request)).await??;
        let (id, last) = (self.conversation_id, self.last());
        let watch = json!({"type": "watch", "conversationId": id, "lastEventId": last});
        socket.send(Message::text(watch.to_string())).await?;
        self.seen.resumes.fetch_add(1, Ordering::Relaxed);
        let mut taken = 0;
        while taken < patience {
            let message = timeout(SILENCE, socket.next()).await?;
            let Message::Text(text) = message.context("the socket was closed")?? else {
                continue;
            };
            let frame: Value = serde_json::from_str(&text)?;
            anyhow::ensure!(frame["type"] != "error", "{frame}");
            if let Some(event) = Event::from_frame(&frame)? {
                self.seen.add(event)?;
                taken += 1;
            }
        }
        Ok(())
    }
}
