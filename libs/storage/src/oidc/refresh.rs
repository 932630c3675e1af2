//! Whether identities still hold: which are to be asked about, and what becomes of those that do not.

use std::time::Duration;

use mosaic_domain::{OidcIdentityId, WorkspaceId};

use crate::standing::note;
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// An identity that is to be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRefresh {
    /// Which.
    pub id: OidcIdentityId,
    /// Who they are at the provider.
    pub subject: String,
    /// What the provider is shown, sealed.
    pub sealed: Vec<u8>,
}

impl Storage {
    /// Identities at a provider that were used in a session since they were last asked about, which is this long ago; the
    /// longest ago first.
    pub async fn due_oidc_refreshes(
        &self,
        provider: &str,
        every: Duration,
        limit: u32,
    ) -> Result<Vec<DueRefresh>, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        let rows = sqlx::query!(
            r#"SELECT i.id, i.subject, i.refresh_token AS "sealed!"
               FROM oidc_identities i
               WHERE i.provider = $1
                 AND i.refresh_token IS NOT NULL
                 AND i.refreshed_at <= now() - make_interval(secs => $2)
                 AND EXISTS (SELECT
                             FROM sessions s
                             WHERE s.oidc_identity_id = i.id
                               AND s.idle_until > now()
                               AND s.last_used_at >= i.refreshed_at)
               ORDER BY i.refreshed_at, i.id
               LIMIT $3"#,
            provider,
            every.as_secs_f64(),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        let due = rows.into_iter().map(|row| DueRefresh {
            id: OidcIdentityId::new(row.id),
            subject: row.subject,
            sealed: row.sealed,
        });
        Ok(due.collect())
    }

    /// Keeps what the provider is shown the next time, unless the person has signed in anew meanwhile. `asked` says that the
    /// provider has answered.
    pub async fn keep_oidc_refresh(
        &self,
        due: &DueRefresh,
        sealed: &[u8],
        asked: bool,
    ) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        sqlx::query!(
            "UPDATE oidc_identities
             SET refresh_token = $3,
                 refreshed_at = CASE WHEN $4 THEN now() ELSE refreshed_at END
             WHERE id = $1 AND refresh_token = $2",
            due.id.uuid(),
            due.sealed,
            sealed,
            asked,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends the sessions of an identity that does not hold any more, unless the person has signed in anew meanwhile; how many
    /// there were.
    pub async fn end_oidc_sessions(&self, due: &DueRefresh, reason: &str) -> Result<u64, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let row = sqlx::query!(
            "UPDATE oidc_identities
             SET refresh_token = NULL, refreshed_at = now()
             WHERE id = $1 AND refresh_token = $2
             RETURNING provider, user_id",
            due.id.uuid(),
            due.sealed,
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(0) };
        let ended = sqlx::query_scalar!(
            "DELETE FROM sessions WHERE oidc_identity_id = $1 RETURNING workspace_id",
            due.id.uuid(),
        )
        .fetch_all(&mut *tx)
        .await?;
        if let Some(workspace) = ended.first() {
            let by = Actor {
                workspace_id: WorkspaceId::new(*workspace),
                user_id: None,
                name: row.provider,
                address: None,
            };
            let target = ("user", row.user_id.to_string());
            let outcome = AuditOutcome::Done;
            note(&mut tx, &by, "session.end", target, Some(reason), outcome).await?;
        }
        tx.commit().await?;
        Ok(ended.len() as u64)
    }
}
