//! Codes that link an account of a channel: shown once, kept as their SHA-256, used once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::Scope;

use crate::instance::interval;
use crate::{Error, Storage};

impl Storage {
    /// Keeps a code for them and says until when it holds; `None` if they have `most` open ones already.
    pub async fn create_link_code(
        &self,
        scope: Scope,
        channel: &str,
        code_hash: &[u8; 32],
        holds: Duration,
        most: i64,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let mut tx = self.scoped(&scope).await?;
        // One at a time for each person, so that the count holds.
        sqlx::query!(
            "SELECT role FROM memberships
             WHERE workspace_id = $1 AND user_id = $2
             FOR NO KEY UPDATE",
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        sqlx::query!(
            "DELETE FROM channel_link_codes
             WHERE workspace_id = $1 AND user_id = $2 AND expires_at <= now()",
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        let expires_at = sqlx::query_scalar!(
            "INSERT INTO channel_link_codes (code_hash, workspace_id, user_id, channel, expires_at)
             SELECT $1, $2, $3, $4, now() + $5::interval
             WHERE (SELECT count(*) FROM channel_link_codes
                    WHERE workspace_id = $2 AND user_id = $3 AND channel = $4) < $6
             RETURNING expires_at",
            code_hash.as_slice(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            channel,
            interval(holds),
            most,
        )
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(expires_at)
    }
}
