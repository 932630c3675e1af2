//! Doorbells: short words over pub/sub that something has changed. They carry nothing; who hears one reads the stream.
//!
//! **Channels.** `<prefix>:bell:run:<id>` is rung by the script that appends to the run's log,
//! `<prefix>:bell:conversation:<id>` by whoever changes a conversation.
//!
//! **One connection per process** subscribes to exactly the channels that somebody here listens to. Bells only state
//! what is wanted; the listener compares that with what it has subscribed to, so quick coming and going cannot leave
//! it wrong.
//!
//! **Lost rings.** Pub/sub remembers nothing. So a bell rings whenever it may have missed something: when its
//! subscription has taken effect, and when the connection was lost and is back. A listener that reads after every ring
//! then misses nothing, and sees what came while the connection was down when it returns; a reader that cannot wait
//! for that reads once a second as well. Rings between two looks at a bell are one ring.

mod listener;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mosaic_domain::{ConversationId, RunId};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::Bus;
use crate::error::Result;
use crate::health::{Health, Reporter};

type Channel = Arc<str>;

/// All bells of the process.
#[derive(Debug, Clone)]
pub struct Doorbells {
    shared: Arc<Shared>,
}

/// One bell.
#[derive(Debug)]
pub struct Bell {
    rings: watch::Receiver<()>,
    channel: Channel,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    bus: Bus,
    /// The channels that somebody listens to.
    bells: Mutex<HashMap<Channel, watch::Sender<()>>>,
    /// Names of channels whose listeners came or went.
    changes: mpsc::UnboundedSender<Channel>,
    health: Reporter,
}

impl Doorbells {
    pub(crate) fn start(bus: Bus, tracker: &TaskTracker, shutdown: CancellationToken) -> Self {
        let (changes, arrivals) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            bus,
            bells: Mutex::default(),
            changes,
            health: Reporter::new("doorbells".to_owned()),
        });
        tracker.spawn(listener::run(Arc::clone(&shared), arrivals, shutdown));
        Self { shared }
    }

    /// A bell that rings when the log of this run grows.
    #[must_use]
    pub fn listen_run(&self, run_id: RunId) -> Bell {
        self.listen(self.shared.bus.keys().run_bell(run_id))
    }

    /// A bell that rings when somebody rings this conversation.
    #[must_use]
    pub fn listen_conversation(&self, id: ConversationId) -> Bell {
        self.listen(self.shared.bus.keys().conversation_bell(id))
    }

    /// Whether the listening connection is up.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.shared.health.watch()
    }

    fn listen(&self, channel: String) -> Bell {
        let channel: Channel = channel.into();
        let mut bells = self.shared.lock();
        let rings = if let Some(bell) = bells.get(&channel) {
            bell.subscribe()
        } else {
            let bell = watch::Sender::new(());
            let rings = bell.subscribe();
            bells.insert(Arc::clone(&channel), bell);
            self.shared.changed(&channel);
            rings
        };
        drop(bells);
        Bell {
            rings,
            channel,
            shared: Arc::clone(&self.shared),
        }
    }
}

impl Bell {
    /// Completes when the bell has rung since the last time this completed, or since it was made. A bell on a channel
    /// that nobody here listened to before rings once when the subscription has taken effect.
    pub async fn rung(&mut self) {
        if self.rings.changed().await.is_err() {
            // Not reached while this bell keeps its channel alive; waiting is what is asked for.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        let mut bells = self.shared.lock();
        // This bell's own receiver is still counted.
        if bells
            .get(&self.channel)
            .is_some_and(|bell| bell.receiver_count() <= 1)
        {
            bells.remove(&self.channel);
            self.shared.changed(&self.channel);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<Channel, watch::Sender<()>>> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody hears it after shutdown, when nothing needs to be changed either.
    fn changed(&self, channel: &Channel) {
        let _ = self.changes.send(Arc::clone(channel));
    }

    fn ring(&self, channel: &str) {
        if let Some(bell) = self.lock().get(channel) {
            bell.send_replace(());
        }
    }
}

impl Bus {
    /// Rings a conversation's doorbell in every process that listens.
    pub async fn ring_conversation(&self, id: ConversationId) -> Result<()> {
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(self.keys().conversation_bell(id)).arg("");
        self.command("ring a doorbell", &publish).await
    }
}
