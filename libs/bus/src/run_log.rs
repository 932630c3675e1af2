//! The live part of a run's log: one stream per run, whose entry ids are the events' cursors.
//!
//! **Keys.** `<prefix>:{run:<id>}` is a stream with an entry `<epoch>-<seq>` per event and the fields `type`,
//! `time`, `data`. It lives for a day after its last entry, a quarter of an hour once the run has ended: Postgres
//! has the log for ever, this is what is not there yet and what watchers want soon.
//!
//! **Who writes.** Only the worker that holds the run, in the epoch of its claim. Event 1, in epoch 0, is the
//! gateway's and is in Postgres alone: a stream begins behind it. [`RunLogs::append`] states where the writer
//! thinks the log ends, and one script compares, appends and rings the run's doorbell.
//!
//! **Two writers.** The claim in Postgres gives every worker an epoch of its own. [`RunLogs::take_over`] puts the
//! first event of a new epoch behind whatever is there; an append of an earlier epoch then finds a later one at the
//! end and answers [`Append::Fenced`]. Even without that check the stream would refuse an id below its last.
//!
//! **Crashes.** Each call is one script, so it happened or it did not. Who does not know which (the answer was
//! lost) repeats it: both scripts recognise their own work and do only what is missing. If Valkey itself lost the
//! stream, the append finds it shorter than expected and answers [`Append::Behind`]; the writer then appends again
//! from there, out of Postgres and its memory.

use std::borrow::Cow;
use std::time::Duration;

use chrono::SecondsFormat;
use mosaic_domain::{Cursor, RunId};
use mosaic_proto::log::{EventBody, LogEvent};
use serde_json::value::RawValue;

use crate::clock::millis;
use crate::connection::Bus;
use crate::error::{Error, Result};
use crate::script;

/// How long a log stays without a new event while its run goes on.
pub const LIVE_TTL: Duration = Duration::from_hours(24);
/// How long a log stays after its run has ended.
pub const ENDED_TTL: Duration = Duration::from_mins(15);

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Append {
    /// The events are in the log, each once.
    Written,
    /// A later claim has written: stop, the run is somebody else's.
    Fenced {
        /// Where the log ends.
        last: Cursor,
    },
    /// Valkey has lost the end of the log: append again from there.
    Behind {
        /// Where the log ends; [`Cursor::START`] if it is gone.
        last: Cursor,
    },
}

/// A take-over that went through.
#[derive(Debug, Clone)]
pub struct TakeOver {
    /// Where the event stands; the writer goes on from here.
    pub cursor: Cursor,
    /// The events between the last durable one and this one, which a lost step left behind. Watchers saw them.
    pub orphans: Vec<LogEvent>,
}

/// The logs of all runs.
#[derive(Debug, Clone)]
pub struct RunLogs {
    bus: Bus,
}

type Entry = (String, Vec<(String, String)>);

impl RunLogs {
    pub(crate) const fn new(bus: Bus) -> Self {
        Self { bus }
    }

    /// Appends `events`, which follow the event at `expected_last`. May be repeated after any fault.
    pub async fn append(
        &self,
        run_id: RunId,
        expected_last: Cursor,
        events: &[LogEvent],
    ) -> Result<Append> {
        let Some(newest) = events.last() else {
            return Ok(Append::Written);
        };
        let ttl = if newest.is_end() { ENDED_TTL } else { LIVE_TTL };
        let keys = self.bus.keys();
        let mut call = script::APPEND.key(keys.run(run_id));
        call.arg(expected_last.to_string())
            .arg(keys.run_bell(run_id))
            .arg(millis(ttl))
            .arg(events.len());
        for event in events {
            call.arg(event.cursor.to_string());
            arg_body(&mut call, &event.body);
        }
        let (verdict, last): (String, String) =
            self.bus.script("append to a run's log", &call).await?;
        let last = self.cursor(run_id, &last)?;
        Ok(match verdict.as_str() {
            "fenced" => Append::Fenced { last },
            "behind" => Append::Behind { last },
            _ => Append::Written,
        })
    }

