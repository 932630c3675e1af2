//! Invitations: links that make whoever has one a member of a workspace, once. Only the SHA-256 of the secret in it is kept.

mod accept;
mod make;

use chrono::{DateTime, Utc};
use mosaic_domain::{InvitationId, TeamId, WorkspaceId};
use uuid::Uuid;

pub use accept::{Accepted, Guest, Newcomer};
pub use make::{Invited, NewInvitation};

use crate::standing::note;
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// How many a list shows, the newest.
const LISTED: i64 = 500;

/// An invitation as those see it who may invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Which.
    pub id: InvitationId,
    /// Only an account with this address may accept it.
    pub email: Option<String>,
    /// As what.
    pub role: String,
    /// A team that comes with it.
    pub team_id: Option<TeamId>,
    /// The name of whoever made it.
    pub inviter: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// `open`, `accepted`, `revoked` or `expired`.
    pub state: String,
}

/// An open invitation as whoever has its link sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInvitation {
    /// Where to.
    pub workspace_id: WorkspaceId,
    /// What the workspace is called.
    pub workspace: String,
    /// As what.
    pub role: String,
    /// Who invites.
    pub inviter: String,
    /// Only an account with this address may accept it.
    pub email: Option<String>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// Whether there is an account with that address.
    pub has_account: bool,
}

impl Storage {
    /// The invitations to a workspace, the newest first and only so many.
    pub async fn invitations(&self, workspace_id: WorkspaceId) -> Result<Vec<Invitation>, Error> {
        let mut tx = self.within(workspace_id).read().await?;
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id, email, role, team_id, inviter, created_at, expires_at,
                      CASE WHEN accepted_at IS NOT NULL THEN 'accepted'
                           WHEN revoked_at IS NOT NULL THEN 'revoked'
                           WHEN expires_at <= now() THEN 'expired'
                           ELSE 'open'
                      END AS "state!"
               FROM invitations
               WHERE workspace_id = $1
               ORDER BY created_at DESC, id DESC
               LIMIT $2"#,
            workspace_id.uuid(),
            LISTED,
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows.into_iter().map(Invitation::from).collect())
    }

    /// Takes an open invitation back; `false` if there is none, or not any more.
    pub async fn revoke_invitation(
        &self,
        workspace_id: WorkspaceId,
        id: InvitationId,
        by: &Actor,
    ) -> Result<bool, Error> {
        let mut tx = self.within(workspace_id).await?;
        let done = sqlx::query!(
            "UPDATE invitations
             SET revoked_at = now()
             WHERE id = $1 AND workspace_id = $2 AND accepted_at IS NULL AND revoked_at IS NULL",
            id.uuid(),
            workspace_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let target = ("invitation", id.to_string());
        let (action, outcome) = ("invitation.revoke", AuditOutcome::Done);
        note(&mut tx, by, action, target, None, outcome).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The open invitation with this secret.
    pub async fn open_invitation(
        &self,
        secret_hash: &[u8; 32],
    ) -> Result<Option<OpenInvitation>, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        let row = sqlx::query!(
            r#"SELECT w.id, w.name, i.role, i.inviter, i.email, i.expires_at,
                      EXISTS (SELECT FROM users u WHERE u.email_key = i.email_key) AS "has_account!"
               FROM invitations i
               JOIN workspaces w ON w.id = i.workspace_id
               WHERE i.secret_hash = $1
                 AND i.accepted_at IS NULL
                 AND i.revoked_at IS NULL
                 AND i.expires_at > now()"#,
            secret_hash.as_slice(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(row.map(|row| OpenInvitation {
            workspace_id: WorkspaceId::new(row.id),
            workspace: row.name,
            role: row.role,
            inviter: row.inviter,
            email: row.email,
            expires_at: row.expires_at,
            has_account: row.has_account,
        }))
    }
}

struct Row {
    id: Uuid,
    email: Option<String>,
    role: String,
    team_id: Option<Uuid>,
    inviter: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    state: String,
}

impl From<Row> for Invitation {
    fn from(row: Row) -> Self {
        let Row {
            id,
            email,
            role,
            team_id,
            inviter,
            created_at,
            expires_at,
            state,
        } = row;
        Self {
            id: InvitationId::new(id),
            email,
            role,
            team_id: team_id.map(TeamId::new),
            inviter,
            created_at,
            expires_at,
            state,
        }
    }
}
