//! Who somebody is at providers, as they see it themselves.

use chrono::{DateTime, Utc};
use mosaic_domain::{OidcIdentityId, UserId};

use crate::standing::note;
use crate::{Actor, AuditOutcome, Error, Storage};

/// Who a person is at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcIdentity {
    /// Its id here.
    pub id: OidcIdentityId,
    /// The provider's name in the settings.
    pub provider: String,
    /// Their address there, as of the last sign-in.
    pub email: Option<String>,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
    /// When they last signed in with it.
    pub last_login_at: DateTime<Utc>,
}

/// What became of the wish to unlink an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityRemoval {
    /// It is unlinked, and its sessions have ended.
    Done,
    /// The person has no such identity.
    Missing,
    /// It is their only way to sign in.
    LastWay,
}

impl Storage {
    /// Who a person is at providers, in the order in which they were linked.
    pub async fn oidc_identities(&self, by: &Actor) -> Result<Vec<OidcIdentity>, Error> {
        let mut tx = self.acting(by).read().await?;
        let rows = sqlx::query!(
            "SELECT id, provider, email, created_at, last_login_at
             FROM oidc_identities
             WHERE user_id = $1
             ORDER BY created_at, id",
            by.user_id.map(UserId::uuid),
        )
        .fetch_all(&mut *tx)
        .await?;
        let identities = rows.into_iter().map(|row| OidcIdentity {
            id: OidcIdentityId::new(row.id),
            provider: row.provider,
            email: row.email,
            created_at: row.created_at,
            last_login_at: row.last_login_at,
        });
        Ok(identities.collect())
    }

    /// Unlinks an identity of somebody, unless they could not sign in any more.
    pub async fn remove_oidc_identity(
        &self,
        by: &Actor,
        id: OidcIdentityId,
    ) -> Result<IdentityRemoval, Error> {
        let user = by.user_id.map(UserId::uuid);
        let mut tx = self.acting(by).await?;
        // Two removals at once would each see the other's identity.
        sqlx::query!("SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", user)
            .fetch_optional(&mut *tx)
            .await?;
        let row = sqlx::query!(
            r#"SELECT i.provider,
                      (u.password_hash IS NOT NULL
                       OR EXISTS (SELECT FROM oidc_identities o WHERE o.user_id = u.id AND o.id <> i.id)
                       OR EXISTS (SELECT FROM api_tokens t
                                  WHERE t.user_id = u.id
                                    AND t.revoked_at IS NULL
                                    AND (t.expires_at IS NULL OR t.expires_at > now()))) AS "other_way!"
               FROM oidc_identities i
               JOIN users u ON u.id = i.user_id
               WHERE i.id = $1 AND i.user_id = $2"#,
            id.uuid(),
            user,
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Ok(IdentityRemoval::Missing);
        };
        if !row.other_way {
            return Ok(IdentityRemoval::LastWay);
        }
        // Its sessions go with it.
        sqlx::query!("DELETE FROM oidc_identities WHERE id = $1", id.uuid())
            .execute(&mut *tx)
            .await?;
        let target = ("provider", row.provider);
        note(&mut tx, by, "oidc.unlink", target, None, AuditOutcome::Done).await?;
        tx.commit().await?;
        Ok(IdentityRemoval::Done)
    }
}
