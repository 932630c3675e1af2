//! Accounts that admins make for others.

use mosaic_domain::{UserId, WorkspaceId};

use crate::standing::{Judged, Standing, lock_workspace, note, standing};
use crate::{Actor, AuditOutcome, Error, Named, Purpose, Storage};

/// An account to be made in the home workspace.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// Its id.
    pub id: UserId,
    /// What they are called.
    pub name: &'a str,
    /// Where they are written to; whoever makes the account vouches for it.
    pub email: &'a str,
    /// The home workspace.
    pub home: WorkspaceId,
    /// As what they belong to it.
    pub role: &'a str,
    /// The hash of their password, if they have one already.
    pub password_hash: Option<&'a str>,
}

impl Storage {
    /// Makes an account, if the judge allows it and nobody has one with this address.
    pub async fn create_user<R>(
        &self,
        new: &NewUser<'_>,
        by: &Actor,
        judge: impl FnOnce(&Standing) -> Result<(), R> + Send,
    ) -> Result<Judged<Named, R>, Error> {
        let mut tx = self.system(Purpose::Installation).await?;
        lock_workspace(&mut tx, new.home).await?;
        let Some(facts) = standing(&mut tx, new.home, by, new.id).await? else {
            return Ok(Judged::Missing);
        };
        let (action, target) = ("user.create", ("user", new.id.to_string()));
        let said = format!("{} as {}", new.email, new.role);
        if let Err(refused) = judge(&facts) {
            let outcome = AuditOutcome::Denied;
            note(&mut tx, by, action, target, Some(&said), outcome).await?;
            tx.commit().await?;
            return Ok(Judged::Refused(refused));
        }
        let done = sqlx::query!(
            "INSERT INTO users (id, name, email, email_verified_at, password_hash, password_set_at)
             VALUES ($1, $2, $3, now(), $4, CASE WHEN $4::text IS NOT NULL THEN now() END)
             ON CONFLICT (email_key) DO NOTHING",
            new.id.uuid(),
            new.name,
            new.email,
            new.password_hash,
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(Judged::Done(Named::Taken));
        }
        sqlx::query!(
            "INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, $3)",
            new.home.uuid(),
            new.id.uuid(),
            new.role,
        )
        .execute(&mut *tx)
        .await?;
        let outcome = AuditOutcome::Done;
        note(&mut tx, by, action, target, Some(&said), outcome).await?;
        tx.commit().await?;
        Ok(Judged::Done(Named::Done))
    }
}
