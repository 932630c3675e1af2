//! All feeds of the process, and the way to watch a run.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use mosaic_bus::{Bus, Doorbells};
use mosaic_domain::{ConversationId, Cursor, RunId, Scope};
use mosaic_storage::{Error, Run, RunHead, Storage};
use mosaic_telemetry::metrics::UpDownCounter;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::feed::{Feed, FeedParts};
use crate::lookout::Lookout;
use crate::reader::{LogReader, PAGE};
use crate::run::RunWatch;

/// What watching needs.
#[derive(Debug)]
pub struct HubParts {
    /// The record.
    pub storage: Storage,
    /// Where live logs are.
    pub bus: Bus,
    /// Announce what there is to read.
    pub doorbells: Doorbells,
    /// How often to look without an announcement.
    pub poll: Duration,
    /// Feeds run on it.
    pub tracker: TaskTracker,
    /// Ends them.
    pub shutdown: CancellationToken,
    /// Counts them.
    pub feeds: UpDownCounter<i64>,
}

/// All feeds of the process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    reader: LogReader,
    parts: HubParts,
    feeds: Mutex<HashMap<RunId, Weak<Feed>>>,
    /// Apart for each person, so that nobody learns anything from what others ask.
    lookouts: Mutex<HashMap<(Scope, ConversationId), Weak<Lookout>>>,
}

impl Hub {
    /// A hub without feeds.
    #[must_use]
    pub fn new(parts: HubParts) -> Self {
        let reader = LogReader::new(parts.storage.clone(), parts.bus.run_logs());
        Self {
            inner: Arc::new(Inner {
                reader,
                parts,
                feeds: Mutex::default(),
                lookouts: Mutex::default(),
            }),
        }
    }

    /// Watches a run that the caller was found to own, from behind `after` on. `None` if it was deleted meanwhile.
    pub async fn watch_run(&self, run: &Run, after: Cursor) -> Result<Option<RunWatch>, Error> {
        if let Some(feed) = self.live_feed(run.id) {
            return Ok(Some(self.join(run, after, feed)));
        }
        let head = self.storage().run_head(run.id).await?;
        Ok(head.map(|head| self.watch_found(run, head, after)))
    }

    /// Watches a run of which `head` was just read.
    pub(crate) fn watch_found(&self, run: &Run, head: RunHead, after: Cursor) -> RunWatch {
        if head.state.is_terminal() {
            let reader = self.inner.reader.clone();
            return RunWatch::recorded(run.id, run.conversation_id, after, reader, self.poll());
        }
        let feed = self.feed(run.id, run.conversation_id, head.last);
        self.join(run, after, feed)
    }

    fn join(&self, run: &Run, after: Cursor, feed: Arc<Feed>) -> RunWatch {
        let reader = self.inner.reader.clone();
        RunWatch::live(
            run.id,
            run.conversation_id,
            after,
            reader,
            self.poll(),
            feed,
        )
    }

    /// What looks for the runs of a conversation that was found to be theirs; made if there is none.
    pub(crate) fn lookout(&self, scope: Scope, id: ConversationId) -> Arc<Lookout> {
        let mut lookouts = self.inner.lookouts();
        let entry = lookouts.entry((scope, id)).or_default();
        if let Some(lookout) = entry.upgrade() {
            return lookout;
        }
        let lookout = Arc::new(Lookout::new(self.clone(), scope, id));
        *entry = Arc::downgrade(&lookout);
        lookout
    }

    /// Drops the entry of a lookout that is gone, unless another one took its place.
    pub(crate) fn forget_lookout(&self, scope: Scope, id: ConversationId) {
        let mut lookouts = self.inner.lookouts();
        let gone = |lookout: &Weak<Lookout>| lookout.strong_count() == 0;
        if lookouts.get(&(scope, id)).is_some_and(gone) {
            lookouts.remove(&(scope, id));
        }
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.inner.parts.storage
    }

    pub(crate) fn doorbells(&self) -> &Doorbells {
        &self.inner.parts.doorbells
    }

    pub(crate) fn poll(&self) -> Duration {
        self.inner.parts.poll
    }

    /// The feed of a run that goes on, if it has one.
    fn live_feed(&self, run_id: RunId) -> Option<Arc<Feed>> {
        let feed = self.inner.feeds().get(&run_id)?.upgrade()?;
        feed.end().is_none().then_some(feed)
    }

    /// The feed of a run; made if there is none. `recorded` is the last event that the record has.
    fn feed(&self, run_id: RunId, conversation_id: ConversationId, recorded: Cursor) -> Arc<Feed> {
        let mut feeds = self.inner.feeds();
        if let Some(feed) = feeds.get(&run_id).and_then(Weak::upgrade) {
            return feed;
        }
        let parts = &self.inner.parts;
        let (feed, pump) = Feed::new(FeedParts {
            run_id,
            conversation_id,
            head: beginning(recorded),
            reader: self.inner.reader.clone(),
            bell: parts.doorbells.listen_run(run_id),
            poll: parts.poll,
            shutdown: parts.shutdown.clone(),
        });
        let feed = Arc::new(feed);
        feeds.insert(run_id, Arc::downgrade(&feed));
        parts.feeds.add(1, &[]);
        let inner = Arc::clone(&self.inner);
        parts.tracker.spawn(async move {
            pump.await;
            inner.forget(run_id);
        });
        feed
    }
}

impl Inner {
    /// Drops the entry of a feed that has ended, unless a new one took its place.
    fn forget(&self, run_id: RunId) {
        self.parts.feeds.add(-1, &[]);
        let mut feeds = self.feeds();
        let over = |feed: &Weak<Feed>| feed.upgrade().is_none_or(|feed| feed.end().is_some());
        if feeds.get(&run_id).is_some_and(over) {
            feeds.remove(&run_id);
        }
    }

    // Both maps are whole between their operations, so a panic elsewhere leaves nothing half done.

    fn feeds(&self) -> MutexGuard<'_, HashMap<RunId, Weak<Feed>>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lookouts(&self) -> MutexGuard<'_, HashMap<(Scope, ConversationId), Weak<Lookout>>> {
        self.lookouts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a feed begins: with a young run at its first event, which its watchers then need not read themselves; else behind
/// what the record has.
fn beginning(recorded: Cursor) -> Cursor {
    if usize::try_from(recorded.seq).is_ok_and(|events| events <= PAGE) {
        Cursor::START
    } else {
        recorded
    }
}
