//! The ends of sessions that somebody wanted. Each takes effect elsewhere as soon as caches let go of it, at most a second later.

use mosaic_domain::{SessionId, UserId};
use sqlx::PgConnection;

use crate::audit::{self, NewAudit};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// What signing out everywhere ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedOut {
    /// Sessions.
    pub sessions: u64,
    /// Tokens.
    pub tokens: u64,
}

impl Storage {
    /// Ends a session of a person; `false` if they have none like it.
    pub async fn end_own_session(
        &self,
        user_id: UserId,
        id: SessionId,
        by: &Actor,
    ) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sqlx::query!(
            "DELETE FROM sessions WHERE id = $1 AND user_id = $2",
            id.uuid(),
            user_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        let ended = done.rows_affected() > 0;
        if ended {
            let target = ("session", id.to_string());
            note(&mut tx, by, "session.end", target).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends every session of a person, and revokes their tokens if that is wanted too, in every workspace.
    pub async fn sign_out_everywhere(
        &self,
        user_id: UserId,
        tokens: bool,
        by: &Actor,
    ) -> Result<SignedOut, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        // Whoever makes a token or a session for them is done before, and it ends too, or finds out that they are signed out.
        sqlx::query!(
            "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE",
            user_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let sessions = sqlx::query!("DELETE FROM sessions WHERE user_id = $1", user_id.uuid())
            .execute(&mut *tx)
            .await?;
        let revoked = sqlx::query!(
            "UPDATE api_tokens SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL AND $2",
            user_id.uuid(),
            tokens,
        )
        .execute(&mut *tx)
        .await?;
        forget_begun(&mut tx, user_id).await?;
        let target = || ("user", user_id.to_string());
        note(&mut tx, by, "session.end_all", target()).await?;
        if tokens {
            note(&mut tx, by, "token.revoke_all", target()).await?;
        }
        tx.commit().await?;
        Ok(SignedOut {
            sessions: sessions.rows_affected(),
            tokens: revoked.rows_affected(),
        })
    }
}

/// Forgets what somebody has begun and not finished that would let a program, an account of a chat or an identity in as them:
/// what is let in by it outlives the session that it was begun in.
pub(crate) async fn forget_begun(tx: &mut PgConnection, user_id: UserId) -> Result<(), Error> {
    sqlx::query!(
        "WITH logins AS (DELETE FROM oidc_logins WHERE linking = $1),
              codes AS (DELETE FROM channel_link_codes WHERE user_id = $1)
         DELETE FROM login_requests WHERE user_id = $1",
        user_id.uuid(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn note(
    tx: &mut PgConnection,
    by: &Actor,
    action: &str,
    target: (&str, String),
) -> Result<(), Error> {
    let entry = NewAudit {
        by,
        action,
        target,
        reason: None,
        outcome: AuditOutcome::Done,
    };
    audit::insert(tx, &entry).await
}
