//! The listening connection.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use redis::RedisError;
use redis::aio::{PubSubSink, PubSubStream};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Channel, Shared};
use crate::backoff::Backoff;
use crate::error::{Error, Result};

/// Channels named in one command.
const CHUNK: usize = 1000;
/// How often a silent connection is tried.
const PING: Duration = Duration::from_secs(5);

/// Runs until shutdown: connects, listens, and connects again.
pub(super) async fn run(
    shared: Arc<Shared>,
    mut arrivals: mpsc::UnboundedReceiver<Channel>,
    shutdown: CancellationToken,
) {
    let listening = async {
        let mut backoff = Backoff::CONNECTION;
        loop {
            let error = match Listener::connect(&shared).await {
                Ok(listener) => {
                    backoff.reset();
                    listener.listen(&mut arrivals).await
                }
                Err(error) => error,
            };
            shared.health.failing(&error);
            sleep(backoff.wait()).await;
        }
    };
    tokio::select! {
        () = listening => {}
        () = shutdown.cancelled() => {}
    }
}

struct Listener<'a> {
    shared: &'a Shared,
    sink: PubSubSink,
    messages: PubSubStream,
    subscribed: HashSet<Channel>,
}

impl<'a> Listener<'a> {
    /// Connects and subscribes to everything that is listened to; all of it rings.
    async fn connect(shared: &'a Shared) -> Result<Self> {
        let connecting = shared.bus.client().get_async_pubsub();
        let unreachable = |reason: String| Error::Unreachable {
            endpoint: shared.bus.endpoint().to_owned(),
            reason,
        };
        let (sink, messages) = timeout(shared.bus.options().connect_timeout, connecting)
            .await
            .map_err(|_| unreachable("it did not answer in time".to_owned()))?
            .map_err(|error| unreachable(error.to_string()))?
            .split();
        let mut listener = Self {
            shared,
            sink,
            messages,
            subscribed: HashSet::new(),
        };
        let all: Vec<Channel> = shared.lock().keys().cloned().collect();
        listener.subscribe(all).await?;
        shared.health.healthy();
        Ok(listener)
    }

    /// Passes rings on and follows the changes of what is listened to, until something fails.
    async fn listen(mut self, arrivals: &mut mpsc::UnboundedReceiver<Channel>) -> Error {
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut channels = Vec::new();
        loop {
            let outcome = tokio::select! {
                message = self.messages.next() => match message {
                    Some(message) => {
                        self.shared.ring(message.get_channel_name());
                        Ok(())
                    }
                    None => return Error::Unreachable {
                        endpoint: self.shared.bus.endpoint().to_owned(),
                        reason: "the connection was closed".to_owned(),
                    },
                },
                _ = arrivals.recv_many(&mut channels, CHUNK) => {
                    self.follow(channels.drain(..)).await
                }
                _ = ping.tick() => self.ping().await,
            };
            if let Err(error) = outcome {
                return error;
            }
        }
    }

    /// Brings the subscriptions of these channels in line with who listens now.
    async fn follow(&mut self, channels: impl Iterator<Item = Channel>) -> Result<()> {
        let (mut wanted, mut unwanted) = (HashSet::new(), HashSet::new());
        {
            let bells = self.shared.lock();
            for channel in channels {
                match (
                    bells.contains_key(&channel),
                    self.subscribed.contains(&channel),
                ) {
                    (true, false) => wanted.insert(channel),
                    (false, true) => unwanted.insert(channel),
                    // Gone and back: the new bell waits for its first ring.
                    (true, true) => {
                        if let Some(bell) = bells.get(&channel) {
                            bell.send_replace(());
                        }
                        false
                    }
                    (false, false) => false,
                };
            }
        }
        self.unsubscribe(unwanted.into_iter().collect()).await?;
        self.subscribe(wanted.into_iter().collect()).await
    }

    async fn subscribe(&mut self, channels: Vec<Channel>) -> Result<()> {
        for chunk in channels.chunks(CHUNK) {
            let names: Vec<&str> = chunk.iter().map(|channel| &**channel).collect();
            self.answered(self.sink.clone().subscribe(names)).await?;
            for channel in chunk {
                self.subscribed.insert(Arc::clone(channel));
                self.shared.ring(channel);
            }
        }
        Ok(())
    }

    async fn unsubscribe(&mut self, channels: Vec<Channel>) -> Result<()> {
        for chunk in channels.chunks(CHUNK) {
            let names: Vec<&str> = chunk.iter().map(|channel| &**channel).collect();
            self.answered(self.sink.clone().unsubscribe(names)).await?;
            for channel in chunk {
                self.subscribed.remove(channel);
            }
        }
        Ok(())
    }

    async fn ping(&mut self) -> Result<()> {
        self.answered(self.sink.clone().ping::<redis::Value>())
            .await
    }

    async fn answered<T>(
        &self,
        asking: impl Future<Output = std::result::Result<T, RedisError>>,
    ) -> Result<()> {
        let limit = self.shared.bus.options().response_timeout;
        match timeout(limit, asking).await {
            Ok(answer) => answer
                .map(|_| ())
                .map_err(Error::command("listen for doorbells")),
            Err(_) => Err(Error::Unreachable {
                endpoint: self.shared.bus.endpoint().to_owned(),
                reason: "it did not answer in time".to_owned(),
            }),
        }
    }
}
