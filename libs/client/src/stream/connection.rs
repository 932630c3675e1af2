//! One event stream over many connections.

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use reqwest::Response;
use sse_stream::{Sse, SseStream};
use tokio::time::{Instant, sleep_until};
use url::Url;

use super::Patience;
use crate::{Client, Error, Result};

/// A connection that lasted this long counts as a good one, although nothing happened on it.
const GOOD_AFTER: Duration = Duration::from_secs(5);

/// By what the gateway says why it ends a stream.
const LAST_WORD: &str = "problem";

type Events = BoxStream<'static, Result<Sse, sse_stream::Error>>;

/// A stream that is opened again when it breaks. Dropping a call of `next` loses nothing.
pub(super) struct Connection {
    client: Client,
    url: Url,
    last_id: Option<String>,
    patience: Patience,
    state: State,
    /// When it was last known to be good.
    good_at: Instant,
    pause: Duration,
}

enum State {
    Open {
        events: Events,
        since: Instant,
    },
    Waiting {
        until: Instant,
    },
    /// Kept here so that a caller who polls in short turns does not begin anew with every turn.
    Connecting {
        attempt: BoxFuture<'static, Result<Response>>,
    },
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("url", &self.url.as_str())
            .field("last_id", &self.last_id)
            .field("open", &self.is_open())
            .finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) async fn open(
        client: Client,
        url: Url,
        last_id: Option<String>,
        patience: Patience,
    ) -> Result<Self> {
        let now = Instant::now();
        let mut connection = Self {
            client,
            url,
            last_id,
            patience,
            state: State::Waiting { until: now },
            good_at: now,
            pause: patience.first_pause,
        };
        let response = connection
            .client
            .open(connection.url.clone(), connection.last_id.as_deref())
            .await?;
        connection.opened(response);
        Ok(connection)
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// Where the next connection goes on.
    pub(super) fn resume_after(&mut self, id: String) {
        self.last_id = Some(id);
    }

    /// The next event.
    pub(super) async fn next(&mut self) -> Result<Sse> {
        loop {
            match &mut self.state {
                State::Open { events, .. } => match events.next().await {
                    // The next attempt is answered the same, and that ends it.
                    Some(Ok(event)) if event.event.as_deref() == Some(LAST_WORD) => {
                        self.reconnect("the gateway says that it may not be watched any more")?;
                    }
                    Some(Ok(event)) => {
                        self.good();
                        return Ok(event);
                    }
                    Some(Err(error)) => self.reconnect(&crate::error::innermost(&error))?,
                    None => self.reconnect("the gateway closed it")?,
                },
                State::Waiting { until } => {
                    sleep_until(*until).await;
                    self.begin();
                }
                State::Connecting { attempt } => match attempt.await {
                    Ok(response) => self.opened(response),
                    Err(error) if error.is_passing() => self.reconnect(&error.to_string())?,
                    Err(error) => return Err(error),
                },
            }
        }
    }

    /// Gives this connection up and plans the next; fails when the patience is at its end.
    pub(super) fn reconnect(&mut self, reason: &str) -> Result<()> {
        let now = Instant::now();
        if matches!(self.state, State::Open { since, .. } if now - since >= GOOD_AFTER) {
            self.good();
        }
        if let Some(limit) = self.patience.give_up_after
            && now - self.good_at >= limit
        {
            return Err(Error::Silent {
                after: limit,
                last: reason.to_owned(),
            });
        }
        // Between half of it and all of it, so that the clients of a restarted gateway do not come all at once.
        let pause = self.pause.mul_f64(0.5 + rand::random::<f64>() / 2.0);
        self.pause = (self.pause * 2).min(self.patience.longest_pause);
        tracing::debug!(url = %self.url, reason, ?pause, "the stream was lost; connecting again");
        self.state = State::Waiting { until: now + pause };
        Ok(())
    }

    fn begin(&mut self) {
        let (client, url, last_id) = (self.client.clone(), self.url.clone(), self.last_id.clone());
        let attempt = async move { client.open(url, last_id.as_deref()).await }.boxed();
        self.state = State::Connecting { attempt };
    }

    fn opened(&mut self, response: Response) {
        tracing::debug!(url = %self.url, "the stream is open");
        let events = SseStream::from_bytes_stream(response.bytes_stream()).boxed();
        self.state = State::Open {
            events,
            since: Instant::now(),
        };
    }

    fn good(&mut self) {
        self.good_at = Instant::now();
        self.pause = self.patience.first_pause;
    }
}
