//! Which updates of a channel were dealt with, and which cannot be.

use std::time::Duration;

use crate::instance::interval;
use crate::{Error, Purpose, Storage};

/// When an update that cannot be dealt with is set aside, so that it does not stop those behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Not before so many attempts have failed; two at the least.
    pub attempts: i32,
    /// Nor before this long after the first of them.
    pub lasting: Duration,
}

/// What becomes of an update after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedUpdate {
    /// So many attempts have failed; it is to be tried again.
    Again(i32),
    /// It is set aside after so many, and counts as dealt with.
    SetAside(i32),
    /// It was dealt with all the same, or set aside before.
    Over,
}

impl Storage {
    /// The update that was dealt with last, unless that is longer ago than `fresh`: channels may count anew after a
    /// silence.
    pub async fn last_channel_update(
        &self,
        channel: &str,
        fresh: Duration,
    ) -> Result<Option<i64>, Error> {
        let mut tx = self.system(Purpose::Channels).read().await?;
        let last = sqlx::query_scalar!(
            "SELECT update_id
             FROM channel_inbox
             WHERE channel = $1 AND state <> 'failing' AND received_at > now() - $2::interval
             ORDER BY received_at DESC, update_id DESC
             LIMIT 1",
            channel,
            interval(fresh),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(last)
    }

    /// Counts an attempt at an update that failed, and sets the update aside when there were enough.
    pub async fn fail_channel_update(
        &self,
        channel: &str,
        update_id: i64,
        reason: &str,
        patience: Patience,
    ) -> Result<FailedUpdate, Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        let row = sqlx::query!(
            r#"INSERT INTO channel_inbox AS i (channel, update_id, state, failures, reason)
               VALUES ($1, $2, 'failing', 1, $3)
               ON CONFLICT (channel, update_id) DO UPDATE
               SET failures = i.failures + 1,
                   reason = EXCLUDED.reason,
                   state = CASE WHEN i.failures + 1 >= $4 AND i.received_at <= now() - $5::interval
                                THEN 'set_aside' ELSE 'failing' END
               WHERE i.state = 'failing'
               RETURNING failures, state = 'set_aside' AS "set_aside!""#,
            channel,
            update_id,
            reason,
            patience.attempts,
            interval(patience.lasting),
        )
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(match row {
            None => FailedUpdate::Over,
            Some(row) if row.set_aside => FailedUpdate::SetAside(row.failures),
            Some(row) => FailedUpdate::Again(row.failures),
        })
    }
}
