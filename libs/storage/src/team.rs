//! Teams: people of a workspace who work together. A team's name and people are changed by who runs it, or the workspace.

mod change;

use chrono::{DateTime, Utc};
use mosaic_domain::{TeamId, UserId, WorkspaceId};
use sqlx::PgConnection;

pub use change::{TeamChange, TeamStanding};

use crate::standing::{lock_workspace, note};
use crate::{Actor, AuditOutcome, Error, Storage};

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Which.
    pub id: TeamId,
    /// What it is called.
    pub name: String,
    /// Since when it exists.
    pub created_at: DateTime<Utc>,
    /// Who belongs to it, by name.
    pub members: Vec<TeamMember>,
}

/// Somebody of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMember {
    /// Who.
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// As what they belong to it: `owner`, `admin` or `member`.
    pub role: String,
}

/// Whether a team could get this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// It has it.
    Done,
    /// Another team of the workspace has it.
    Taken,
}

impl Storage {
    /// The teams of a workspace by name; only one if one is named.
    pub async fn teams(
        &self,
        workspace_id: WorkspaceId,
        only: Option<TeamId>,
    ) -> Result<Vec<Team>, Error> {
        let mut tx = self.within(workspace_id).read().await?;
        list(&mut tx, workspace_id, only).await
    }

    /// Makes a team without anybody in it.
    pub async fn create_team(
        &self,
        workspace_id: WorkspaceId,
        id: TeamId,
        name: &str,
        by: &Actor,
    ) -> Result<Named, Error> {
        let mut tx = self.within(workspace_id).await?;
        lock_workspace(&mut tx, workspace_id).await?;
        let done = sqlx::query!(
            "INSERT INTO teams (id, workspace_id, name)
             VALUES ($1, $2, $3)
             ON CONFLICT (workspace_id, lower(name)) DO NOTHING",
            id.uuid(),
            workspace_id.uuid(),
            name,
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(Named::Taken);
        }
        let target = ("team", id.to_string());
        note(
            &mut tx,
            by,
            "team.create",
            target,
            Some(name),
            AuditOutcome::Done,
        )
        .await?;
        tx.commit().await?;
        Ok(Named::Done)
    }
}

pub(crate) async fn insert_member(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    id: TeamId,
    user_id: UserId,
    role: &str,
) -> Result<bool, Error> {
    let done = sqlx::query!(
        "INSERT INTO team_members (team_id, workspace_id, user_id, role)
         SELECT $1, $2, user_id, $4
         FROM memberships
         WHERE workspace_id = $2 AND user_id = $3
         ON CONFLICT (team_id, user_id) DO UPDATE SET role = EXCLUDED.role",
        id.uuid(),
        workspace_id.uuid(),
        user_id.uuid(),
        role,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn list(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    only: Option<TeamId>,
) -> Result<Vec<Team>, Error> {
    let rows = sqlx::query!(
        "SELECT id, name, created_at
         FROM teams
         WHERE workspace_id = $1 AND id = COALESCE($2, id)
         ORDER BY lower(name)",
        workspace_id.uuid(),
        only.map(TeamId::uuid),
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut people = sqlx::query!(
        "SELECT p.team_id, p.user_id, u.name, p.role
         FROM team_members p
         JOIN users u ON u.id = p.user_id
         WHERE p.workspace_id = $1 AND p.team_id = COALESCE($2, p.team_id)
         ORDER BY lower(u.name), u.id",
        workspace_id.uuid(),
        only.map(TeamId::uuid),
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let own = people.extract_if(.., |person| person.team_id == row.id);
            let own = own.map(|person| TeamMember {
                user_id: UserId::new(person.user_id),
                name: person.name,
                role: person.role,
            });
            Team {
                id: TeamId::new(row.id),
                name: row.name,
                created_at: row.created_at,
                members: own.collect(),
            }
        })
        .collect())
}
