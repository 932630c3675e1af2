//! Accounts, as their own person deals with them: signing in with a password, changing it, the own name.

mod password;

use chrono::{DateTime, Utc};
use mosaic_domain::{Scope, UserId, WorkspaceId};

use crate::audit::{self, NewAudit};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

pub(crate) use password::set;
pub use password::{NewPassword, PasswordChange, PasswordSet};

/// What signing in with a password needs to know of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// The hash of their password, if they have one.
    pub password_hash: Option<String>,
    /// Since when they have it, or have none.
    pub password_since: DateTime<Utc>,
    /// Whether they may come in.
    pub active: bool,
}

/// What somebody sees of their own account, beside what every request knows of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Where they are written to.
    pub email: Option<String>,
    /// Whether somebody vouches for that being theirs.
    pub email_verified: bool,
    /// What their workspace is called.
    pub workspace: String,
    /// Whether they have a password.
    pub has_password: bool,
}

/// An account that somebody makes for themselves.
#[derive(Debug, Clone)]
pub struct NewAccount<'a> {
    /// Its id.
    pub user_id: UserId,
    /// What they are called.
    pub name: &'a str,
    /// Where they say they are written to.
    pub email: &'a str,
    /// The hash of their password.
    pub password_hash: &'a str,
    /// From where they do it.
    pub address: Option<std::net::IpAddr>,
}

/// What became of making an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// It is there.
    Done(Scope),
    /// Somebody has one with this address.
    Taken,
    /// There is no workspace yet that it could belong to.
    NotSetUp,
}

impl Storage {
    /// Finds whom an email address belongs to.
    pub async fn login_by_email(&self, email: &str) -> Result<Option<Login>, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        let row = sqlx::query!(
            r#"SELECT id,
                      name,
                      email,
                      password_hash,
                      COALESCE(password_set_at, created_at) AS "since!",
                      (state = 'active') AS "active!"
               FROM users
               WHERE email_key = lower($1)"#,
            email,
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(row.map(|row| Login {
            user_id: UserId::new(row.id),
            name: row.name,
            email: row.email,
            password_hash: row.password_hash,
            password_since: row.since,
            active: row.active,
        }))
    }

    /// The same of somebody who is known already.
    pub async fn login(&self, user_id: UserId) -> Result<Option<Login>, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        let row = sqlx::query!(
            r#"SELECT id,
                      name,
                      email,
                      password_hash,
                      COALESCE(password_set_at, created_at) AS "since!",
                      (state = 'active') AS "active!"
               FROM users
               WHERE id = $1"#,
            user_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(row.map(|row| Login {
            user_id: UserId::new(row.id),
            name: row.name,
            email: row.email,
            password_hash: row.password_hash,
            password_since: row.since,
            active: row.active,
        }))
    }

    /// The workspace in which somebody is to be signed in: the one that they want, else where they were last, else their first.
    /// `None` if they do not belong there, or nowhere at all.
    pub async fn workspace_to_sign_in(
        &self,
        user_id: UserId,
        wanted: Option<WorkspaceId>,
    ) -> Result<Option<WorkspaceId>, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        let found = sqlx::query_scalar!(
            "SELECT m.workspace_id
             FROM memberships m
             LEFT JOIN LATERAL (SELECT max(s.last_used_at) AS at
                                FROM sessions s
                                WHERE s.workspace_id = m.workspace_id AND s.user_id = m.user_id) last ON true
             WHERE m.user_id = $1 AND ($2::uuid IS NULL OR m.workspace_id = $2)
             ORDER BY last.at DESC NULLS LAST, m.created_at, m.workspace_id
             LIMIT 1",
            user_id.uuid(),
            wanted.map(WorkspaceId::uuid),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(found.map(WorkspaceId::new))
    }

    /// What somebody sees of their own account.
    pub async fn profile(&self, scope: Scope) -> Result<Option<Profile>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let row = sqlx::query!(
            r#"SELECT u.email,
                      (u.email_verified_at IS NOT NULL) AS "verified!",
                      w.name AS workspace,
                      (u.password_hash IS NOT NULL) AS "password!"
               FROM users u
               JOIN workspaces w ON w.id = $2
               WHERE u.id = $1"#,
            scope.user_id.uuid(),
            scope.workspace_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(row.map(|row| Profile {
            email: row.email,
            email_verified: row.verified,
            workspace: row.workspace,
            has_password: row.password,
        }))
    }

    /// Makes an account in the home workspace, for somebody who comes by themselves.
    pub async fn register(&self, new: &NewAccount<'_>) -> Result<Registered, Error> {
        let Some(home) = self.home_workspace().await? else {
            return Ok(Registered::NotSetUp);
        };
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sqlx::query!(
            "INSERT INTO users (id, name, email, password_hash, password_set_at)
             VALUES ($1, $2, $3, $4, now())
             ON CONFLICT (email_key) DO NOTHING",
            new.user_id.uuid(),
            new.name,
            new.email,
            new.password_hash,
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(Registered::Taken);
        }
        sqlx::query!(
            "INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, 'member')",
            home.uuid(),
            new.user_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        let by = Actor {
            workspace_id: home,
            user_id: Some(new.user_id),
            name: new.name.to_owned(),
            address: new.address,
        };
        note(&mut tx, &by, "user.register", new.user_id).await?;
        tx.commit().await?;
        Ok(Registered::Done(Scope {
            workspace_id: home,
            user_id: new.user_id,
        }))
    }

    /// Calls somebody otherwise.
    pub async fn rename_self(&self, name: &str, by: &Actor) -> Result<bool, Error> {
        let Some(user_id) = by.user_id else {
            return Ok(false);
        };
        let mut tx = self.acting(by).await?;
        let done = sqlx::query!(
            "UPDATE users SET name = $2 WHERE id = $1",
            user_id.uuid(),
            name,
        )
        .execute(&mut *tx)
        .await?;
        note(&mut tx, by, "user.rename", user_id).await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}

async fn note(
    tx: &mut sqlx::PgConnection,
    by: &Actor,
    action: &str,
    user_id: UserId,
) -> Result<(), Error> {
    let entry = NewAudit {
        by,
        action,
        target: ("user", user_id.to_string()),
        reason: None,
        outcome: AuditOutcome::Done,
    };
    audit::insert(tx, &entry).await
}