    /// Appends `body` as the first event of the claim `epoch`, behind whatever the log holds after `floor`, the last
    /// durable event, and reads what lies between the two. May be repeated after any fault. Fails with
    /// [`Error::Fenced`] if this claim is not the latest.
    pub async fn take_over(
        &self,
        run_id: RunId,
        epoch: u32,
        floor: Cursor,
        body: &EventBody,
    ) -> Result<TakeOver> {
        let keys = self.bus.keys();
        let mut call = script::TAKE_OVER.key(keys.run(run_id));
        call.arg(epoch)
            .arg(floor.epoch)
            .arg(floor.seq)
            .arg(keys.run_bell(run_id))
            .arg(millis(LIVE_TTL));
        arg_body(&mut call, body);
        let (verdict, last): (String, String) =
            self.bus.script("take over a run's log", &call).await?;
        let cursor = self.cursor(run_id, &last)?;
        if verdict == "fenced" {
            return Err(Error::Fenced { last: cursor });
        }
        let orphans = self.orphans(run_id, floor, cursor).await?;
        Ok(TakeOver { cursor, orphans })
    }

    /// At most `limit` events after `after`, in order.
    pub async fn read(&self, run_id: RunId, after: Cursor, limit: usize) -> Result<Vec<LogEvent>> {
        let mut range = redis::cmd("XRANGE");
        range
            .arg(self.bus.keys().run(run_id))
            .arg(format!("({after}"))
            .arg("+")
            .arg("COUNT")
            .arg(limit);
        let entries: Vec<Entry> = self.bus.command("read a run's log", &range).await?;
        entries
            .into_iter()
            .map(|entry| self.event(run_id, entry))
            .collect()
    }

    /// Where the log ends; [`Cursor::START`] if there is none.
    pub async fn last(&self, run_id: RunId) -> Result<Cursor> {
        let newest = self.backwards(run_id, "+".to_owned(), 1).await?;
        Ok(newest.first().map_or(Cursor::START, |event| event.cursor))
    }

    /// Reads backwards, because what is wanted is a short tail of a log that may be long.
    async fn orphans(&self, run_id: RunId, floor: Cursor, until: Cursor) -> Result<Vec<LogEvent>> {
        const PAGE: usize = 500;
        let mut orphans = Vec::new();
        let mut before = until;
        loop {
            let page = self.backwards(run_id, format!("({before}"), PAGE).await?;
            let (read, reached) = (page.len(), page.last().map(|event| event.cursor));
            let above = page.into_iter().take_while(|event| event.cursor > floor);
            let found = orphans.len();
            orphans.extend(above);
            match reached {
                Some(cursor) if read == PAGE && orphans.len() == found + PAGE => before = cursor,
                _ => break,
            }
        }
        orphans.reverse();
        Ok(orphans)
    }

    async fn backwards(&self, run_id: RunId, from: String, limit: usize) -> Result<Vec<LogEvent>> {
        let mut range = redis::cmd("XREVRANGE");
        range
            .arg(self.bus.keys().run(run_id))
            .arg(from)
            .arg("-")
            .arg("COUNT")
            .arg(limit);
        let entries: Vec<Entry> = self.bus.command("read a run's log", &range).await?;
        entries
            .into_iter()
            .map(|entry| self.event(run_id, entry))
            .collect()
    }

    fn event(&self, run_id: RunId, (id, fields): Entry) -> Result<LogEvent> {
        let cursor = self.cursor(run_id, &id)?;
        let corrupt = |reason: String| self.corrupt(run_id, &id, reason);
        let field = |name: &str| {
            fields
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
                .ok_or_else(|| corrupt(format!("field {name:?} is missing")))
        };
        let time = field("time")?;
        Ok(LogEvent {
            cursor,
            body: EventBody {
                type_name: Cow::Owned(field("type")?),
                time: time
                    .parse()
                    .map_err(|error: chrono::ParseError| corrupt(error.to_string()))?,
                data: RawValue::from_string(field("data")?)
                    .map_err(|error| corrupt(error.to_string()))?,
            },
        })
    }

    fn cursor(&self, run_id: RunId, id: &str) -> Result<Cursor> {
        id.parse()
            .map_err(|_| self.corrupt(run_id, id, "its id is no cursor".to_owned()))
    }

    fn corrupt(&self, run_id: RunId, id: &str, reason: String) -> Error {
        Error::Corrupt {
            key: self.bus.keys().run(run_id),
            id: id.to_owned(),
            reason,
        }
    }
}

fn arg_body(call: &mut redis::ScriptInvocation<'_>, body: &EventBody) {
    call.arg(&*body.type_name)
        .arg(body.time.to_rfc3339_opts(SecondsFormat::Millis, true))
        .arg(body.data.get());
}
