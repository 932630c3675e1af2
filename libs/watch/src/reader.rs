//! The one place that knows where the next events of a run's log are.

use std::time::Duration;

use mosaic_bus::RunLogs;
use mosaic_domain::{Cursor, RunId, RunState};
use mosaic_proto::log::LogEvent;
use mosaic_storage::{Error, RunHead, Storage};
use tokio::time::timeout;

use crate::continuity::run_length;

/// Events read at once.
pub(crate) const PAGE: usize = 256;
/// A Valkey that takes longer counts as unreachable: the record answers instead.
const LIVE_PATIENCE: Duration = Duration::from_secs(1);

/// What Valkey says comes next.
#[derive(Debug)]
pub(crate) enum Live {
    /// These, and provably nothing before them.
    Events(Vec<LogEvent>),
    /// Nothing yet.
    Nothing,
    /// It cannot tell: it does not answer, or it lacks what comes next.
    Unknown,
}

/// What the record says of a run after a place in its log.
#[derive(Debug)]
pub(crate) enum Recorded {
    /// These come next.
    Events(Vec<LogEvent>),
    /// Nothing more yet.
    Nothing,
    /// Nothing more ever: the run has ended.
    Ended,
    /// The run was deleted.
    Gone,
}

/// Reads logs of runs out of Valkey and the record.
#[derive(Debug, Clone)]
pub(crate) struct LogReader {
    storage: Storage,
    logs: RunLogs,
}

impl LogReader {
    pub(crate) const fn new(storage: Storage, logs: RunLogs) -> Self {
        Self { storage, logs }
    }

    /// Asks Valkey.
    pub(crate) async fn live(&self, run_id: RunId, after: Cursor) -> Live {
        // The first event is written with the message, and the record alone has it.
        if after == Cursor::START {
            return Live::Unknown;
        }
        let read = self.logs.read(run_id, after, PAGE);
        let mut events = match timeout(LIVE_PATIENCE, read).await {
            Ok(Ok(events)) => events,
            Ok(Err(error)) => {
                tracing::debug!(%run_id, %error, "the live log is not readable; asking the record");
                return Live::Unknown;
            }
            Err(_) => return Live::Unknown,
        };
        if events.is_empty() {
            return Live::Nothing;
        }
        events.truncate(run_length(after, &events));
        if events.is_empty() {
            return Live::Unknown;
        }
        Live::Events(events)
    }

    /// Asks the record.
    pub(crate) async fn recorded(&self, run_id: RunId, after: Cursor) -> Result<Recorded, Error> {
        let Some(RunHead { state, last }) = self.storage.run_head(run_id).await? else {
            return Ok(Recorded::Gone);
        };
        if last > after {
            let events = self.storage.run_log_after(run_id, after, PAGE).await?;
            if !events.is_empty() {
                return Ok(Recorded::Events(events));
            }
        }
        Ok(if RunState::is_terminal(state) {
            Recorded::Ended
        } else {
            Recorded::Nothing
        })
    }

    /// The next events, from whoever has them; none if nobody has.
    pub(crate) async fn next(&self, run_id: RunId, after: Cursor) -> Result<Vec<LogEvent>, Error> {
        if let Live::Events(events) = self.live(run_id, after).await {
            return Ok(events);
        }
        Ok(match self.recorded(run_id, after).await? {
            Recorded::Events(events) => events,
            Recorded::Nothing | Recorded::Ended | Recorded::Gone => Vec::new(),
        })
    }
}
