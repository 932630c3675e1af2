//! Workspaces: the tenants. The first one is the home of the installation and is never deleted.

mod delete;

use chrono::{DateTime, Utc};
use mosaic_domain::{UserId, WorkspaceId};

use crate::standing::{Judged, Standing, lock_workspace, note, standing};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// A workspace as one of its people sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Which.
    pub id: WorkspaceId,
    /// What it is called.
    pub name: String,
    /// As what they belong to it.
    pub role: String,
    /// Whether it is the home of the installation.
    pub home: bool,
    /// Since when it exists.
    pub created_at: DateTime<Utc>,
}

impl Storage {
    /// The workspaces that a person belongs to, by name.
    pub async fn workspaces_of(&self, user_id: UserId) -> Result<Vec<Workspace>, Error> {
        let mut tx = self.system(Purpose::Installation).read().await?;
        let rows = sqlx::query!(
            r#"SELECT w.id, w.name, m.role, w.created_at,
                      w.id = (SELECT h.id FROM workspaces h ORDER BY h.created_at, h.id LIMIT 1) AS "home!"
               FROM memberships m
               JOIN workspaces w ON w.id = m.workspace_id
               WHERE m.user_id = $1
               ORDER BY lower(w.name), w.id"#,
            user_id.uuid(),
        )
        .fetch_all(&mut *tx)
        .await?;
        let workspaces = rows.into_iter().map(|row| Workspace {
            id: WorkspaceId::new(row.id),
            name: row.name,
            role: row.role,
            home: row.home,
            created_at: row.created_at,
        });
        Ok(workspaces.collect())
    }

    /// Makes a workspace that belongs to whoever makes it.
    pub async fn create_workspace(
        &self,
        id: WorkspaceId,
        name: &str,
        owner: UserId,
        by: &Actor,
    ) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Installation).await?;
        sqlx::query!(
            "INSERT INTO workspaces (id, name) VALUES ($1, $2)",
            id.uuid(),
            name,
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, 'owner')",
            id.uuid(),
            owner.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        let target = ("workspace", id.to_string());
        let (action, said) = ("workspace.create", Some(name));
        note(&mut tx, by, action, target, said, AuditOutcome::Done).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a workspace another name, if the judge allows it.
    pub async fn rename_workspace<R>(
        &self,
        id: WorkspaceId,
        name: &str,
        by: &Actor,
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
        let (action, target) = ("workspace.rename", ("workspace", id.to_string()));
        if let Err(refused) = judge(&facts) {
            note(
                &mut tx,
                by,
                action,
                target,
                Some(name),
                AuditOutcome::Denied,
            )
            .await?;
            tx.commit().await?;
            return Ok(Judged::Refused(refused));
        }
        sqlx::query!(
            "UPDATE workspaces SET name = $2 WHERE id = $1",
            id.uuid(),
            name,
        )
        .execute(&mut *tx)
        .await?;
        note(&mut tx, by, action, target, Some(name), AuditOutcome::Done).await?;
        tx.commit().await?;
        Ok(Judged::Done(()))
    }
}
