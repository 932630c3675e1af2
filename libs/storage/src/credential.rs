//! Whether something may still be done with what somebody came with. Callers are believed for a second without asking; what outlasts
//! that second asks again, and holds the person, as whoever ends all of their credentials at once does.

use mosaic_domain::{SessionId, TokenId, UserId};
use sqlx::PgConnection;

use crate::{Error, MadeWith, Purpose, Storage};

/// The force of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Force {
    /// It counts no more.
    Gone,
    /// It ends by itself, so that nothing may come of it that lasts.
    Ends,
    /// It counts until somebody ends it.
    Lasts,
}

impl Storage {
    /// Whether something that lasts may come of a credential: it counts, and does not end by itself.
    pub async fn credential_lasts(&self, user_id: UserId, with: MadeWith) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let force = force(&mut tx, user_id, with).await?;
        tx.commit().await?;
        Ok(force == Force::Lasts)
    }

    /// Whether a credential lets into one workspace alone while its person belongs to others, and so must not do what holds for
    /// all of them.
    pub async fn credential_is_of_one_workspace(&self, with: MadeWith) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        is_of_one_workspace(&mut tx, with).await
    }
}

/// The force that a credential of somebody has. Until the transaction ends, nobody changes how they sign in.
pub(crate) async fn force(
    tx: &mut PgConnection,
    user_id: UserId,
    with: MadeWith,
) -> Result<Force, Error> {
    let person = sqlx::query_scalar!(
        "SELECT id FROM users WHERE id = $1 AND state = 'active' FOR NO KEY UPDATE",
        user_id.uuid(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    if person.is_none() {
        return Ok(Force::Gone);
    }
    let ends = match with {
        MadeWith::Token(id) => token_ends(tx, user_id, id).await?,
        MadeWith::Session(id) => session_ends(tx, user_id, id).await?,
        MadeWith::Person => Some(false),
    };
    Ok(match ends {
        None => Force::Gone,
        Some(true) => Force::Ends,
        Some(false) => Force::Lasts,
    })
}

/// Whether a token ends by itself; `None` if it counts no more.
async fn token_ends(
    tx: &mut PgConnection,
    user_id: UserId,
    id: TokenId,
) -> Result<Option<bool>, Error> {
    let ends = sqlx::query_scalar!(
        r#"SELECT (expires_at IS NOT NULL) AS "ends!"
           FROM api_tokens
           WHERE id = $1
             AND user_id = $2
             AND revoked_at IS NULL
             AND (expires_at IS NULL OR expires_at > now())"#,
        id.uuid(),
        user_id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(ends)
}

/// Whether a session hands out nothing that lasts: one that was begun by breaking the glass, or with a token that ends by itself.
/// `None` if it counts no more.
async fn session_ends(
    tx: &mut PgConnection,
    user_id: UserId,
    id: SessionId,
) -> Result<Option<bool>, Error> {
    let ends = sqlx::query_scalar!(
        r#"SELECT (s.method = 'break_glass' OR t.expires_at IS NOT NULL) AS "ends!"
           FROM sessions s
           LEFT JOIN api_tokens t ON t.id = s.token_id
           WHERE s.id = $1
             AND s.user_id = $2
             AND s.idle_until > now()
             AND t.revoked_at IS NULL
             AND (t.expires_at IS NULL OR t.expires_at > now())"#,
        id.uuid(),
        user_id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(ends)
}

/// Whether a credential lets into one workspace alone while its person belongs to others: what lets in everywhere, such as a first
/// password, must not come of it. Who runs the installation lets themselves in anywhere as it is.
pub(crate) async fn is_of_one_workspace(
    tx: &mut PgConnection,
    with: MadeWith,
) -> Result<bool, Error> {
    let (token, session) = match with {
        MadeWith::Token(id) => (Some(id.uuid()), None),
        MadeWith::Session(id) => (None, Some(id.uuid())),
        MadeWith::Person => return Ok(false),
    };
    let bound = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT
                          FROM api_tokens t
                          JOIN memberships m ON m.workspace_id = t.workspace_id AND m.user_id = t.user_id
                          WHERE (t.id = $1 OR t.id = (SELECT s.token_id FROM sessions s WHERE s.id = $2))
                            AND EXISTS (SELECT
                                        FROM memberships o
                                        WHERE o.user_id = t.user_id AND o.workspace_id <> t.workspace_id)
                            AND NOT (m.role IN ('owner', 'admin')
                                     AND m.workspace_id = (SELECT h.id FROM workspaces h
                                                           ORDER BY h.created_at, h.id LIMIT 1))) AS "bound!""#,
        token,
        session,
    )
    .fetch_one(tx)
    .await?;
    Ok(bound)
}
