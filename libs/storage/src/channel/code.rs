//! Codes that link an account of a channel: shown once, kept as their SHA-256, used once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::Scope;

use crate::credential::{self, Force};
use crate::instance::interval;
use crate::{Error, MadeWith, Storage};

/// What became of the wish for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkCodeMaking {
    /// It is made, and holds until then.
    Done(DateTime<Utc>),
    /// Its person has too many already.
    TooMany,
    /// What they came with counts no more, or ends by itself: an account that is linked does neither.
    Ended,
}

impl Storage {
    /// Keeps a code for them, if they have fewer than `most` open ones, and what they came `with` counts still: whoever is signed out
    /// in this moment leaves no code behind.
    pub async fn create_link_code(
        &self,
        scope: Scope,
        with: MadeWith,
        channel: &str,
        code_hash: &[u8; 32],
        holds: Duration,
        most: i64,
    ) -> Result<LinkCodeMaking, Error> {
        let mut tx = self.scoped(&scope).await?;
        if credential::force(&mut tx, scope.user_id, with).await? != Force::Lasts {
            return Ok(LinkCodeMaking::Ended);
        }
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
        Ok(expires_at.map_or(LinkCodeMaking::TooMany, LinkCodeMaking::Done))
    }
}
