//! Personal API tokens, found by the hash of what the caller shows, and looked after by their person.

use chrono::{DateTime, Utc};
use mosaic_domain::{Scope, SessionId, TokenId, UserId, WorkspaceId};

use crate::audit::{self, NewAudit};
use crate::credential::{self, Force};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// Tokens that one person may have, whatever the workspace.
const MOST: i64 = 100;

/// Whom a valid token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOwner {
    /// The token.
    pub token_id: TokenId,
    /// What it is good for, e.g. `read`.
    pub scopes: Vec<String>,
    /// Its person and workspace.
    pub scope: Scope,
    /// Their role in the workspace, e.g. `owner`.
    pub role: String,
    /// Their name.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
}

/// A token as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// What its person calls it.
    pub name: String,
    /// What it is good for.
    pub scopes: Vec<String>,
    /// What it ends in, to tell it by.
    pub hint: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was used, to the hour.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Until when it counts, if not for ever.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// Its id.
    pub id: TokenId,
    /// Whose it is and where.
    pub scope: Scope,
    /// What they call it.
    pub name: &'a str,
    /// What it is good for.
    pub scopes: &'a [String],
    /// What it ends in.
    pub hint: &'a str,
    /// SHA-256 of it.
    pub hash: [u8; 32],
    /// After how many days it ends, if at all.
    pub days: Option<u32>,
    /// What it is made with: it ends no later than that token, or than the token behind that session.
    pub made_with: MadeWith,
}

/// What a token is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeWith {
    /// Another token.
    Token(TokenId),
    /// A session.
    Session(SessionId),
    /// The word of the person, e.g. at an approved request.
    Person,
}

/// What became of the wish for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenMaking {
    /// It is made.
    Done(Token),
    /// Its person has too many already.
    TooMany,
    /// What it was to be made with counts no more.
    Ended,
}

