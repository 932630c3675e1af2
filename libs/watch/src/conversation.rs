//! One watcher of a conversation: its runs, one after the other.

use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::Bell;
use mosaic_domain::{ConversationId, Cursor, RunId, Scope};
use mosaic_storage::{Error, Run};
use tokio::time::{Instant, timeout_at};

use crate::frame::Frame;
use crate::hub::Hub;
use crate::lookout::{Found, Lookout, Next};
use crate::run::RunWatch;

/// The longest an idle conversation goes without looking for a new run; its bell is what usually tells.
const IDLE_POLL: Duration = Duration::from_secs(15);

/// Where watching a conversation begins.
#[derive(Debug, Clone)]
pub enum Start {
    /// With the first event of the active run, or with the next run.
    Active,
    /// The same, but not after this run: it was just sent, and may have ended already.
    Sent(RunId),
    /// Behind the last event that the client saw.
    After {
        /// The run it belongs to.
        run: Box<Run>,
        /// Its place there.
        cursor: Cursor,
    },
}

/// Delivers the events of a conversation's runs: each run whole and in order, and then waits for the next.
#[derive(Debug)]
pub struct ConversationWatch {
    lookout: Arc<Lookout>,
    /// The last run that was delivered whole, or is being delivered.
    ordinal: u32,
    current: Option<RunWatch>,
    bell: Bell,
    /// When to look for the next run, announced or not.
    look_at: Instant,
    /// How long after that to look again.
    idle: Duration,
}

impl ConversationWatch {
    /// Watches a conversation that was found to be theirs.
    pub async fn open(
        hub: Hub,
        scope: Scope,
        conversation_id: ConversationId,
        start: Start,
    ) -> Result<Self, Error> {
        // Listening comes before looking, so that no run is born unnoticed between the two.
        let bell = hub.doorbells().listen_conversation(conversation_id);
        let mut watch = Self {
            lookout: hub.lookout(scope, conversation_id),
            ordinal: 0,
            current: None,
            bell,
            look_at: Instant::now(),
            idle: hub.poll(),
        };
        match start {
            Start::Active => watch.ordinal = watch.lookout.before_active().await?,
            Start::Sent(run_id) => {
                let sent = hub.storage().run(scope, run_id).await?;
                let sent = sent.map_or(u32::MAX, |run| run.ordinal.saturating_sub(1));
                watch.ordinal = watch.lookout.before_active().await?.min(sent);
            }
            Start::After { run, cursor } => {
                watch.ordinal = run.ordinal;
                watch.current = hub.watch_run(&run, cursor).await?;
            }
        }
        Ok(watch)
    }

    /// The next event; `None` when the conversation is gone. May be dropped while it waits: nothing is lost. A record
    /// that does not answer for a while delays events and ends nothing.
    pub async fn next(&mut self) -> Result<Option<Arc<Frame>>, Error> {
        loop {
            if let Some(run) = &mut self.current {
                if let Some(frame) = run.next().await? {
                    return Ok(Some(frame));
                }
                self.current = None;
                self.look_at = Instant::now();
            }
            self.wait().await;
            match self.lookout.next(self.ordinal).await? {
                Next::Run(found) => self.begin(&found),
                Next::Nothing => self.look_at = Instant::now() + self.idle,
                Next::Gone => return Ok(None),
                Next::Unknown => self.look_at = Instant::now() + self.lookout.hub().poll(),
            }
        }
    }

    /// The next event if it is there already.
    pub fn try_next(&mut self) -> Option<Arc<Frame>> {
        self.current.as_mut()?.try_next()
    }

    fn begin(&mut self, found: &Found) {
        let hub = self.lookout.hub();
        self.idle = hub.poll();
        self.current = Some(hub.watch_found(&found.run, found.head, Cursor::START));
        self.ordinal = found.run.ordinal;
    }

    /// Waits for the bell, and without one looks less and less often.
    async fn wait(&mut self) {
        if timeout_at(self.look_at, self.bell.rung()).await.is_ok() {
            self.idle = self.lookout.hub().poll();
            // Whoever is dropped while looking looks again at once.
            self.look_at = Instant::now();
        } else {
            self.idle = (self.idle * 2).min(IDLE_POLL);
        }
    }
}
