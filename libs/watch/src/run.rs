//! One watcher of one run.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mosaic_domain::{ConversationId, Cursor, RunId};
use mosaic_proto::log::LogEvent;
use mosaic_runtime::clock;
use mosaic_storage::Error;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, sleep, sleep_until};

use crate::feed::{Feed, Joined};
use crate::frame::Frame;
use crate::reader::{LogReader, Recorded};

/// After this much silence a run that goes on is said to do so. Its worker says it itself, in the log, a little earlier: this
/// is for runs without a worker, and for workers that cannot write.
const SILENCE: Duration = Duration::from_secs(28);

/// Delivers the events of one run after a cursor: each once, in order, to the last.
#[derive(Debug)]
pub struct RunWatch {
    run_id: RunId,
    conversation_id: ConversationId,
    /// The last event that was delivered, or that the client had.
    cursor: Cursor,
    /// Read and not delivered yet.
    ready: VecDeque<Arc<Frame>>,
    source: Source,
    reader: LogReader,
    poll: Duration,
    /// When silence has lasted too long.
    speak_at: Instant,
    /// Whether the last event said that the run is paused.
    paused: bool,
}

#[derive(Debug)]
enum Source {
    /// The run has ended: the record has everything.
    Record,
    /// Catching up with a feed up to where it was joined.
    Behind {
        feed: Arc<Feed>,
        head: Cursor,
        receiver: Option<Receiver<Arc<Frame>>>,
    },
    /// Following a feed.
    Following {
        feed: Arc<Feed>,
        receiver: Receiver<Arc<Frame>>,
    },
    /// Nothing more will come.
    Over,
}

impl RunWatch {
    /// Watches a run that has ended.
    pub(crate) fn recorded(
        run_id: RunId,
        conversation_id: ConversationId,
        after: Cursor,
        reader: LogReader,
        poll: Duration,
    ) -> Self {
        Self {
            run_id,
            conversation_id,
            cursor: after,
            ready: VecDeque::new(),
            source: Source::Record,
            reader,
            poll,
            speak_at: Instant::now() + SILENCE,
            paused: false,
        }
    }

    /// Watches a run that goes on.
    pub(crate) fn live(
        run_id: RunId,
        conversation_id: ConversationId,
        after: Cursor,
        reader: LogReader,
        poll: Duration,
        feed: Arc<Feed>,
    ) -> Self {
        let mut watch = Self::recorded(run_id, conversation_id, after, reader, poll);
        watch.join(feed);
        watch
    }

    /// Joins a feed behind the last event that was delivered, when none is ready.
    fn join(&mut self, feed: Arc<Feed>) {
        let Joined {
            missed,
            head,
            receiver,
        } = feed.join(self.cursor);
        self.source = match (missed, receiver) {
            (Some(missed), Some(receiver)) => {
                self.ready = missed;
                Source::Following { feed, receiver }
            }
            (Some(missed), None) => {
                self.ready = missed;
                Source::Over
            }
            (None, receiver) => Source::Behind {
                feed,
                head,
                receiver,
            },
        };
    }

    /// The next event, or a sign of life; `None` after the last event. May be dropped while it waits: nothing is lost. A
    /// record that does not answer for a while delays events and ends nothing.
    pub async fn next(&mut self) -> Result<Option<Arc<Frame>>, Error> {
        loop {
            let speak_at = self.speak_at;
            tokio::select! {
                biased;
                outcome = self.persist() => return outcome,
                () = sleep_until(speak_at) => {}
            }
            if let Some(frame) = self.sign_of_life() {
                return Ok(Some(frame));
            }
        }
    }

    async fn persist(&mut self) -> Result<Option<Arc<Frame>>, Error> {
        loop {
            match self.advance().await {
                Err(error) if error.is_transient() => sleep(self.poll).await,
                outcome => return outcome,
            }
        }
    }

    /// Says that an active run is still there. Needs neither the record nor Valkey: they may be what is missing.
    fn sign_of_life(&mut self) -> Option<Arc<Frame>> {
        self.speak_at = Instant::now() + SILENCE;
        if matches!(self.source, Source::Record | Source::Over) {
            return None;
        }
        // Everything but its acceptance is written by workers.
        let note = if self.paused {
            "paused, or waiting for a worker to go on"
        } else if self.cursor.epoch == 0 {
            "waiting for a worker"
        } else {
            "still working"
        };
        let (conversation_id, run_id) = (self.conversation_id, self.run_id);
        Frame::progress(conversation_id, run_id, self.cursor, note, clock::now()).map(Arc::new)
    }

