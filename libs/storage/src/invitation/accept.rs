//! Accepting an invitation: the row is locked, so that of two who accept at once one wins and the other finds nothing.

use std::net::IpAddr;

use mosaic_domain::{Scope, TeamId, UserId, WorkspaceId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::standing::{lock_workspace, note};
use crate::team::insert_member;
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// Whoever accepts.
#[derive(Debug, Clone)]
pub enum Guest<'a> {
    /// Somebody who has an account, and has proved to be who they are.
    Known(UserId),
    /// Somebody who gets one.
    New(Newcomer<'a>),
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct Newcomer<'a> {
    /// Its id.
    pub id: UserId,
    /// What they are called.
    pub name: &'a str,
    /// Where they are written to. Counts as verified where the invitation is bound to it and somebody made it who vouches for
    /// addresses.
    pub email: &'a str,
    /// The hash of their password.
    pub password_hash: &'a str,
}

/// What became of an attempt to accept an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// They belong to the workspace now.
    Done(Scope),
    /// There is no open invitation with this secret, or not for whoever can sign in.
    Missing,
    /// It is meant for another address.
    OtherEmail,
    /// They belong to the workspace already; the invitation stays open.
    MemberAlready,
    /// There is an account with this address: who has it signs in.
    HasAccount,
}

struct Open {
    id: Uuid,
    workspace_id: WorkspaceId,
    email: Option<String>,
    role: String,
    team_id: Option<TeamId>,
    /// Whether whoever made it vouches for the address: they run the installation, and could make the account themselves.
    vouched: bool,
}

impl Storage {
    /// Makes whoever has the secret of an open invitation a member of its workspace.
    pub async fn accept_invitation(
        &self,
        secret_hash: &[u8; 32],
        guest: &Guest<'_>,
        address: Option<IpAddr>,
    ) -> Result<Accepted, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let Some(open) = lock(&mut tx, secret_hash).await? else {
            return Ok(Accepted::Missing);
        };
        let found = match guest {
            Guest::Known(id) => known(&mut tx, &open, *id).await?,
            Guest::New(new) => admit(&mut tx, &open, new).await?,
        };
        let (user_id, name) = match found {
            Ok(person) => person,
            Err(refused) => return Ok(refused),
        };
        let done = sqlx::query!(
            "INSERT INTO memberships (workspace_id, user_id, role)
             VALUES ($1, $2, $3)
             ON CONFLICT (workspace_id, user_id) DO NOTHING",
            open.workspace_id.uuid(),
            user_id.uuid(),
            open.role,
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(Accepted::MemberAlready);
        }
        if let Some(team_id) = open.team_id {
            insert_member(&mut tx, open.workspace_id, team_id, user_id, "member").await?;
        }
        let by = Actor {
            workspace_id: open.workspace_id,
            user_id: Some(user_id),
            name,
            address,
        };
        close(&mut tx, &open, &by).await?;
        tx.commit().await?;
        Ok(Accepted::Done(Scope {
            workspace_id: open.workspace_id,
            user_id,
        }))
    }
}

/// Holds the workspace before the invitation, as whoever takes invitations back with a membership does.
async fn lock(tx: &mut PgConnection, secret_hash: &[u8; 32]) -> Result<Option<Open>, Error> {
    let workspace = sqlx::query_scalar!(
        "SELECT workspace_id FROM invitations WHERE secret_hash = $1",
        secret_hash.as_slice(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(workspace_id) = workspace.map(WorkspaceId::new) else {
        return Ok(None);
    };
    lock_workspace(tx, workspace_id).await?;
    find(tx, workspace_id, secret_hash).await
}

/// Whoever invites is shown the secret as well, so that having it proves an address to nobody: an admin of some workspace could
/// else make the account of anybody, and wait until they sign in to it at an identity provider.
async fn find(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    secret_hash: &[u8; 32],
) -> Result<Option<Open>, Error> {
    let row = sqlx::query!(
        r#"SELECT i.id, i.email, i.role, i.team_id,
                  EXISTS (SELECT FROM memberships m
                          JOIN users u ON u.id = m.user_id AND u.state = 'active'
                          WHERE m.user_id = i.inviter_id
                            AND m.role IN ('owner', 'admin')
                            AND m.workspace_id = (SELECT h.id FROM workspaces h
                                                  ORDER BY h.created_at, h.id LIMIT 1)) AS "vouched!"
           FROM invitations i
           WHERE i.secret_hash = $1
             AND i.accepted_at IS NULL
             AND i.revoked_at IS NULL
             AND i.expires_at > now()
           FOR NO KEY UPDATE OF i"#,
        secret_hash.as_slice(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Open {
        id: row.id,
        workspace_id,
        email: row.email,
        role: row.role,
        team_id: row.team_id.map(TeamId::new),
        vouched: row.vouched,
    }))
}

type Person = (UserId, String);

/// Somebody who has an account. They cannot be deactivated before this is done.
async fn known(
    tx: &mut PgConnection,
    open: &Open,
    id: UserId,
) -> Result<Result<Person, Accepted>, Error> {
    let row = sqlx::query!(
        r#"SELECT name, ($2::text IS NULL OR email_key IS NOT DISTINCT FROM lower($2)) AS "meant!"
           FROM users
           WHERE id = $1 AND state = 'active'
           FOR SHARE"#,
        id.uuid(),
        open.email,
    )
    .fetch_optional(tx)
    .await?;
    Ok(match row {
        None => Err(Accepted::Missing),
        Some(row) if !row.meant => Err(Accepted::OtherEmail),
        Some(row) => Ok((id, row.name)),
    })
}

/// Somebody who gets an account. The address of an invitation is theirs as far as whoever made it vouches for that.
async fn admit(
    tx: &mut PgConnection,
    open: &Open,
    new: &Newcomer<'_>,
) -> Result<Result<Person, Accepted>, Error> {
    let verified = match &open.email {
        None => false,
        Some(email) if email.to_lowercase() == new.email.to_lowercase() => open.vouched,
        Some(_) => return Ok(Err(Accepted::OtherEmail)),
    };
    let done = sqlx::query!(
        "INSERT INTO users (id, name, email, email_verified_at, password_hash, password_set_at)
         VALUES ($1, $2, $3, CASE WHEN $5 THEN now() END, $4, now())
         ON CONFLICT (email_key) DO NOTHING",
        new.id.uuid(),
        new.name,
        new.email,
        new.password_hash,
        verified,
    )
    .execute(tx)
    .await?;
    Ok(if done.rows_affected() == 0 {
        Err(Accepted::HasAccount)
    } else {
        Ok((new.id, new.name.to_owned()))
    })
}

async fn close(tx: &mut PgConnection, open: &Open, by: &Actor) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE invitations SET accepted_at = now(), accepted_by = $2 WHERE id = $1",
        open.id,
        by.user_id.map(UserId::uuid),
    )
    .execute(&mut *tx)
    .await?;
    let target = ("invitation", open.id.to_string());
    let said = format!("as {}", open.role);
    let (action, outcome) = ("invitation.accept", AuditOutcome::Done);
    note(tx, by, action, target, Some(&said), outcome).await
}
