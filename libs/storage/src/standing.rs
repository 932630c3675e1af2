//! Who stands how to whom, as of a moment in which nobody else can change it: whoever changes memberships or the state of people
//! holds the rows of the workspaces that this is about, so that two owners who leave at once see each other.

use mosaic_domain::{UserId, WorkspaceId};
use sqlx::PgConnection;

use crate::audit::{self, NewAudit};
use crate::{Actor, AuditOutcome, Error, Storage};

/// What somebody's wish to change the standing of somebody is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The role of whoever wishes it.
    pub by: String,
    /// The role of whom it is about; none if they do not belong to the workspace.
    pub of: Option<String>,
    /// The owners that count: those who can sign in, and whom it is about if they are one.
    pub owners: u32,
    /// Whether it is about themselves.
    pub own: bool,
}

/// What became of a wish that was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged<T, R> {
    /// It is so now.
    Done(T),
    /// There is nothing that it could be about.
    Missing,
    /// The judge refused; it is written down.
    Refused(R),
}

/// Keeps everybody else from changing who belongs to a workspace; `false` if there is none.
pub(crate) async fn lock_workspace(tx: &mut PgConnection, id: WorkspaceId) -> Result<bool, Error> {
    let found = sqlx::query_scalar!(
        "SELECT id FROM workspaces WHERE id = $1 FOR NO KEY UPDATE",
        id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// The same for every workspace of a person, and for one more.
pub(crate) async fn lock_workspaces_of(
    tx: &mut PgConnection,
    user_id: UserId,
    and: WorkspaceId,
) -> Result<(), Error> {
    sqlx::query!(
        "SELECT id
         FROM workspaces
         WHERE id = $2 OR id IN (SELECT workspace_id FROM memberships WHERE user_id = $1)
         ORDER BY id
         FOR NO KEY UPDATE",
        user_id.uuid(),
        and.uuid(),
    )
    .fetch_all(tx)
    .await?;
    Ok(())
}

/// How somebody stands to somebody in a workspace that is locked; `None` if the former has no say there any more.
pub(crate) async fn standing(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    by: &Actor,
    of: UserId,
) -> Result<Option<Standing>, Error> {
    let Some(by) = by.user_id else {
        return Ok(None);
    };
    let row = sqlx::query!(
        r#"SELECT (SELECT m.role
                   FROM memberships m
                   JOIN users u ON u.id = m.user_id AND u.state = 'active'
                   WHERE m.workspace_id = $1 AND m.user_id = $2) AS by,
                  (SELECT m.role
                   FROM memberships m
                   WHERE m.workspace_id = $1 AND m.user_id = $3) AS of,
                  (SELECT count(*)
                   FROM memberships m
                   JOIN users u ON u.id = m.user_id
                   WHERE m.workspace_id = $1 AND m.role = 'owner'
                     AND (u.state = 'active' OR u.id = $3)) AS "owners!""#,
        workspace_id.uuid(),
        by.uuid(),
        of.uuid(),
    )
    .fetch_one(tx)
    .await?;
    Ok(row.by.map(|role| Standing {
        by: role,
        of: row.of,
        owners: u32::try_from(row.owners).unwrap_or(u32::MAX),
        own: by == of,
    }))
}

impl Storage {
    /// How somebody stands to somebody in a workspace now; whoever changes something by it asks again under a lock.
    pub async fn standing(
        &self,
        workspace_id: WorkspaceId,
        by: &Actor,
        of: UserId,
    ) -> Result<Option<Standing>, Error> {
        let mut tx = self.within(workspace_id).read().await?;
        standing(&mut tx, workspace_id, by, of).await
    }
}

/// Asks whoever holds runs of a person to stop them, everywhere or in one workspace: should nobody get to killing them, the
/// heartbeat of their worker finds this.
pub(crate) async fn ask_to_stop(
    tx: &mut PgConnection,
    user_id: UserId,
    workspace_id: Option<WorkspaceId>,
    reason: &str,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE runs
         SET cancel_reason = $3
         WHERE owner_id = $1
           AND workspace_id = COALESCE($2, workspace_id)
           AND state = 'running'
           AND cancel_reason IS NULL",
        user_id.uuid(),
        workspace_id.map(WorkspaceId::uuid),
        reason,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes back the open invitations of somebody, everywhere or in one workspace, except to these roles.
pub(crate) async fn withdraw_invitations(
    tx: &mut PgConnection,
    inviter: UserId,
    workspace_id: Option<WorkspaceId>,
    except: &[String],
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE invitations
         SET revoked_at = now()
         WHERE inviter_id = $1
           AND workspace_id = COALESCE($2, workspace_id)
           AND accepted_at IS NULL
           AND revoked_at IS NULL
           AND role <> ALL ($3)",
        inviter.uuid(),
        workspace_id.map(WorkspaceId::uuid),
        except,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes back the open invitations that are bound to the address of somebody, everywhere or to one workspace: who was sent two has
/// one left, which would let them in again after they were put out.
pub(crate) async fn withdraw_invitations_to(
    tx: &mut PgConnection,
    invited: UserId,
    workspace_id: Option<WorkspaceId>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE invitations
         SET revoked_at = now()
         WHERE id IN (SELECT i.id
                      FROM invitations i
                      JOIN users u ON u.email_key = i.email_key
                      WHERE u.id = $1
                        AND i.workspace_id = COALESCE($2, i.workspace_id)
                        AND i.accepted_at IS NULL
                        AND i.revoked_at IS NULL
                      -- Who accepts one just now holds it, and waits for their account to find out that it is shut.
                      FOR NO KEY UPDATE OF i SKIP LOCKED)",
        invited.uuid(),
        workspace_id.map(WorkspaceId::uuid),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes down what was done, or refused.
pub(crate) async fn note(
    tx: &mut PgConnection,
    by: &Actor,
    action: &str,
    target: (&str, String),
    reason: Option<&str>,
    outcome: AuditOutcome,
) -> Result<(), Error> {
    let entry = NewAudit {
        by,
        action,
        target,
        reason,
        outcome,
    };
    audit::insert(tx, &entry).await
}
