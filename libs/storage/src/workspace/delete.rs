//! Deleting a workspace, in three steps, each of which may be done again: everybody else is put out, what was said there is
//! removed piece by piece, and the rest goes with the workspace itself. Whoever deletes it keeps their access until the last
//! step, so that they can go on with what a crash left.

use mosaic_domain::WorkspaceId;

use crate::erase::{Erased, erase_conversations, erase_memories};
use crate::standing::{Judged, Standing, lock_workspace, note, standing};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

impl Storage {
    /// Puts everybody out of a workspace but whoever deletes it, if the judge allows that. Their tokens, sessions and linked
    /// accounts there go, and whoever holds runs there is asked to stop them.
    pub async fn close_workspace<R>(
        &self,
        id: WorkspaceId,
        by: &Actor,
        reason: &str,
        judge: impl FnOnce(&Standing) -> Result<(), R> + Send,
    ) -> Result<Judged<(), R>, Error> {
        let mut tx = self.within(id).await?;
        lock_workspace(&mut tx, id).await?;
        let Some(user_id) = by.user_id else {
            return Ok(Judged::Missing);
        };
        let Some(facts) = standing(&mut tx, id, by, user_id).await? else {
            return Ok(Judged::Missing);
        };
        let (action, target) = ("workspace.delete", ("workspace", id.to_string()));
        if let Err(refused) = judge(&facts) {
            note(
                &mut tx,
                by,
                action,
                target,
                Some(reason),
                AuditOutcome::Denied,
            )
            .await?;
            tx.commit().await?;
            return Ok(Judged::Refused(refused));
        }
        sqlx::query!("DELETE FROM invitations WHERE workspace_id = $1", id.uuid())
            .execute(&mut *tx)
            .await?;
        sqlx::query!(
            "DELETE FROM memberships WHERE workspace_id = $1 AND user_id <> $2",
            id.uuid(),
            user_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "UPDATE runs
             SET cancel_reason = $2
             WHERE workspace_id = $1 AND state = 'running' AND cancel_reason IS NULL",
            id.uuid(),
            reason,
        )
        .execute(&mut *tx)
        .await?;
        note(
            &mut tx,
            by,
            action,
            target,
            Some(reason),
            AuditOutcome::Requested,
        )
        .await?;
        tx.commit().await?;
        Ok(Judged::Done(()))
    }

    /// Removes a piece of what was said and is remembered in a workspace that is closed; whether more is left.
    pub async fn erase_in_workspace(&self, id: WorkspaceId) -> Result<Erased, Error> {
        let mut tx = self.system(Purpose::Installation).with_outbox().await?;
        let mut erased = erase_conversations(&mut tx, Some(id), None).await?;
        if erased == Erased::All {
            erased = erase_memories(&mut tx, Some(id), None).await?;
        }
        tx.commit().await?;
        Ok(erased)
    }

    /// Removes a workspace and whatever is left in it; never the home of the installation.
    pub async fn delete_workspace(
        &self,
        id: WorkspaceId,
        by: &Actor,
        reason: &str,
    ) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Installation).with_outbox().await?;
        lock_workspace(&mut tx, id).await?;
        sqlx::query!(
            "DELETE FROM outbox WHERE kind = 'job' AND workspace_id = $1",
            id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        let home = sqlx::query_scalar!(
            r#"DELETE FROM workspaces
               WHERE id = $1
                 AND id <> (SELECT id FROM workspaces ORDER BY created_at, id LIMIT 1)
               RETURNING (SELECT id FROM workspaces ORDER BY created_at, id LIMIT 1) AS "home!""#,
            id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(home) = home else { return Ok(false) };
        // Where somebody reads it: the log of the workspace itself has lost its readers.
        let by = Actor {
            workspace_id: WorkspaceId::new(home),
            ..by.clone()
        };
        let (action, target) = ("workspace.delete", ("workspace", id.to_string()));
        note(
            &mut tx,
            &by,
            action,
            target,
            Some(reason),
            AuditOutcome::Done,
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }
}
