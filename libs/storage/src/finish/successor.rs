//! Messages that joined a run in the last moment before it was stopped or failed: nobody has read them, so they get
//! a run of their own.

use mosaic_domain::{Cursor, Message, RunEvent, RunId};
use mosaic_proto::log::EventBody;
use sqlx::PgConnection;

use super::Finish;
use crate::Error;
use crate::log::{segment_of_one, signed};

/// Inserts the run that answers `joined`, the first of which is `first`; it waits for its turn like any other.
pub(super) async fn insert(
    tx: &mut PgConnection,
    ended: RunId,
    finish: &Finish<'_>,
    first: &Message,
    joined: &[Message],
) -> Result<(), Error> {
    let accepted = RunEvent::Accepted {
        conversation_id: finish.conversation_id,
        message_id: first.id,
        content: first.content.clone(),
    };
    let body = EventBody::encode(&accepted, finish.ended_at)
        .map_err(|error| Error::corrupt("run_log", "events", finish.successor, error))?;
    sqlx::query!(
        "WITH slot AS (
             UPDATE conversations
             SET last_ordinal = last_ordinal + 1
             WHERE id = $4
             RETURNING last_ordinal
         ),
         run AS (
             INSERT INTO runs (id, workspace_id, conversation_id, owner_id, ordinal, job_id, agent, model,
                               log_seq, traceparent)
             SELECT $1, runs.workspace_id, runs.conversation_id, runs.owner_id, slot.last_ordinal, $2,
                    runs.agent, runs.model, $5, runs.traceparent
             FROM runs, slot
             WHERE runs.id = $3
         )
         INSERT INTO run_log (run_id, first_seq, last_seq, epoch, workspace_id, events)
         VALUES ($1, $5, $5, 0, $6, $7)",
        finish.successor.uuid(),
        finish.successor_job.uuid(),
        ended.uuid(),
        finish.conversation_id.uuid(),
        signed(Cursor::START.next().seq),
        finish.scope.workspace_id.uuid(),
        segment_of_one(&body)?,
    )
    .execute(&mut *tx)
    .await?;
    let ids: Vec<uuid::Uuid> = joined.iter().map(|message| message.id.uuid()).collect();
    sqlx::query!(
        "UPDATE messages SET run_id = $1 WHERE id = ANY($2)",
        finish.successor.uuid(),
        &ids,
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}