impl Storage {
    /// Finds the owner of the token with this SHA-256, unless it has expired or was revoked, or they may not come in. Its use is
    /// written down, once an hour at the most.
    pub async fn token_owner(&self, hash: &[u8; 32]) -> Result<Option<TokenOwner>, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        let row = sqlx::query!(
            r#"SELECT t.id,
                      t.scopes,
                      t.workspace_id,
                      t.user_id,
                      m.role,
                      u.name,
                      u.email,
                      (t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 hour') AS "due!"
               FROM api_tokens t
               JOIN memberships m ON m.workspace_id = t.workspace_id AND m.user_id = t.user_id
               JOIN users u ON u.id = t.user_id AND u.state = 'active'
               WHERE t.token_hash = $1
                 AND t.revoked_at IS NULL
                 AND (t.expires_at IS NULL OR t.expires_at > now())"#,
            hash.as_slice(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        drop(tx);
        if row.due {
            self.touch_token(TokenId::new(row.id)).await?;
        }
        Ok(Some(TokenOwner {
            token_id: TokenId::new(row.id),
            scopes: row.scopes,
            scope: Scope {
                workspace_id: WorkspaceId::new(row.workspace_id),
                user_id: UserId::new(row.user_id),
            },
            role: row.role,
            name: row.name,
            email: row.email,
        }))
    }

    async fn touch_token(&self, id: TokenId) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        sqlx::query!(
            "UPDATE api_tokens
             SET last_used_at = now()
             WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 hour')",
            id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The tokens of a person in a workspace that were not revoked, the newest first; those that have expired among them.
    pub async fn tokens(&self, scope: Scope) -> Result<Vec<Token>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let rows = sqlx::query!(
            "SELECT id, name, scopes, hint, created_at, last_used_at, expires_at
             FROM api_tokens
             WHERE workspace_id = $1 AND user_id = $2 AND revoked_at IS NULL
             ORDER BY created_at DESC, id DESC
             LIMIT $3",
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            MOST,
        )
        .fetch_all(&mut *tx)
        .await?;
        let tokens = rows.into_iter().map(|row| Token {
            id: TokenId::new(row.id),
            name: row.name,
            scopes: row.scopes,
            hint: row.hint,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        });
        Ok(tokens.collect())
    }

    /// Makes a token, unless its person has too many, or has ended meanwhile what it is made with.
    pub async fn create_token(&self, new: &NewToken<'_>, by: &Actor) -> Result<TokenMaking, Error> {
        let mut tx = self.scoped(&new.scope).await?;
        // Holds the person: of two at once not both are the last that fits.
        let force = credential::force(&mut tx, new.scope.user_id, new.made_with).await?;
        if force == Force::Gone {
            return Ok(TokenMaking::Ended);
        }
        let Some(token) = insert(&mut tx, new).await? else {
            return Ok(TokenMaking::TooMany);
        };
        let entry = NewAudit {
            by,
            action: "token.create",
            target: ("token", new.id.to_string()),
            reason: Some(new.name),
            outcome: AuditOutcome::Done,
        };
        audit::insert(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(TokenMaking::Done(token))
    }

    /// Revokes a token of a person in a workspace; `false` if they have none like it. Takes effect as soon as caches let go of it, at
    /// most a second later.
    pub async fn revoke_own_token(
        &self,
        scope: Scope,
        id: TokenId,
        by: &Actor,
    ) -> Result<bool, Error> {
        let mut tx = self.scoped(&scope).await?;
        let done = sqlx::query!(
            "UPDATE api_tokens
             SET revoked_at = now()
             WHERE id = $1 AND workspace_id = $2 AND user_id = $3 AND revoked_at IS NULL",
            id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        let revoked = done.rows_affected() > 0;
        if revoked {
            let entry = NewAudit {
                by,
                action: "token.revoke",
                target: ("token", id.to_string()),
                reason: None,
                outcome: AuditOutcome::Done,
            };
            audit::insert(&mut tx, &entry).await?;
        }
        tx.commit().await?;
        Ok(revoked)
    }

    /// Revokes a token, whoever's it is; for those who look after the host.
    pub async fn revoke_token(&self, id: TokenId) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sqlx::query!(
            "UPDATE api_tokens SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL",
            id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Removes tokens that have not counted for a month, whoever's they were; how many there were.
    pub async fn sweep_tokens(&self) -> Result<u64, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sqlx::query!(
            "DELETE FROM api_tokens
             WHERE revoked_at < now() - interval '30 days' OR expires_at < now() - interval '30 days'",
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

/// Makes a token as a part of something else.
pub(crate) async fn insert(
    tx: &mut sqlx::PgConnection,
    new: &NewToken<'_>,
) -> Result<Option<Token>, Error> {
    let (token, session) = match new.made_with {
        MadeWith::Token(id) => (Some(id.uuid()), None),
        MadeWith::Session(id) => (None, Some(id.uuid())),
        MadeWith::Person => (None, None),
    };
    let row = sqlx::query!(
        r#"INSERT INTO api_tokens (id, workspace_id, user_id, name, scopes, hint, token_hash, expires_at)
           SELECT $1, $2, $3, $4, $5, $6, $7,
                  least(now() + make_interval(days => $8),
                        (SELECT min(t.expires_at)
                         FROM api_tokens t
                         WHERE t.id = $9
                            OR t.id = (SELECT s.token_id FROM sessions s WHERE s.id = $10)))
           WHERE (SELECT count(*) FROM api_tokens WHERE user_id = $3 AND revoked_at IS NULL) < $11
           RETURNING created_at, expires_at"#,
        new.id.uuid(),
        new.scope.workspace_id.uuid(),
        new.scope.user_id.uuid(),
        new.name,
        new.scopes,
        new.hint,
        new.hash.as_slice(),
        new.days.map(|days| i32::try_from(days).unwrap_or(i32::MAX)),
        token,
        session,
        MOST,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Token {
        id: new.id,
        name: new.name.to_owned(),
        scopes: new.scopes.to_vec(),
        hint: new.hint.to_owned(),
        created_at: row.created_at,
        last_used_at: None,
        expires_at: row.expires_at,
    }))
}
