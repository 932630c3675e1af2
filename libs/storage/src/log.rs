//! The durable log of a run: segments of events, appended in the transaction of the change they tell of.

use mosaic_domain::{Cursor, RunId, WorkspaceId};
use mosaic_proto::log::{EventBody, LogEvent};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::{Error, Purpose, Storage};

impl Storage {
    /// The recorded events of a run after `after`, in order, whole segments at a time until `limit` is
    /// reached. Authorise the run first; a log carries no scope of its own.
    pub async fn run_log(
        &self,
        run_id: RunId,
        after: Cursor,
        limit: usize,
    ) -> Result<Vec<LogEvent>, Error> {
        let mut events = Vec::new();
        let mut from = after.seq;
        let mut tx = self.system(Purpose::Watch).read().await?;
        loop {
            let rows = sqlx::query!(
                r#"SELECT first_seq, last_seq, epoch, events AS "events: Json<Vec<EventBody>>"
                   FROM run_log
                   WHERE run_id = $1 AND last_seq > $2
                   ORDER BY first_seq
                   LIMIT 16"#,
                run_id.uuid(),
                signed(from),
            )
            .fetch_all(&mut *tx)
            .await?;
            let Some(last) = rows.last() else { break };
            from = unsigned(last.last_seq);
            for row in rows {
                let seqs = unsigned(row.first_seq)..;
                let epoch = unsigned(row.epoch);
                events.extend(
                    seqs.zip(row.events.0)
                        .map(|(seq, body)| LogEvent {
                            cursor: Cursor::new(epoch, seq),
                            body,
                        })
                        .filter(|event| event.cursor.seq > after.seq),
                );
            }
            if events.len() >= limit {
                break;
            }
        }
        Ok(events)
    }
}

/// Appends `events`, which follow each other without gaps, as one segment per epoch.
pub(crate) async fn append(
    connection: &mut PgConnection,
    workspace_id: WorkspaceId,
    run_id: RunId,
    events: &[LogEvent],
) -> Result<(), Error> {
    for segment in events.chunk_by(|one, next| one.cursor.epoch == next.cursor.epoch) {
        let (Some(first), Some(last)) = (segment.first(), segment.last()) else {
            continue;
        };
        let bodies: Vec<&EventBody> = segment.iter().map(|event| &event.body).collect();
        sqlx::query!(
            "INSERT INTO run_log (run_id, first_seq, last_seq, epoch, workspace_id, events)
             VALUES ($1, $2, $3, $4, $5, $6)",
            run_id.uuid(),
            signed(first.cursor.seq),
            signed(last.cursor.seq),
            signed(first.cursor.epoch),
            workspace_id.uuid(),
            Json(bodies) as _,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// An event body as the JSON of a segment that holds it alone.
pub(crate) fn segment_of_one(body: &EventBody) -> Result<serde_json::Value, Error> {
    serde_json::to_value([body]).map_err(Error::Encode)
}

/// A counter as Postgres stores it. Counters of a run never come near the limit.
pub(crate) fn signed(counter: u32) -> i32 {
    i32::try_from(counter).unwrap_or(i32::MAX)
}

/// A stored counter, which a CHECK keeps from being negative.
pub(crate) fn unsigned(stored: i32) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}
