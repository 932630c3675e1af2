//! Setting passwords. Whoever sets one ends what others may have begun with the old one.

use chrono::{DateTime, Utc};
use mosaic_domain::{SessionId, UserId};

use super::note;
use crate::credential::{self, Force};
use crate::session::forget_begun;
use crate::{Actor, Error, MadeWith, Purpose, Storage};

/// A password to be set.
#[derive(Debug, Clone)]
pub struct NewPassword<'a> {
    /// Whose.
    pub user_id: UserId,
    /// Its hash.
    pub hash: &'a str,
    /// The address of somebody who has none yet.
    pub email: Option<&'a str>,
    /// The session that goes on; every other one ends.
    pub keep: Option<SessionId>,
}

/// By what somebody changes their password.
#[derive(Debug, Clone, Copy)]
pub struct PasswordChange {
    /// What they came with.
    pub made_with: MadeWith,
    /// Since when the password counts that they have shown, or since when they have none.
    pub since: DateTime<Utc>,
}

/// What became of the wish for a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordSet {
    /// It is set.
    Done,
    /// The address belongs to somebody else.
    Taken,
    /// What they came with, or the password that they have shown, counts no more.
    Ended,
    /// What they came with ends, and would hand out a first password, which does not.
    Borrowed,
    /// What they came with is for one of their workspaces, and would hand out a first password, which is for all of them.
    Bound,
}

impl Storage {
    /// Sets a password and ends every other session of its person.
    pub async fn set_password(
        &self,
        new: &NewPassword<'_>,
        change: PasswordChange,
        by: &Actor,
    ) -> Result<PasswordSet, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let force = credential::force(&mut tx, new.user_id, change.made_with).await?;
        let first = is_first(&mut tx, new.user_id, change.since).await?;
        match (force, first) {
            (Force::Gone, _) | (_, None) => return Ok(PasswordSet::Ended),
            (Force::Ends, Some(true)) => return Ok(PasswordSet::Borrowed),
            (Force::Ends | Force::Lasts, Some(_)) => {}
        }
        let with = change.made_with;
        if first == Some(true) && credential::is_of_one_workspace(&mut tx, with).await? {
            return Ok(PasswordSet::Bound);
        }
        if let Some(email) = new.email {
            let taken = sqlx::query_scalar!(
                r#"SELECT EXISTS (SELECT FROM users WHERE email_key = lower($1) AND id <> $2) AS "taken!""#,
                email,
                new.user_id.uuid(),
            )
            .fetch_one(&mut *tx)
            .await?;
            if taken {
                return Ok(PasswordSet::Taken);
            }
        }
        set(&mut tx, new).await?;
        note(&mut tx, by, "password.change", new.user_id).await?;
        tx.commit().await?;
        Ok(PasswordSet::Done)
    }

    /// Replaces the hash of a password that stays the same, unless the password was changed meanwhile.
    pub async fn rehash_password(
        &self,
        user_id: UserId,
        former: &str,
        hash: &str,
    ) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sqlx::query!(
            "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
            user_id.uuid(),
            former,
            hash,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}

/// Whether somebody has no password yet; `None` if that is not as it was then.
async fn is_first(
    tx: &mut sqlx::PgConnection,
    user_id: UserId,
    since: DateTime<Utc>,
) -> Result<Option<bool>, Error> {
    let first = sqlx::query_scalar!(
        r#"SELECT (password_hash IS NULL) AS "first!"
           FROM users
           WHERE id = $1 AND COALESCE(password_set_at, created_at) = $2"#,
        user_id.uuid(),
        since,
    )
    .fetch_optional(tx)
    .await?;
    Ok(first)
}

/// Sets a password as a part of something else.
pub(crate) async fn set(tx: &mut sqlx::PgConnection, new: &NewPassword<'_>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE users
         SET password_hash = $2,
             password_set_at = now(),
             email = COALESCE(email, $3)
         WHERE id = $1",
        new.user_id.uuid(),
        new.hash,
        new.email,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2",
        new.user_id.uuid(),
        new.keep.map(SessionId::uuid),
    )
    .execute(&mut *tx)
    .await?;
    forget_begun(tx, new.user_id).await?;
    // What an admin handed out for the old state of things counts no more.
    sqlx::query!(
        "DELETE FROM password_links WHERE user_id = $1",
        new.user_id.uuid(),
    )
    .execute(tx)
    .await?;
    Ok(())
}
