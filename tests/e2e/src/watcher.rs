//! A client of an event stream as a browser would be one: reads SSE, reconnects with the last id it saw.

use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt as _;
use mosaic_domain::Cursor;
use serde_json::Value;

/// One received event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id on the wire.
    pub id: String,
    /// Its place in the log.
    pub cursor: Cursor,
    /// Its type.
    pub kind: String,
    /// Its payload.
    pub data: Value,
}

impl Event {
    /// Reads a frame as every kind of stream carries it; `None` if it has no place in a log.
    pub fn from_frame(frame: &Value) -> anyhow::Result<Option<Self>> {
        let Some(id) = frame["id"].as_str() else {
            return Ok(None);
        };
        let number = |name: &str| {
            let number = frame[name]
                .as_u64()
                .with_context(|| format!("{name} in {frame}"))?;
            anyhow::Ok(u32::try_from(number)?)
        };
        let kind = frame["type"].as_str().context("an event without type")?;
        Ok(Some(Self {
            id: id.to_owned(),
            cursor: Cursor::new(number("epoch")?, number("seq")?),
            kind: kind.to_owned(),
            data: frame["data"].clone(),
        }))
    }

    /// Reads a block of an SSE stream; `None` if it has no place in a log.
    pub fn from_sse(block: &str) -> anyhow::Result<Option<Self>> {
        let data = block.lines().find_map(|line| line.strip_prefix("data:"));
        let Some(data) = data else { return Ok(None) };
        Self::from_frame(&serde_json::from_str(data.trim())?)
    }

    /// Whether the run ends with it.
    #[must_use]
    pub fn is_end(&self) -> bool {
        let end = ["run.completed", "run.failed", "run.cancelled", "run.killed"];
        end.contains(&self.kind.as_str())
    }
}

/// Watches one run to its end.
#[derive(Debug)]
pub struct Watcher {
    client: reqwest::Client,
    /// Gateways to go to, in turn with every connection.
    gateways: Vec<String>,
    path: String,
    token: String,
    connections: usize,
    /// Everything received.
    pub events: Vec<Event>,
}

impl Watcher {
    /// A watcher of `path` that has not connected yet.
    pub fn new(gateways: Vec<String>, path: &str, token: &str) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self {
            client,
            gateways,
            path: path.to_owned(),
            token: token.to_owned(),
            connections: 0,
            events: Vec::new(),
        })
    }

    /// Watches until `enough` says so or the run has ended, through any number of connections.
    pub async fn until(&mut self, enough: impl Fn(&[Event]) -> bool) -> anyhow::Result<()> {
        while !self.ended() && !enough(&self.events) {
            if self.connection(&enough).await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }

    /// Watches to the end of the run.
    pub async fn to_the_end(&mut self) -> anyhow::Result<()> {
        self.until(|_| false).await
    }

    fn ended(&self) -> bool {
        self.events.last().is_some_and(Event::is_end)
    }

    async fn connection(&mut self, enough: &impl Fn(&[Event]) -> bool) -> anyhow::Result<()> {
        let gateway = &self.gateways[self.connections % self.gateways.len()];
        self.connections += 1;
        let mut request = self
            .client
            .get(format!("{gateway}{}", self.path))
            .bearer_auth(&self.token);
        if let Some(last) = self.events.last() {
            request = request.header("Last-Event-ID", &last.id);
        }
        let response = request.send().await?.error_for_status()?;
        let mut bytes = response.bytes_stream();
        let mut buffer = String::new();
        while let Some(chunk) = bytes.next().await {
            buffer.push_str(std::str::from_utf8(&chunk?)?);
            while let Some((block, rest)) = buffer.split_once("\n\n") {
                let event = Event::from_sse(block)?;
                buffer = rest.to_owned();
                self.events.extend(event);
                if self.ended() || enough(&self.events) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Fails unless the events are one sequence: every number once, in order, from 1, epochs never going back.
pub fn gapless(events: &[Event]) -> anyhow::Result<()> {
    let mut last = Cursor::START;
    for event in events {
        anyhow::ensure!(
            event.cursor.seq == last.seq + 1 && event.cursor.epoch >= last.epoch,
            "{} follows {last}: {:?}",
            event.cursor,
            events
                .iter()
                .map(|one| (one.cursor.to_string(), &one.kind))
                .collect::<Vec<_>>()
        );
        last = event.cursor;
    }
    Ok(())
}

/// The text a person sees at the end: deltas appended, and dropped again where the log was rewound.
#[must_use]
pub fn text_after_rewinds(events: &[Event]) -> String {
    let mut shown: Vec<(u32, &str)> = Vec::new();
    for event in events {
        match event.kind.as_str() {
            "text.delta" => {
                shown.push((
                    event.cursor.seq,
                    event.data["text"].as_str().unwrap_or_default(),
                ));
            }
            "run.resumed" => {
                let rewind_to = event.data["rewindTo"].as_u64().unwrap_or_default();
                shown.retain(|(seq, _)| u64::from(*seq) <= rewind_to);
            }
            _ => {}
        }
    }
    shown.into_iter().map(|(_, text)| text).collect()
}
