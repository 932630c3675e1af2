//! Personal API tokens, found by the hash of what the caller shows.

use mosaic_domain::{Scope, TokenId, UserId, WorkspaceId};

use crate::{Error, Storage};

/// Whom a valid token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOwner {
    /// The token.
    pub token_id: TokenId,
    /// Its person and workspace.
    pub scope: Scope,
    /// Their role in the workspace, e.g. `owner`.
    pub role: String,
    /// Their name.
    pub name: String,
}

impl Storage {
    /// Finds the owner of the token with this SHA-256, unless it has expired or was revoked.
    pub async fn token_owner(&self, hash: &[u8; 32]) -> Result<Option<TokenOwner>, Error> {
        let row = sqlx::query!(
            "SELECT t.id,
                    t.workspace_id,
                    t.user_id,
                    m.role,
                    u.name
             FROM api_tokens t
             JOIN memberships m ON m.workspace_id = t.workspace_id AND m.user_id = t.user_id
             JOIN users u ON u.id = t.user_id
             WHERE t.token_hash = $1
               AND t.revoked_at IS NULL
               AND (t.expires_at IS NULL OR t.expires_at > now())",
            hash.as_slice(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| TokenOwner {
            token_id: TokenId::new(row.id),
            scope: Scope {
                workspace_id: WorkspaceId::new(row.workspace_id),
                user_id: UserId::new(row.user_id),
            },
            role: row.role,
            name: row.name,
        }))
    }

    /// Revokes a token. Takes effect as soon as caches let go of it, at most a second later.
    pub async fn revoke_token(&self, id: TokenId) -> Result<bool, Error> {
        let done = sqlx::query!(
            "UPDATE api_tokens SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL",
            id.uuid(),
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}
