//! The feed of one run: reads its log once for everyone in this process who watches it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mosaic_bus::Bell;
use mosaic_domain::{ConversationId, Cursor, RunId};
use mosaic_proto::log::LogEvent;
use tokio::sync::broadcast;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::frame::Frame;
use crate::reader::{Live, LogReader, PAGE, Recorded};
use crate::recent::Recent;

/// Frames that the broadcast holds for watchers that fall behind; who falls behind further catches up on their own.
const KEPT: usize = 256;
/// A silent run asks the record in the first and then in every this-many-th round without a word from Valkey.
const ASK_RECORD_EVERY: u32 = 3;

/// Why a feed says nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FeedEnd {
    /// The run has ended, and its last event was sent.
    Ended,
    /// The run was deleted, or the process stops.
    Gone,
}

/// A watcher's hold on a feed. The feed stops when the last one lets go.
#[derive(Debug)]
pub(crate) struct Feed {
    shared: Arc<Shared>,
    _stop: DropGuard,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The last event that was sent.
    head: Cursor,
    /// What was sent last.
    recent: Recent,
    /// Gone when nothing more will be sent.
    sender: Option<broadcast::Sender<Arc<Frame>>>,
    end: Option<FeedEnd>,
}

/// A feed as a watcher joins it.
pub(crate) struct Joined {
    /// What was sent behind the watcher's cursor, up to `head`; `None` if it must be read.
    pub(crate) missed: Option<VecDeque<Arc<Frame>>>,
    /// Everything after this comes through the receiver, without gaps.
    pub(crate) head: Cursor,
    /// `None` when nothing more will be sent.
    pub(crate) receiver: Option<broadcast::Receiver<Arc<Frame>>>,
}

/// What a feed reads and with what.
pub(crate) struct FeedParts {
    pub(crate) run_id: RunId,
    pub(crate) conversation_id: ConversationId,
    /// The log is sent from behind this event on.
    pub(crate) head: Cursor,
    pub(crate) reader: LogReader,
    pub(crate) bell: Bell,
    pub(crate) poll: Duration,
    /// Ends every feed of the process.
    pub(crate) shutdown: CancellationToken,
}

impl Feed {
    /// A feed, and the work that keeps it going until nobody holds it or the run has ended.
    pub(crate) fn new(parts: FeedParts) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let stop = parts.shutdown.child_token();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                head: parts.head,
                recent: Recent::new(parts.head),
                sender: Some(broadcast::Sender::new(KEPT)),
                end: None,
            }),
        });
        let pump = Pump {
            head: parts.head,
            shared: Arc::clone(&shared),
            silent: 0,
            record_down: false,
            parts,
        };
        let feed = Self {
            shared,
            _stop: stop.clone().drop_guard(),
        };
        (feed, pump.run(stop))
    }

    /// Joins at the current head: no event after it is missed. What the watcher has seen ends with `cursor`.
    pub(crate) fn join(&self, cursor: Cursor) -> Joined {
        let state = self.shared.lock();
        Joined {
            missed: state.recent.after(cursor),
            head: state.head,
            receiver: state.sender.as_ref().map(broadcast::Sender::subscribe),
        }
    }

    /// Why nothing more will be sent, once that is so.
    pub(crate) fn end(&self) -> Option<FeedEnd> {
        self.shared.lock().end
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Head, frames and sender change together under the lock, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, frame: Frame) {
        let frame = Arc::new(frame);
        let mut state = self.lock();
        state.head = frame.cursor();
        state.recent.keep(Arc::clone(&frame));
        if let Some(sender) = &state.sender {
            // Nobody listening is no error: the last watcher may be leaving.
            let _ = sender.send(frame);
        }
    }

    fn close(&self, end: FeedEnd) {
        let mut state = self.lock();
        state.end = Some(end);
        state.sender = None;
    }
}

/// The work behind a feed.
struct Pump {
    parts: FeedParts,
    shared: Arc<Shared>,
    head: Cursor,
    /// Rounds without a word from Valkey.
    silent: u32,
    /// Whether the record failed last time, so that it is said once.
    record_down: bool,
}

impl Pump {
    async fn run(mut self, stop: CancellationToken) {
        let end = tokio::select! {
            biased;
            () = stop.cancelled() => FeedEnd::Gone,
            end = self.follow() => end,
        };
        self.shared.close(end);
    }

    async fn follow(&mut self) -> FeedEnd {
        let mut rung = true;
        loop {
            if let Some(end) = self.round(rung).await {
                return end;
            }
            rung = timeout(self.parts.poll, self.parts.bell.rung())
                .await
                .is_ok();
        }
    }

    /// Sends everything there is. `rung` tells that something was announced.
    async fn round(&mut self, rung: bool) -> Option<FeedEnd> {
        loop {
            let (events, more) = match self.parts.reader.live(self.parts.run_id, self.head).await {
                Live::Events(events) => {
                    self.silent = 0;
                    let more = events.len() == PAGE;
                    (events, more)
                }
                Live::Nothing if !self.record_is_due(rung) => return None,
                Live::Nothing | Live::Unknown => match self.recorded().await {
                    Recorded::Events(events) => (events, true),
                    Recorded::Nothing => return None,
                    Recorded::Ended => return Some(FeedEnd::Ended),
                    Recorded::Gone => return Some(FeedEnd::Gone),
                },
            };
            if self.send(&events) {
                return Some(FeedEnd::Ended);
            }
            if !more {
                return None;
            }
        }
    }

    /// Silence makes the record interesting. A bell does not: often its events came with those of the bell before.
    fn record_is_due(&mut self, rung: bool) -> bool {
        if rung {
            return false;
        }
        let due = self.silent.is_multiple_of(ASK_RECORD_EVERY);
        self.silent += 1;
        due
    }

    /// A record that fails has nothing to say this time; the next round asks again.
    async fn recorded(&mut self) -> Recorded {
        let asked = self
            .parts
            .reader
            .recorded(self.parts.run_id, self.head)
            .await;
        if asked.is_err() != self.record_down {
            self.record_down = asked.is_err();
            if let Err(error) = &asked {
                let run_id = self.parts.run_id;
                tracing::warn!(%run_id, %error, "the record cannot be asked for a watched run; trying on");
            }
        }
        asked.unwrap_or(Recorded::Nothing)
    }

    /// Whether the run has ended with these.
    fn send(&mut self, events: &[LogEvent]) -> bool {
        let FeedParts {
            run_id,
            conversation_id,
            ..
        } = self.parts;
        for event in events {
            self.head = event.cursor;
            match Frame::render(conversation_id, run_id, event) {
                Ok(frame) => self.shared.send(frame),
                Err(error) => {
                    tracing::error!(%run_id, cursor = %event.cursor, %error, "an event cannot be rendered");
                }
            }
            if event.is_end() {
                return true;
            }
        }
        false
    }
}
