//! Who belongs to a workspace, and as what.

use chrono::{DateTime, Utc};
use mosaic_domain::{TeamId, UserId, WorkspaceId};
use sqlx::PgConnection;

use crate::standing::{
    Judged, Standing, ask_to_stop, lock_workspace, note, standing, withdraw_invitations,
    withdraw_invitations_to,
};
use crate::{Actor, AuditOutcome, Error, Storage};

/// Somebody who belongs to a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// As what they belong, e.g. `owner`.
    pub role: String,
    /// `active`, `deactivated` or `banned`.
    pub state: String,
    /// Since when they belong.
    pub created_at: DateTime<Utc>,
    /// Their teams there.
    pub teams: Vec<MemberTeam>,
}

/// A team of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberTeam {
    /// Which.
    pub id: TeamId,
    /// What it is called.
    pub name: String,
    /// As what they belong to it.
    pub role: String,
}

/// A role that somebody is to have.
#[derive(Debug, Clone)]
pub struct NewRole<'a> {
    /// Where.
    pub workspace_id: WorkspaceId,
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub role: &'a str,
    /// The roles to which they may invite from then on; their open invitations to others are taken back.
    pub invites_to: &'a [String],
}

impl Storage {
    /// Everybody who belongs to a workspace, by name; only one person if one is named.
    pub async fn members(
        &self,
        workspace_id: WorkspaceId,
        only: Option<UserId>,
    ) -> Result<Vec<Member>, Error> {
        let mut tx = self.within(workspace_id).read().await?;
        list(&mut tx, workspace_id, only).await
    }

    /// Gives a member another role, if the judge allows it.
    pub async fn change_role<R>(
        &self,
        new: &NewRole<'_>,
        by: &Actor,
        judge: impl FnOnce(&Standing) -> Result<(), R> + Send,
    ) -> Result<Judged<(), R>, Error> {
        let mut tx = self.within(new.workspace_id).await?;
        lock_workspace(&mut tx, new.workspace_id).await?;
        let facts = standing(&mut tx, new.workspace_id, by, new.user_id).await?;
        let Some((facts, of)) = facts.and_then(|facts| Some((facts.clone(), facts.of?))) else {
            return Ok(Judged::Missing);
        };
        let target = ("user", new.user_id.to_string());
        let said = format!("from {of} to {}", new.role);
        if let Err(refused) = judge(&facts) {
            let outcome = AuditOutcome::Denied;
            note(&mut tx, by, "member.role", target, Some(&said), outcome).await?;
            tx.commit().await?;
            return Ok(Judged::Refused(refused));
        }
        sqlx::query!(
            "UPDATE memberships SET role = $3 WHERE workspace_id = $1 AND user_id = $2",
            new.workspace_id.uuid(),
            new.user_id.uuid(),
            new.role,
        )
        .execute(&mut *tx)
        .await?;
        let workspace = Some(new.workspace_id);
        withdraw_invitations(&mut tx, new.user_id, workspace, new.invites_to).await?;
        let outcome = if of == new.role {
            AuditOutcome::Unchanged
        } else {
            AuditOutcome::Done
        };
        note(&mut tx, by, "member.role", target, Some(&said), outcome).await?;
        tx.commit().await?;
        Ok(Judged::Done(()))
    }

    /// Takes somebody out of a workspace, or has them leave, if the judge allows it. Their tokens, sessions and linked accounts
    /// there go with it; what they said stays, unseen. `reason` is shown where their runs end.
    pub async fn remove_member<R>(
        &self,
        workspace_id: WorkspaceId,
        user_id: UserId,
        by: &Actor,
        reason: &str,
        judge: impl FnOnce(&Standing) -> Result<(), R> + Send,
    ) -> Result<Judged<(), R>, Error> {
        let mut tx = self.within(workspace_id).await?;
        lock_workspace(&mut tx, workspace_id).await?;
        let facts = standing(&mut tx, workspace_id, by, user_id).await?;
        let Some(facts) = facts.filter(|facts| facts.of.is_some()) else {
            return Ok(Judged::Missing);
        };
        let action = if facts.own {
            "member.leave"
        } else {
            "member.remove"
        };
        let target = ("user", user_id.to_string());
        let why = Some(reason);
        if let Err(refused) = judge(&facts) {
            note(&mut tx, by, action, target, why, AuditOutcome::Denied).await?;
            tx.commit().await?;
            return Ok(Judged::Refused(refused));
        }
        leave(&mut tx, workspace_id, user_id, reason).await?;
        note(&mut tx, by, action, target, why, AuditOutcome::Done).await?;
        tx.commit().await?;
        Ok(Judged::Done(()))
    }
}

/// Ends a membership, and with it whatever came of it.
pub(crate) async fn leave(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    user_id: UserId,
    reason: &str,
) -> Result<(), Error> {
    // Before they are out of the workspace's sight.
    withdraw_invitations_to(tx, user_id, Some(workspace_id)).await?;
    sqlx::query!(
        "DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2",
        workspace_id.uuid(),
        user_id.uuid(),
    )
    .execute(&mut *tx)
    .await?;
    withdraw_invitations(tx, user_id, Some(workspace_id), &[]).await?;
    ask_to_stop(tx, user_id, Some(workspace_id), reason).await
}

async fn list(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    only: Option<UserId>,
) -> Result<Vec<Member>, Error> {
    let rows = sqlx::query!(
        "SELECT m.user_id, u.name, u.email, m.role, u.state, m.created_at
         FROM memberships m
         JOIN users u ON u.id = m.user_id
         WHERE m.workspace_id = $1 AND m.user_id = COALESCE($2, m.user_id)
         ORDER BY lower(u.name), u.id",
        workspace_id.uuid(),
        only.map(UserId::uuid),
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut teams = sqlx::query!(
        "SELECT p.user_id, t.id, t.name, p.role
         FROM team_members p
         JOIN teams t ON t.id = p.team_id
         WHERE p.workspace_id = $1 AND p.user_id = COALESCE($2, p.user_id)
         ORDER BY lower(t.name)",
        workspace_id.uuid(),
        only.map(UserId::uuid),
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let own = teams.extract_if(.., |team| team.user_id == row.user_id);
            let own = own.map(|team| MemberTeam {
                id: TeamId::new(team.id),
                name: team.name,
                role: team.role,
            });
            Member {
                user_id: UserId::new(row.user_id),
                name: row.name,
                email: row.email,
                role: row.role,
                state: row.state,
                created_at: row.created_at,
                teams: own.collect(),
            }
        })
        .collect())
}
