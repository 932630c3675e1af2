//! A client of server-sent events.

use std::collections::VecDeque;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use reqwest::Method;
use serde_json::Value;
use tokio::time::timeout;

use super::stage::{Person, Stage};

/// How long a test waits for something that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One received event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    /// Empty if it has none.
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

/// An open stream.
pub(crate) struct Sse {
    bytes: BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    text: String,
    events: VecDeque<Event>,
}

impl Sse {
    /// Opens a stream of Ada's at the first gateway.
    pub(crate) async fn open(
        stage: &Stage,
        path: &str,
        last: Option<&str>,
    ) -> anyhow::Result<Self> {
        Self::open_at(stage, 0, &stage.ada, path, last).await
    }

    pub(crate) async fn open_at(
        stage: &Stage,
        gateway: usize,
        who: &Person,
        path: &str,
        last: Option<&str>,
    ) -> anyhow::Result<Self> {
        let url = format!("http://{}{path}", stage.host(gateway)?);
        let mut request = stage
            .http
            .request(Method::GET, url)
            .bearer_auth(who.token.expose());
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        Self::follow(request).await
    }

    /// The stream that this request opens.
    pub(crate) async fn follow(request: reqwest::RequestBuilder) -> anyhow::Result<Self> {
        let response = request.send().await?;
        anyhow::ensure!(response.status() == 200, "{}", response.text().await?);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Self {
            bytes: response.bytes_stream().boxed(),
            text: String::new(),
            events: VecDeque::new(),
        })
    }

    /// The next event; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Event>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            match timeout(PATIENCE, self.bytes.next()).await? {
                Some(bytes) => self.take(&bytes?)?,
                None => return Ok(None),
            }
        }
    }

    /// The next event, which must come.
    pub(crate) async fn must(&mut self) -> anyhow::Result<Event> {
        self.next()
            .await?
            .ok_or_else(|| anyhow::anyhow!("the stream ended"))
    }

    /// Everything to the end.
    pub(crate) async fn rest(&mut self) -> anyhow::Result<Vec<Event>> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await? {
            events.push(event);
        }
        Ok(events)
    }

    /// Everything up to and with the first event of this kind.
    pub(crate) async fn until(&mut self, kind: &str) -> anyhow::Result<Vec<Event>> {
        let mut events = Vec::new();
        loop {
            let event = self.must().await?;
            let found = event.kind == kind;
            events.push(event);
            if found {
                return Ok(events);
            }
        }
    }

    /// Whether nothing comes for a while.
    pub(crate) async fn is_silent(&mut self) -> bool {
        timeout(Duration::from_millis(700), self.next())
            .await
            .is_err()
    }

    /// The next event, which must come, however long that takes.
    pub(crate) async fn patiently(&mut self) -> anyhow::Result<Event> {
        loop {
            match self.must().await {
                Err(error) if error.is::<tokio::time::error::Elapsed>() => {}
                event => return event,
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.text.push_str(std::str::from_utf8(bytes)?);
        while let Some((message, rest)) = self.text.split_once("\n\n") {
            let field = |name: &str| {
                message
                    .lines()
                    .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            };
            if let (Some(kind), Some(data)) = (field("event"), field("data")) {
                self.events.push_back(Event {
                    id: field("id").unwrap_or_default().to_owned(),
                    kind: kind.to_owned(),
                    data: serde_json::from_str(data)?,
                });
            }
            self.text = rest.to_owned();
        }
        Ok(())
    }
}

/// The kinds of events, for comparison.
pub(crate) fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

/// The ids of events, for comparison.
pub(crate) fn ids(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.id.as_str()).collect()
}
