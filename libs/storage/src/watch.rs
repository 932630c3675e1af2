//! What watching needs of the record: where a run's log ends, and what it holds after a place.
//!
//! A log is ordered by cursor, epoch first. Its seqs are not: when Valkey and a worker are lost together, the next claim
//! goes on after the last *recorded* event, below what watchers may have seen already. So a watcher's place is a cursor here,
//! never a seq alone.

use mosaic_domain::{Cursor, RunId, RunState};
use mosaic_proto::log::{EventBody, LogEvent};
use sqlx::types::Json;

use crate::log::{signed, unsigned};
use crate::{Error, Purpose, Storage};

/// Where a run and its recorded log stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunHead {
    /// Where the run stands.
    pub state: RunState,
    /// The last recorded event.
    pub last: Cursor,
}

impl Storage {
    /// Where a run stands; `None` if it was deleted. Authorise the run first.
    pub async fn run_head(&self, run_id: RunId) -> Result<Option<RunHead>, Error> {
        let mut tx = self.system(Purpose::Watch).read().await?;
        let row = sqlx::query!(
            r#"SELECT r.state, l.epoch AS "epoch?", l.last_seq AS "last_seq?"
               FROM runs r
               LEFT JOIN LATERAL (SELECT epoch, last_seq
                                  FROM run_log
                                  WHERE run_id = r.id
                                  ORDER BY first_seq DESC
                                  LIMIT 1) l ON true
               WHERE r.id = $1"#,
            run_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let state = row
            .state
            .parse()
            .map_err(|error| Error::corrupt("runs", "state", run_id, error))?;
        let last = Cursor::new(
            row.epoch.map(unsigned).unwrap_or_default(),
            row.last_seq.map(unsigned).unwrap_or_default(),
        );
        Ok(Some(RunHead { state, last }))
    }

    /// The recorded events of a run whose cursors come after `after`, in order, whole segments until about
    /// `limit` events. Authorise the run first; a log carries no scope of its own.
    pub async fn run_log_after(
        &self,
        run_id: RunId,
        after: Cursor,
        limit: usize,
    ) -> Result<Vec<LogEvent>, Error> {
        let mut events = Vec::new();
        let mut reached = after;
        while events.len() < limit {
            let segments = self.segments_after(run_id, reached).await?;
            let Some(last) = segments.last().map(|segment| segment.last) else {
                break;
            };
            for segment in segments {
                let first = segment.first;
                events.extend(
                    (first.seq..)
                        .zip(segment.events)
                        .map(|(seq, body)| LogEvent {
                            cursor: Cursor::new(first.epoch, seq),
                            body,
                        })
                        .filter(|event| event.cursor > after),
                );
            }
            reached = last;
        }
        Ok(events)
    }

    async fn segments_after(&self, run_id: RunId, after: Cursor) -> Result<Vec<Segment>, Error> {
        let mut tx = self.system(Purpose::Watch).read().await?;
        let rows = sqlx::query!(
            r#"SELECT first_seq, last_seq, epoch, events AS "events: Json<Vec<EventBody>>"
               FROM run_log
               WHERE run_id = $1 AND (epoch, last_seq) > ($2, $3)
               ORDER BY first_seq
               LIMIT 16"#,
            run_id.uuid(),
            signed(after.epoch),
            signed(after.seq),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Segment {
                first: Cursor::new(unsigned(row.epoch), unsigned(row.first_seq)),
                last: Cursor::new(unsigned(row.epoch), unsigned(row.last_seq)),
                events: row.events.0,
            })
            .collect())
    }
}

struct Segment {
    first: Cursor,
    last: Cursor,
    events: Vec<EventBody>,
}
