//! Sessions of browsers: found by the hash of their cookie, ended by their age, by disuse, by their person, or with the token they
//! were begun with.

mod begin;
mod end;

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::{Scope, SessionId, TokenId, UserId, WorkspaceId};

use crate::audit::{self, NewAudit};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

pub use begin::{NewSession, SessionOrigin};
pub use end::SignedOut;
pub(crate) use end::forget_begun;

/// Whom a session speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOwner {
    /// The session.
    pub session_id: SessionId,
    /// How it was begun, e.g. `password`.
    pub method: String,
    /// The token with which it was begun, if it was.
    pub token_id: Option<TokenId>,
    /// What that is good for.
    pub token_scopes: Option<Vec<String>>,
    /// The identity provider at which it was begun, if it was at one.
    pub provider: Option<String>,
    /// Its person and workspace.
    pub scope: Scope,
    /// Their role in the workspace, e.g. `owner`.
    pub role: String,
    /// Their name.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
}

/// A session as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// How it was begun.
    pub method: String,
    /// What is signed in, in a few words.
    pub user_agent: String,
    /// From where it was begun.
    pub address: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was used, to the hour.
    pub last_used_at: DateTime<Utc>,
    /// Until when it counts, if it is used.
    pub expires_at: DateTime<Utc>,
}

impl Storage {
    /// Finds whom the session with this SHA-256 speaks for, unless it has ended or they may not come in. Its use keeps it from
    /// ending for another `idle`, written down once an hour at the most; once a minute where a provider is asked again because
    /// of it.
    pub async fn session_owner(
        &self,
        hash: &[u8; 32],
        idle: Duration,
    ) -> Result<Option<SessionOwner>, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        let row = sqlx::query!(
            r#"SELECT s.id,
                      s.method,
                      s.token_id,
                      t.scopes AS "scopes?",
                      i.provider AS "provider?",
                      s.workspace_id,
                      s.user_id,
                      m.role,
                      u.name,
                      u.email,
                      (s.last_used_at < now() - CASE s.method
                                                  WHEN 'oidc' THEN interval '1 minute'
                                                  ELSE interval '1 hour'
                                                END) AS "due!"
               FROM sessions s
               LEFT JOIN api_tokens t ON t.id = s.token_id
               LEFT JOIN oidc_identities i ON i.id = s.oidc_identity_id
               JOIN memberships m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id
               JOIN users u ON u.id = s.user_id AND u.state = 'active'
               WHERE s.secret_hash = $1
                 AND s.idle_until > now()
                 AND t.revoked_at IS NULL
                 AND (t.expires_at IS NULL OR t.expires_at > now())"#,
            hash.as_slice(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        drop(tx);
        if row.due {
            self.prolong_session(hash, idle).await?;
        }
        Ok(Some(SessionOwner {
            session_id: SessionId::new(row.id),
            method: row.method,
            token_id: row.token_id.map(TokenId::new),
            token_scopes: row.scopes,
            provider: row.provider,
            scope: Scope {
                workspace_id: WorkspaceId::new(row.workspace_id),
                user_id: UserId::new(row.user_id),
            },
            role: row.role,
            name: row.name,
            email: row.email,
        }))
    }

    async fn prolong_session(&self, hash: &[u8; 32], idle: Duration) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        sqlx::query!(
            "UPDATE sessions
             SET idle_until = least(expires_at, now() + make_interval(secs => $2)),
                 last_used_at = now()
             WHERE secret_hash = $1 AND idle_until > now()",
            hash.as_slice(),
            idle.as_secs_f64(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The sessions of a person that have not ended, wherever they are, the last used first.
    pub async fn sessions(&self, user_id: UserId) -> Result<Vec<Session>, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        let rows = sqlx::query!(
            "SELECT s.id, s.method, s.user_agent, s.address, s.created_at, s.last_used_at, s.expires_at
             FROM sessions s
             LEFT JOIN api_tokens t ON t.id = s.token_id
             WHERE s.user_id = $1
               AND s.idle_until > now()
               AND t.revoked_at IS NULL
               AND (t.expires_at IS NULL OR t.expires_at > now())
             ORDER BY s.last_used_at DESC, s.id DESC
             LIMIT $2",
            user_id.uuid(),
            begin::MOST,
        )
        .fetch_all(&mut *tx)
        .await?;
        let sessions = rows.into_iter().map(|row| Session {
            id: SessionId::new(row.id),
            method: row.method,
            user_agent: row.user_agent,
            address: row.address,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        });
        Ok(sessions.collect())
    }

    /// Moves a session to another workspace of its person; `false` if they do not belong there, or if it was begun with a token,
    /// which stays where that is.
    pub async fn switch_session(
        &self,
        id: SessionId,
        to: WorkspaceId,
        by: &Actor,
    ) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sqlx::query!(
            "UPDATE sessions s
             SET workspace_id = m.workspace_id
             FROM memberships m
             WHERE s.id = $1
               AND s.token_id IS NULL
               AND m.user_id = s.user_id
               AND m.workspace_id = $2",
            id.uuid(),
            to.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        let moved = done.rows_affected() > 0;
        if moved {
            let by = Actor {
                workspace_id: to,
                ..by.clone()
            };
            let entry = NewAudit {
                by: &by,
                action: "session.workspace",
                target: ("session", id.to_string()),
                reason: None,
                outcome: AuditOutcome::Done,
            };
            audit::insert(&mut tx, &entry).await?;
        }
        tx.commit().await?;
        Ok(moved)
    }

    /// Removes what has ended by itself, whoever's it was; how many there were.
    pub async fn sweep_sessions(&self) -> Result<u64, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sqlx::query!("DELETE FROM sessions WHERE idle_until <= now()")
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}
