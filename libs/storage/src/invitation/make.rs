//! Making an invitation.

use std::time::Duration;

use mosaic_domain::{InvitationId, TeamId, UserId, WorkspaceId};
use sqlx::PgConnection;

use super::Invitation;
use crate::standing::{Judged, Standing, lock_workspace, note, standing};
use crate::{Actor, AuditOutcome, Error, Storage};

/// Open invitations that one workspace may have.
const MOST_OPEN: i64 = 500;

/// An invitation to be made.
#[derive(Debug, Clone)]
pub struct NewInvitation<'a> {
    /// Its id.
    pub id: InvitationId,
    /// Where to.
    pub workspace_id: WorkspaceId,
    /// Only an account with this address may accept it.
    pub email: Option<&'a str>,
    /// As what.
    pub role: &'a str,
    /// A team of the workspace that comes with it.
    pub team_id: Option<TeamId>,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// It ends after this time.
    pub lifetime: Duration,
}

/// What became of an invitation that was to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invited {
    /// It is there.
    Done(Box<Invitation>),
    /// The team is none of the workspace.
    NoSuchTeam,
    /// Somebody with this address belongs to the workspace already.
    MemberAlready,
    /// The workspace has as many open ones as it may have.
    TooMany,
}

impl Storage {
    /// Makes an invitation, if the judge allows it.
    pub async fn invite<R>(
        &self,
        new: &NewInvitation<'_>,
        by: &Actor,
        judge: impl FnOnce(&Standing) -> Result<(), R> + Send,
    ) -> Result<Judged<Invited, R>, Error> {
        let mut tx = self.within(new.workspace_id).await?;
        lock_workspace(&mut tx, new.workspace_id).await?;
        let Some(user_id) = by.user_id else {
            return Ok(Judged::Missing);
        };
        let Some(facts) = standing(&mut tx, new.workspace_id, by, user_id).await? else {
            return Ok(Judged::Missing);
        };
        let (action, target) = ("invitation.create", ("invitation", new.id.to_string()));
        let said = format!("as {} for {}", new.role, new.email.unwrap_or("anybody"));
        if let Err(refused) = judge(&facts) {
            note(
                &mut tx,
                by,
                action,
                target,
                Some(&said),
                AuditOutcome::Denied,
            )
            .await?;
            tx.commit().await?;
            return Ok(Judged::Refused(refused));
        }
        if let Some(hindrance) = hindrance(&mut tx, new).await? {
            return Ok(Judged::Done(hindrance));
        }
        let invitation = insert(&mut tx, new, user_id, by).await?;
        note(&mut tx, by, action, target, Some(&said), AuditOutcome::Done).await?;
        tx.commit().await?;
        Ok(Judged::Done(Invited::Done(Box::new(invitation))))
    }
}

/// Why there is to be no such invitation.
async fn hindrance(
    tx: &mut PgConnection,
    new: &NewInvitation<'_>,
) -> Result<Option<Invited>, Error> {
    let hindrance = sqlx::query!(
            r#"SELECT ($2::uuid IS NOT NULL
                       AND NOT EXISTS (SELECT FROM teams WHERE id = $2 AND workspace_id = $1)) AS "no_team!",
                      EXISTS (SELECT FROM memberships m
                              JOIN users u ON u.id = m.user_id
                              WHERE m.workspace_id = $1 AND u.email_key = lower($3)) AS "member!",
                      (SELECT count(*) >= $4
                       FROM invitations
                       WHERE workspace_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL
                         AND expires_at > now()) AS "many!""#,
            new.workspace_id.uuid(),
            new.team_id.map(TeamId::uuid),
            new.email,
            MOST_OPEN,
        )
        .fetch_one(tx)
        .await?;
    Ok(if hindrance.no_team {
        Some(Invited::NoSuchTeam)
    } else if hindrance.member {
        Some(Invited::MemberAlready)
    } else {
        hindrance.many.then_some(Invited::TooMany)
    })
}

async fn insert(
    tx: &mut PgConnection,
    new: &NewInvitation<'_>,
    user_id: UserId,
    by: &Actor,
) -> Result<Invitation, Error> {
    let row = sqlx::query!(
            "INSERT INTO invitations (id, workspace_id, email, role, team_id, secret_hash, inviter_id, inviter, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9))
             RETURNING created_at, expires_at",
            new.id.uuid(),
            new.workspace_id.uuid(),
            new.email,
            new.role,
            new.team_id.map(TeamId::uuid),
            new.secret_hash.as_slice(),
            user_id.uuid(),
            by.name,
            new.lifetime.as_secs_f64(),
        )
        .fetch_one(tx)
        .await?;
    Ok(Invitation {
        id: new.id,
        email: new.email.map(str::to_owned),
        role: new.role.to_owned(),
        team_id: new.team_id,
        inviter: by.name.clone(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        state: "open".to_owned(),
    })
}
