//! Changing a team: its name, its people, its end.

use mosaic_domain::{TeamId, UserId, WorkspaceId};
use sqlx::PgConnection;

use super::{Named, insert_member};
use crate::standing::{Judged, lock_workspace, note};
use crate::{Actor, AuditOutcome, Error, Storage};

/// What a wish to change a team is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamStanding {
    /// The role in the workspace of whoever wishes it.
    pub workspace: String,
    /// Their role in the team, if they belong to it.
    pub by: Option<String>,
    /// The role in the team of whom it is about, if they belong to it.
    pub of: Option<String>,
    /// The team's owners that count: those who can sign in, and whom it is about if they are one.
    pub owners: u32,
    /// Whether it is about themselves.
    pub own: bool,
}

/// What is done to a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeamChange<'a> {
    /// It gets this name.
    Rename(&'a str),
    /// It is deleted.
    Delete,
    /// Somebody of the workspace gets this role in it.
    Admit(UserId, &'a str),
    /// Somebody does not belong to it any more.
    Dismiss(UserId),
}

impl Storage {
    /// Changes a team, if the judge allows it. Somebody who does not belong to the workspace, or who is to be dismissed and does
    /// not belong to the team, is missing.
    pub async fn change_team<R>(
        &self,
        workspace_id: WorkspaceId,
        id: TeamId,
        change: TeamChange<'_>,
        by: &Actor,
        judge: impl FnOnce(&TeamStanding) -> Result<(), R> + Send,
    ) -> Result<Judged<Named, R>, Error> {
        let mut tx = self.within(workspace_id).await?;
        lock_workspace(&mut tx, workspace_id).await?;
        let Some(facts) = standing(&mut tx, workspace_id, id, by, change.about()).await? else {
            return Ok(Judged::Missing);
        };
        if matches!(change, TeamChange::Dismiss(_)) && facts.of.is_none() {
            return Ok(Judged::Missing);
        }
        let (action, target) = (change.action(), ("team", id.to_string()));
        let said = change.says();
        if let Err(refused) = judge(&facts) {
            let outcome = AuditOutcome::Denied;
            note(&mut tx, by, action, target, said.as_deref(), outcome).await?;
            tx.commit().await?;
            return Ok(Judged::Refused(refused));
        }
        match apply(&mut tx, workspace_id, id, change).await? {
            Applied::Done => {}
            Applied::Taken => return Ok(Judged::Done(Named::Taken)),
            Applied::Missing => return Ok(Judged::Missing),
        }
        let outcome = AuditOutcome::Done;
        note(&mut tx, by, action, target, said.as_deref(), outcome).await?;
        tx.commit().await?;
        Ok(Judged::Done(Named::Done))
    }
}

impl TeamChange<'_> {
    const fn about(self) -> Option<UserId> {
        match self {
            Self::Rename(_) | Self::Delete => None,
            Self::Admit(user_id, _) | Self::Dismiss(user_id) => Some(user_id),
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::Rename(_) => "team.rename",
            Self::Delete => "team.delete",
            Self::Admit(..) => "team.admit",
            Self::Dismiss(_) => "team.dismiss",
        }
    }

    /// What is written down beside the action.
    fn says(self) -> Option<String> {
        match self {
            Self::Rename(name) => Some(name.to_owned()),
            Self::Delete => None,
            Self::Admit(user_id, role) => Some(format!("user {user_id} as {role}")),
            Self::Dismiss(user_id) => Some(format!("user {user_id}")),
        }
    }
}

enum Applied {
    Done,
    Taken,
    Missing,
}

async fn apply(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    id: TeamId,
    change: TeamChange<'_>,
) -> Result<Applied, Error> {
    match change {
        TeamChange::Rename(name) => rename(tx, workspace_id, id, name).await,
        TeamChange::Delete => {
            sqlx::query!("DELETE FROM teams WHERE id = $1", id.uuid())
                .execute(tx)
                .await?;
            Ok(Applied::Done)
        }
        TeamChange::Admit(user_id, role) => admit(tx, workspace_id, id, user_id, role).await,
        TeamChange::Dismiss(user_id) => {
            sqlx::query!(
                "DELETE FROM team_members WHERE team_id = $1 AND user_id = $2",
                id.uuid(),
                user_id.uuid(),
            )
            .execute(tx)
            .await?;
            Ok(Applied::Done)
        }
    }
}

/// The workspace is locked, so that nobody else takes the name meanwhile.
async fn rename(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    id: TeamId,
    name: &str,
) -> Result<Applied, Error> {
    let done = sqlx::query!(
        "UPDATE teams
         SET name = $3
         WHERE id = $1
           AND NOT EXISTS (SELECT FROM teams t
                           WHERE t.workspace_id = $2 AND lower(t.name) = lower($3) AND t.id <> $1)",
        id.uuid(),
        workspace_id.uuid(),
        name,
    )
    .execute(tx)
    .await?;
    Ok(if done.rows_affected() > 0 {
        Applied::Done
    } else {
        Applied::Taken
    })
}

async fn admit(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    id: TeamId,
    user_id: UserId,
    role: &str,
) -> Result<Applied, Error> {
    let done = insert_member(tx, workspace_id, id, user_id, role).await?;
    Ok(if done {
        Applied::Done
    } else {
        Applied::Missing
    })
}

async fn standing(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    id: TeamId,
    by: &Actor,
    of: Option<UserId>,
) -> Result<Option<TeamStanding>, Error> {
    let Some(by) = by.user_id else {
        return Ok(None);
    };
    let row = sqlx::query!(
        r#"SELECT (SELECT m.role
                   FROM memberships m
                   JOIN users u ON u.id = m.user_id AND u.state = 'active'
                   WHERE m.workspace_id = $2 AND m.user_id = $3) AS workspace,
                  (SELECT p.role FROM team_members p WHERE p.team_id = t.id AND p.user_id = $3) AS by,
                  (SELECT p.role FROM team_members p WHERE p.team_id = t.id AND p.user_id = $4) AS of,
                  (SELECT count(*)
                   FROM team_members p
                   JOIN users u ON u.id = p.user_id
                   WHERE p.team_id = t.id AND p.role = 'owner'
                     AND (u.state = 'active' OR u.id = $4)) AS "owners!"
           FROM teams t
           WHERE t.id = $1 AND t.workspace_id = $2
           FOR NO KEY UPDATE OF t"#,
        id.uuid(),
        workspace_id.uuid(),
        by.uuid(),
        of.map(UserId::uuid),
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(|row| {
        Some(TeamStanding {
            workspace: row.workspace?,
            by: row.by,
            of: row.of,
            owners: u32::try_from(row.owners).unwrap_or(u32::MAX),
            own: of == Some(by),
        })
    }))
}
