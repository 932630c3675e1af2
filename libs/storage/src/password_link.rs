//! Links with which somebody sets a new password: made by an admin, good once and for a short time.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::account::{self, NewPassword};
use crate::audit::{self, NewAudit};
use crate::{Actor, AuditOutcome, Error, Login, Purpose, Storage};

/// A link to be made.
#[derive(Debug, Clone)]
pub struct NewPasswordLink {
    /// Its id.
    pub id: Uuid,
    /// Who is to set a password with it.
    pub user_id: UserId,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// How long it counts.
    pub lifetime: Duration,
}

impl Storage {
    /// Makes a link, in the place of those that are open; returns until when it counts. `None` if there is nobody like that, or if
    /// they have no email address to sign in with.
    pub async fn create_password_link(
        &self,
        new: &NewPasswordLink,
        by: &Actor,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let mut tx = self.system(Purpose::Installation).await?;
        sqlx::query!(
            "DELETE FROM password_links WHERE user_id = $1",
            new.user_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        let expires_at = sqlx::query_scalar!(
            "INSERT INTO password_links (id, user_id, secret_hash, expires_at, maker_id)
             SELECT $1, id, $3, now() + make_interval(secs => $4), $5
             FROM users
             WHERE id = $2 AND email IS NOT NULL
             RETURNING expires_at",
            new.id,
            new.user_id.uuid(),
            new.secret_hash.as_slice(),
            new.lifetime.as_secs_f64(),
            by.user_id.map(UserId::uuid),
        )
        .fetch_optional(&mut *tx)
        .await?;
        if expires_at.is_some() {
            let entry = NewAudit {
                by,
                action: "password.link",
                target: ("user", new.user_id.to_string()),
                reason: None,
                outcome: AuditOutcome::Done,
            };
            audit::insert(&mut tx, &entry).await?;
        }
        tx.commit().await?;
        Ok(expires_at)
    }

    /// Who may set a password with the link of this SHA-256, if it counts and they may come in.
    pub async fn password_link_owner(&self, hash: &[u8; 32]) -> Result<Option<Login>, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        find(&mut tx, hash).await
    }

    /// Sets a password with a link, which counts no more then, and ends every session of its person; `false` if the link counts
    /// for nothing, because somebody was faster.
    pub async fn redeem_password_link(
        &self,
        hash: &[u8; 32],
        password_hash: &str,
        by: &Actor,
    ) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let Some(owner) = find(&mut tx, hash).await? else {
            return Ok(false);
        };
        // The person before the link, as whoever shuts them out or changes their password does.
        sqlx::query!(
            "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE",
            owner.user_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let done = sqlx::query!(
            "DELETE FROM password_links WHERE secret_hash = $1",
            hash.as_slice(),
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let new = NewPassword {
            user_id: owner.user_id,
            hash: password_hash,
            email: None,
            keep: None,
        };
        account::set(&mut tx, &new).await?;
        let entry = NewAudit {
            by,
            action: "password.change",
            target: ("user", new.user_id.to_string()),
            reason: Some("with a link"),
            outcome: AuditOutcome::Done,
        };
        audit::insert(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Removes links that have ended, whoever's they were.
    pub async fn sweep_password_links(&self) -> Result<u64, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sqlx::query!("DELETE FROM password_links WHERE expires_at <= now()")
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

/// Whose link this is, if it counts. What somebody has handed out ends with the rights that let them, as invitations do: they are
/// still an active admin of the home workspace, and not below whoever sets a password with it.
async fn find(tx: &mut PgConnection, hash: &[u8; 32]) -> Result<Option<Login>, Error> {
    let row = sqlx::query!(
        r#"SELECT u.id, u.name, u.email, u.password_hash, COALESCE(u.password_set_at, u.created_at) AS "since!"
         FROM password_links l
         JOIN users u ON u.id = l.user_id AND u.state = 'active'
         WHERE l.secret_hash = $1
           AND l.expires_at > now()
           AND (l.maker_id IS NULL
                OR EXISTS (SELECT
                           FROM memberships m
                           JOIN users k ON k.id = m.user_id AND k.state = 'active'
                           WHERE m.user_id = l.maker_id
                             AND m.workspace_id = (SELECT h.id FROM workspaces h
                                                   ORDER BY h.created_at, h.id LIMIT 1)
                             AND (m.role = 'owner'
                                  OR (m.role = 'admin'
                                      AND NOT EXISTS (SELECT FROM memberships o
                                                      WHERE o.workspace_id = m.workspace_id
                                                        AND o.user_id = l.user_id
                                                        AND o.role = 'owner')))))"#,
        hash.as_slice(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Login {
        user_id: UserId::new(row.id),
        name: row.name,
        email: row.email,
        password_hash: row.password_hash,
        password_since: row.since,
        active: true,
    }))
}
