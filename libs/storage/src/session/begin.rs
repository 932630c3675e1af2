//! The begin of a session.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::{Scope, SessionId, TokenId};
use uuid::Uuid;

use crate::audit::{self, NewAudit};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// Sessions that one person may have, and as many that were begun with each of their tokens; the oldest make room for new ones.
/// Who has a token that is good for little ends none that were begun with more.
pub(super) const MOST: i64 = 100;

/// A session to be begun.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// Whose it is, and where.
    pub scope: Scope,
    /// How its person signed in.
    pub origin: SessionOrigin,
    /// Since when the password counted that they have shown, if it was one.
    pub password_since: Option<DateTime<Utc>>,
    /// What signs in, in a few words.
    pub user_agent: String,
    /// It ends after this time in any case.
    pub lifetime: Duration,
    /// It ends after this time without use.
    pub idle: Duration,
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionOrigin {
    /// With this token; the session ends with it.
    Token(TokenId),
    /// With email and password.
    Password,
    /// At an identity provider, as this identity there.
    Oidc(Uuid),
    /// With a password although passwords are off.
    BreakGlass,
}

impl SessionOrigin {
    const fn columns(self) -> (&'static str, Option<TokenId>, Option<Uuid>) {
        match self {
            Self::Token(id) => ("token", Some(id), None),
            Self::Password => ("password", None, None),
            Self::Oidc(id) => ("oidc", None, Some(id)),
            Self::BreakGlass => ("break_glass", None, None),
        }
    }
}

impl Storage {
    /// Begins a session; returns when it ends in any case. Removes what has ended of the same person, and the oldest if there are
    /// too many. `None` if they may not come in, or if their password is another one by now: a new one ends what was begun with
    /// the old one, also what is just beginning.
    pub async fn begin_session(
        &self,
        new: &NewSession,
        by: &Actor,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        if !stands(&mut tx, new).await? {
            return Ok(None);
        }
        let expires_at = insert(&mut tx, new, by).await?;
        tx.commit().await?;
        Ok(Some(expires_at))
    }
}

/// Whether what somebody has proved still holds. They are neither shut out nor get another password before this is done.
async fn stands(tx: &mut sqlx::PgConnection, new: &NewSession) -> Result<bool, Error> {
    let stands = sqlx::query_scalar!(
        r#"SELECT ($2::timestamptz IS NULL OR COALESCE(password_set_at, created_at) = $2) AS "stands!"
           FROM users
           WHERE id = $1 AND state = 'active'
           FOR SHARE"#,
        new.scope.user_id.uuid(),
        new.password_since,
    )
    .fetch_optional(tx)
    .await?;
    Ok(stands.unwrap_or_default())
}

async fn insert(
    tx: &mut sqlx::PgConnection,
    new: &NewSession,
    by: &Actor,
) -> Result<DateTime<Utc>, Error> {
    let (workspace, user) = (new.scope.workspace_id.uuid(), new.scope.user_id.uuid());
    let (method, token, identity) = new.origin.columns();
    sqlx::query!(
        "DELETE FROM sessions
         WHERE user_id = $1
           AND (idle_until <= now()
                OR id IN (SELECT id
                          FROM sessions
                          WHERE user_id = $1 AND token_id IS NOT DISTINCT FROM $3
                          ORDER BY created_at DESC, id DESC
                          OFFSET $2))",
        user,
        MOST - 1,
        token.map(TokenId::uuid),
    )
    .execute(&mut *tx)
    .await?;
    let expires_at = sqlx::query_scalar!(
        "INSERT INTO sessions (id, secret_hash, workspace_id, user_id, method, token_id, oidc_identity_id,
                               user_agent, address, idle_until, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
                 now() + make_interval(secs => $10),
                 now() + make_interval(secs => $11))
         RETURNING expires_at",
        new.id.uuid(),
        new.secret_hash.as_slice(),
        workspace,
        user,
        method,
        token.map(TokenId::uuid),
        identity,
        new.user_agent,
        by.address.map(|address| address.to_string()),
        new.idle.min(new.lifetime).as_secs_f64(),
        new.lifetime.as_secs_f64(),
    )
    .fetch_one(&mut *tx)
    .await?;
    let entry = NewAudit {
        by,
        action: "session.begin",
        target: ("session", new.id.to_string()),
        reason: Some(method),
        outcome: AuditOutcome::Done,
    };
    audit::insert(tx, &entry).await?;
    Ok(expires_at)
}
