//! Event streams that survive the loss of their connection.

mod bus;
mod connection;
mod order;

use std::time::Duration;

use mosaic_domain::{ConversationId, EventId, RunId};

use crate::{Client, Error, Frame, Result};
pub use bus::{BusEventFilter, BusEvents};
use connection::Connection;
use order::{Order, Verdict};

/// How long a lost stream is tried to be resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The first pause between attempts; each is up to twice as long as the one before.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// When to give up; none is never.
    pub give_up_after: Option<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_millis(150),
            longest_pause: Duration::from_secs(5),
            give_up_after: Some(Duration::from_mins(10)),
        }
    }
}

/// How often a gap is asked for again before it counts as one: the part that is missing may be on its way.
const GAP_ATTEMPTS: u32 = 5;

/// Frames of runs, in order, each once. Dropping a call of `next` loses nothing.
#[derive(Debug)]
struct Frames {
    connection: Connection,
    order: Order,
    gaps: u32,
}

impl Frames {
    /// The next frame; connects again for as long as the patience lasts.
    async fn next(&mut self) -> Result<Frame> {
        loop {
            let Some(data) = self.connection.next().await?.data else {
                continue;
            };
            let frame = Frame::parse(&data)?;
            match self.order.check(&frame) {
                Verdict::Next => {
                    if let Some(id) = frame.event_id() {
                        self.gaps = 0;
                        self.connection.resume_after(id.to_string());
                    }
                    return Ok(frame);
                }
                Verdict::Repeated => {}
                Verdict::Gap { last, found } if self.gaps >= GAP_ATTEMPTS => {
                    let run_id = frame.run_id;
                    return Err(Error::Gap {
                        run_id,
                        last,
                        found,
                    });
                }
                Verdict::Gap { last, found } => {
                    tracing::debug!(run = %frame.run_id, last, found, "events are missing; asking again");
                    self.gaps += 1;
                    self.connection.reconnect("events were missing")?;
                }
            }
        }
    }
}

/// The log of one run, from its start or behind an event, to its end.
#[derive(Debug)]
pub struct RunStream {
    frames: Frames,
    ended: bool,
}

impl RunStream {
    /// The next frame; none after the one that ended the run.
    pub async fn next(&mut self) -> Option<Result<Frame>> {
        if self.ended {
            return None;
        }
        let frame = self.frames.next().await;
        self.ended = frame
            .as_ref()
            .map_or(true, |frame| frame.event.end().is_some());
        Some(frame)
    }

    /// Whether there is a connection now. Without one, the next call of `next` goes on trying.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.frames.connection.is_open()
    }
}

/// The logs of all runs of a conversation, one after the other; it does not end by itself.
#[derive(Debug)]
pub struct ConversationStream {
    frames: Frames,
}

impl ConversationStream {
    /// The next frame.
    pub async fn next(&mut self) -> Result<Frame> {
        self.frames.next().await
    }

    /// Whether there is a connection now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.frames.connection.is_open()
    }
}

impl Client {
    /// Watches a run, from its start or behind `after`. Fails at once when the first connection does.
    pub async fn watch_run(
        &self,
        id: RunId,
        after: Option<EventId>,
        patience: Patience,
    ) -> Result<RunStream> {
        let url = self.route(&["api", "runs", &id.to_string(), "events"]);
        let frames = self
            .watch(url, after, patience, Order::of_run(id, after))
            .await?;
        Ok(RunStream {
            frames,
            ended: false,
        })
    }

    /// Watches a conversation, from now or behind `after`. Fails at once when the first connection does.
    pub async fn watch_conversation(
        &self,
        id: ConversationId,
        after: Option<EventId>,
        patience: Patience,
    ) -> Result<ConversationStream> {
        let url = self.of_conversation(id, &["events"]);
        let frames = self
            .watch(url, after, patience, Order::of_conversation(after))
            .await?;
        Ok(ConversationStream { frames })
    }

    async fn watch(
        &self,
        url: url::Url,
        after: Option<EventId>,
        patience: Patience,
        order: Order,
    ) -> Result<Frames> {
        let after = after.map(|id| id.to_string());
        let connection = Connection::open(self.clone(), url, after, patience).await?;
        Ok(Frames {
            connection,
            order,
            gaps: 0,
        })
    }
}
