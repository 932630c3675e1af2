//! Deleting somebody, in three steps, each of which may be done again: they are shut out, what they said and what is remembered of
//! them is removed piece by piece, and the rest goes with their account. The audit log keeps what they did, and their name.

use mosaic_domain::{UserId, WorkspaceId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::state::{lock_user, shut_out};
use crate::erase::{Erased, erase_conversations, erase_memories};
use crate::standing::{Judged, Standing, lock_workspaces_of, note, standing};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// Somebody who is to be deleted.
#[derive(Debug, Clone)]
pub struct Farewell<'a> {
    /// Who.
    pub user_id: UserId,
    /// The home workspace.
    pub home: WorkspaceId,
    /// What is written down.
    pub reason: &'a str,
    /// What is shown where their runs end.
    pub shown: &'a str,
    /// Who deletes them. Somebody who deletes themselves is judged by their own role in the home workspace, if they have one.
    pub by: &'a Actor,
}

/// Somebody without whom workspaces would have no owner: these are the names of the workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastOwner(pub Vec<String>);

impl Storage {
    /// Shuts somebody out who is to be deleted, if the judge allows it and they are not the last owner of a workspace that
    /// others belong to.
    pub async fn begin_farewell<R>(
        &self,
        farewell: &Farewell<'_>,
        judge: impl FnOnce(&Standing) -> Result<(), R> + Send,
    ) -> Result<Judged<Result<(), LastOwner>, R>, Error> {
        let mut tx = self.system(Purpose::Installation).with_outbox().await?;
        let Farewell {
            user_id, home, by, ..
        } = farewell;
        lock_workspaces_of(&mut tx, *user_id, *home).await?;
        if lock_user(&mut tx, *user_id).await?.is_none() {
            return Ok(Judged::Missing);
        }
        let Some(facts) = standing_to(&mut tx, farewell).await? else {
            return Ok(Judged::Missing);
        };
        let (action, target) = ("user.delete", ("user", user_id.to_string()));
        let why = Some(farewell.reason);
        if let Err(refused) = judge(&facts) {
            note(&mut tx, by, action, target, why, AuditOutcome::Denied).await?;
            tx.commit().await?;
            return Ok(Judged::Refused(refused));
        }
        let alone = owned_alone(&mut tx, *user_id).await?;
        if !alone.is_empty() {
            note(&mut tx, by, action, target, why, AuditOutcome::Refused).await?;
            tx.commit().await?;
            return Ok(Judged::Done(Err(LastOwner(alone))));
        }
        sqlx::query!(
            "UPDATE users
             SET state = CASE WHEN state = 'active' THEN 'deactivated' ELSE state END,
                 state_at = now(),
                 state_reason = 'is being deleted'
             WHERE id = $1",
            user_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        shut_out(&mut tx, *user_id, farewell.shown).await?;
        note(&mut tx, by, action, target, why, AuditOutcome::Requested).await?;
        tx.commit().await?;
        Ok(Judged::Done(Ok(())))
    }

    /// Removes a piece of what somebody said and of what is remembered of them, and of whatever is in workspaces that nobody else
    /// belongs to; whether more is left.
    pub async fn erase_of_user(&self, farewell: &Farewell<'_>) -> Result<Erased, Error> {
        let mut tx = self.system(Purpose::Installation).with_outbox().await?;
        let user_id = farewell.user_id;
        let mut places = vec![(None, Some(user_id))];
        let own = own_workspaces(&mut tx, user_id, farewell.home).await?;
        places.extend(own.into_iter().map(|id| (Some(WorkspaceId::new(id)), None)));
        let mut erased = Erased::All;
        for (workspace, user) in places {
            if erased == Erased::All {
                erased = erase_conversations(&mut tx, workspace, user).await?;
            }
            if erased == Erased::All {
                erased = erase_memories(&mut tx, workspace, user).await?;
            }
        }
        tx.commit().await?;
        Ok(erased)
    }

    /// Removes somebody who was shut out, with whatever is left of them and with the workspaces in which nobody else was;
    /// `false` if they are gone already.
    pub async fn finish_farewell(
        &self,
        farewell: &Farewell<'_>,
    ) -> Result<Result<bool, LastOwner>, Error> {
        let mut tx = self.system(Purpose::Installation).with_outbox().await?;
        let Farewell {
            user_id, home, by, ..
        } = farewell;
        lock_workspaces_of(&mut tx, *user_id, *home).await?;
        // Who became an owner meanwhile, or was left as the only one, is not to leave others without.
        let alone = owned_alone(&mut tx, *user_id).await?;
        if !alone.is_empty() {
            return Ok(Err(LastOwner(alone)));
        }
        let own = own_workspaces(&mut tx, *user_id, *home).await?;
        sqlx::query!("DELETE FROM workspaces WHERE id = ANY ($1)", &own)
            .execute(&mut *tx)
            .await?;
        let done = sqlx::query!("DELETE FROM users WHERE id = $1", user_id.uuid())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(Ok(false));
        }
        // Where somebody reads it: a workspace of their own may have gone with them.
        let by = Actor {
            workspace_id: *home,
            ..(*by).clone()
        };
        let (action, target) = ("user.delete", ("user", user_id.to_string()));
        let outcome = AuditOutcome::Done;
        note(&mut tx, &by, action, target, Some(farewell.reason), outcome).await?;
        tx.commit().await?;
        Ok(Ok(true))
    }
}

/// Whoever goes by themselves need not belong to the home workspace.
async fn standing_to(
    tx: &mut PgConnection,
    farewell: &Farewell<'_>,
) -> Result<Option<Standing>, Error> {
    let Farewell {
        user_id, home, by, ..
    } = farewell;
    let found = standing(tx, *home, by, *user_id).await?;
    let own = by.user_id == Some(*user_id);
    Ok(found.or_else(|| {
        own.then(|| Standing {
            by: "guest".to_owned(),
            of: None,
            owners: 0,
            own: true,
        })
    }))
}

/// The workspaces that nobody else belongs to, but for the home of the installation.
async fn own_workspaces(
    tx: &mut PgConnection,
    id: UserId,
    home: WorkspaceId,
) -> Result<Vec<Uuid>, Error> {
    let ids = sqlx::query_scalar!(
        "SELECT workspace_id
         FROM memberships m
         WHERE m.user_id = $1
           AND m.workspace_id <> $2
           AND NOT EXISTS (SELECT FROM memberships o
                           WHERE o.workspace_id = m.workspace_id AND o.user_id <> $1)",
        id.uuid(),
        home.uuid(),
    )
    .fetch_all(tx)
    .await?;
    Ok(ids)
}

/// The workspaces with other people of which somebody is the only owner that counts.
async fn owned_alone(tx: &mut PgConnection, id: UserId) -> Result<Vec<String>, Error> {
    let names = sqlx::query_scalar!(
        "SELECT w.name
         FROM memberships m
         JOIN workspaces w ON w.id = m.workspace_id
         WHERE m.user_id = $1
           AND m.role = 'owner'
           AND EXISTS (SELECT FROM memberships o WHERE o.workspace_id = m.workspace_id AND o.user_id <> $1)
           AND NOT EXISTS (SELECT FROM memberships o
                           JOIN users u ON u.id = o.user_id AND u.state = 'active'
                           WHERE o.workspace_id = m.workspace_id AND o.role = 'owner' AND o.user_id <> $1)
         ORDER BY lower(w.name)",
        id.uuid(),
    )
    .fetch_all(tx)
    .await?;
    Ok(names)
}
