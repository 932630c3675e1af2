//! Places in a run's log.
//!
//! A run's log is one ordered list of events. `seq` counts them 1, 2, 3, … without gaps; `epoch` is the
//! fencing number of the claim that wrote the event. Cursors order by epoch first: what a fenced-off worker
//! still had in flight can never come after what its successor wrote.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::RunId;

/// A place in one run's log. `Cursor::START` lies before the first event.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
pub struct Cursor {
    /// Fencing number of the claim that wrote the event; 0 is the gateway, before any claim.
    pub epoch: u32,
    /// Position in the log, from 1.
    pub seq: u32,
}

impl Cursor {
    /// Before the first event of a log.
    pub const START: Self = Self { epoch: 0, seq: 0 };

    /// A place by its numbers.
    #[must_use]
    pub const fn new(epoch: u32, seq: u32) -> Self {
        Self { epoch, seq }
    }

    /// The place of the next event that the same epoch writes.
    #[must_use]
    pub const fn next(self) -> Self {
        Self {
            epoch: self.epoch,
            seq: self.seq + 1,
        }
    }
}

/// `epoch-seq`, which is also the id of the event's entry in its Valkey stream.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.seq)
    }
}

/// A text that should have been a cursor or an event id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{value:?} is not an event id; an event id looks like <run id>:<epoch>:<seq>, as the stream sent it"
)]
pub struct InvalidEventId {
    /// The text as it came, cut to 96 characters.
    pub value: String,
}

fn invalid(text: &str) -> InvalidEventId {
    InvalidEventId {
        value: text.chars().take(96).collect(),
    }
}

impl FromStr for Cursor {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, InvalidEventId> {
        let (epoch, seq) = text.split_once('-').ok_or_else(|| invalid(text))?;
        Ok(Self {
            epoch: epoch.parse().map_err(|_| invalid(text))?,
            seq: seq.parse().map_err(|_| invalid(text))?,
        })
    }
}

/// The id of an event as clients see it and send back as `Last-Event-ID`: `<run id>:<epoch>:<seq>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The run whose log the event is in.
    pub run_id: RunId,
    /// Its place there.
    pub cursor: Cursor,
}

impl EventId {
    /// Names the event of `run_id` at `cursor`.
    #[must_use]
    pub const fn new(run_id: RunId, cursor: Cursor) -> Self {
        Self { run_id, cursor }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}",
            self.run_id, self.cursor.epoch, self.cursor.seq
        )
    }
}

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, InvalidEventId> {
        let mut parts = text.splitn(3, ':');
        let mut part = || parts.next().ok_or_else(|| invalid(text));
        let (run, epoch, seq) = (part()?, part()?, part()?);
        Ok(Self {
            run_id: run.parse().map_err(|_| invalid(text))?,
            cursor: Cursor {
                epoch: epoch.parse().map_err(|_| invalid(text))?,
                seq: seq.parse().map_err(|_| invalid(text))?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_successor_orders_after_everything_its_predecessor_wrote() {
        assert!(Cursor::new(2, 5) > Cursor::new(1, 900));
    }

    #[test]
    fn an_event_id_survives_text_and_back() {
        let id = EventId::new(RunId::new(Uuid::from_u128(9)), Cursor::new(3, 41));
        assert_eq!(id.to_string().parse::<EventId>().unwrap(), id);
    }

    #[test]
    fn a_broken_event_id_is_refused_with_the_shape_it_should_have() {
        for text in ["", "x", "1:2", "00000000-0000-0000-0000-000000000001:1:x"] {
            let error = text.parse::<EventId>().unwrap_err().to_string();
            assert!(error.contains("<run id>:<epoch>:<seq>"), "{error}");
        }
    }
}