    async fn advance(&mut self) -> Result<Option<Arc<Frame>>, Error> {
        loop {
            if let Some(frame) = self.deliver() {
                return Ok(Some(frame));
            }
            match &self.source {
                Source::Record => self.read_record().await?,
                Source::Behind { head, .. } => {
                    let head = *head;
                    self.catch_up(head).await?;
                }
                Source::Following { .. } => self.follow().await,
                Source::Over => return Ok(None),
            }
        }
    }

    /// The next event if it is there already.
    pub fn try_next(&mut self) -> Option<Arc<Frame>> {
        if self.ready.is_empty()
            && let Source::Following { receiver, .. } = &mut self.source
        {
            match receiver.try_recv() {
                Ok(frame) => self.take(frame),
                Err(TryRecvError::Lagged(_)) => self.rejoin(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => {}
            }
        }
        self.deliver()
    }

    fn deliver(&mut self) -> Option<Arc<Frame>> {
        let frame = self.ready.pop_front()?;
        self.cursor = frame.cursor();
        self.paused = frame.type_name() == "run.paused";
        self.speak_at = Instant::now() + SILENCE;
        Some(frame)
    }

    async fn read_record(&mut self) -> Result<(), Error> {
        match self.reader.recorded(self.run_id, self.cursor).await? {
            Recorded::Events(events) => self.render(&events),
            Recorded::Nothing | Recorded::Ended | Recorded::Gone => self.source = Source::Over,
        }
        Ok(())
    }

    /// Reads what lies between the cursor and where the feed was joined. What only the feed has seen so far, because
    /// Valkey lost it, comes back within moments: its worker publishes it again or records it.
    async fn catch_up(&mut self, head: Cursor) -> Result<(), Error> {
        if self.cursor >= head {
            self.source = match std::mem::replace(&mut self.source, Source::Over) {
                Source::Behind {
                    feed,
                    receiver: Some(receiver),
                    ..
                } => Source::Following { feed, receiver },
                _ => Source::Over,
            };
            return Ok(());
        }
        // Asked first: a run may end, and be recorded, between a look that finds nothing and the question.
        let gone = self.is_gone();
        let events = self.reader.next(self.run_id, self.cursor).await?;
        self.render(&events);
        if events.is_empty() {
            if gone {
                self.source = Source::Over;
                return Ok(());
            }
            sleep(self.poll).await;
        }
        Ok(())
    }

    fn is_gone(&self) -> bool {
        match &self.source {
            Source::Behind { feed, .. } | Source::Following { feed, .. } => feed.end().is_some(),
            Source::Record | Source::Over => true,
        }
    }

    async fn follow(&mut self) {
        let Source::Following { receiver, .. } = &mut self.source else {
            return;
        };
        match receiver.recv().await {
            Ok(frame) => self.take(frame),
            Err(RecvError::Lagged(_)) => self.rejoin(),
            Err(RecvError::Closed) => self.source = Source::Over,
        }
    }

    /// Keeps a broadcast frame unless it was delivered before.
    fn take(&mut self, frame: Arc<Frame>) {
        if frame.cursor() > self.cursor {
            self.ready.push_back(frame);
        }
    }

    /// The broadcast has overwritten what was not received yet: catches up and follows from its new head on.
    fn rejoin(&mut self) {
        if let Source::Following { feed, .. } = &self.source {
            self.join(Arc::clone(feed));
        }
    }

    fn render(&mut self, events: &[LogEvent]) {
        for event in events.iter().filter(|event| event.cursor > self.cursor) {
            match Frame::render(self.conversation_id, self.run_id, event) {
                Ok(frame) => self.ready.push_back(Arc::new(frame)),
                Err(error) => {
                    let (run_id, cursor) = (self.run_id, event.cursor);
                    tracing::error!(%run_id, %cursor, %error, "an event cannot be rendered");
                }
            }
        }
    }
}
