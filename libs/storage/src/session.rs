//! Sessions of browsers: found by the hash of their cookie, ended by their age, by disuse, or with the token they came from.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::{Scope, SessionId, TokenId, UserId, WorkspaceId};

use crate::token::TokenOwner;
use crate::{Error, Storage};

/// Sessions that one person may have; the oldest make room for new ones.
const MOST: i64 = 100;

/// A session to be begun.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// Whose it is.
    pub scope: Scope,
    /// The token that was shown.
    pub token_id: TokenId,
    /// What signs in, in a few words.
    pub user_agent: String,
    /// It ends after this time in any case.
    pub lifetime: Duration,
    /// It ends after this time without use.
    pub idle: Duration,
}

impl Storage {
    /// Begins a session. Removes what has ended of the same person, and the oldest if there are too many.
    pub async fn begin_session(&self, new: &NewSession) -> Result<DateTime<Utc>, Error> {
        let (workspace, user) = (new.scope.workspace_id.uuid(), new.scope.user_id.uuid());
        let mut tx = self.pool.begin().await?;
        sqlx::query!(
            "DELETE FROM sessions
             WHERE workspace_id = $1
               AND user_id = $2
               AND (idle_until <= now()
                    OR id IN (SELECT id
                              FROM sessions
                              WHERE workspace_id = $1 AND user_id = $2
                              ORDER BY created_at DESC, id DESC
                              OFFSET $3))",
            workspace,
            user,
            MOST - 1,
        )
        .execute(&mut *tx)
        .await?;
        let expires_at = sqlx::query_scalar!(
            "INSERT INTO sessions (id, secret_hash, workspace_id, user_id, token_id, user_agent, idle_until, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6,
                     now() + make_interval(secs => $7),
                     now() + make_interval(secs => $8))
             RETURNING expires_at",
            new.id.uuid(),
            new.secret_hash.as_slice(),
            workspace,
            user,
            new.token_id.uuid(),
            new.user_agent,
            new.idle.min(new.lifetime).as_secs_f64(),
            new.lifetime.as_secs_f64(),
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(expires_at)
    }

    /// Finds whom the session with this SHA-256 speaks for, unless it has ended. Its use keeps it from ending for another
    /// `idle`, written down once an hour at the most.
    pub async fn session_owner(
        &self,
        hash: &[u8; 32],
        idle: Duration,
    ) -> Result<Option<TokenOwner>, Error> {
        let row = sqlx::query!(
            r#"SELECT s.token_id,
                      s.workspace_id,
                      s.user_id,
                      m.role,
                      u.name,
                      (s.idle_until < s.expires_at
                       AND s.idle_until < now() + make_interval(secs => $2) - interval '1 hour') AS "due!"
               FROM sessions s
               JOIN api_tokens t ON t.id = s.token_id
               JOIN memberships m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id
               JOIN users u ON u.id = s.user_id
               WHERE s.secret_hash = $1
                 AND s.idle_until > now()
                 AND t.revoked_at IS NULL
                 AND (t.expires_at IS NULL OR t.expires_at > now())"#,
            hash.as_slice(),
            idle.as_secs_f64(),
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        if row.due {
            self.prolong_session(hash, idle).await?;
        }
        Ok(Some(TokenOwner {
            token_id: TokenId::new(row.token_id),
            scope: Scope {
                workspace_id: WorkspaceId::new(row.workspace_id),
                user_id: UserId::new(row.user_id),
            },
            role: row.role,
            name: row.name,
        }))
    }

    async fn prolong_session(&self, hash: &[u8; 32], idle: Duration) -> Result<(), Error> {
        sqlx::query!(
            "UPDATE sessions
             SET idle_until = least(expires_at, now() + make_interval(secs => $2))
             WHERE secret_hash = $1 AND idle_until > now()",
            hash.as_slice(),
            idle.as_secs_f64(),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Ends one session. Takes effect elsewhere as soon as caches let go of it, at most a second later.
    pub async fn end_session(&self, hash: &[u8; 32]) -> Result<bool, Error> {
        let done = sqlx::query!(
            "DELETE FROM sessions WHERE secret_hash = $1",
            hash.as_slice()
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Removes what has ended by itself, whoever's it was; how many there were.
    pub async fn sweep_sessions(&self) -> Result<u64, Error> {
        let done = sqlx::query!("DELETE FROM sessions WHERE idle_until <= now()")
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }

    /// Ends every session of a person in a workspace; how many there were.
    pub async fn end_sessions(&self, scope: Scope) -> Result<u64, Error> {
        let done = sqlx::query!(
            "DELETE FROM sessions WHERE workspace_id = $1 AND user_id = $2",
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}
