//! `POST /api/invitations`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use mosaic_domain::InvitationId;
use mosaic_error::{ErrorCode, FieldError, Problem};
use mosaic_identity::{Action, LinkSecret, WorkspaceRole};
use mosaic_runtime::clock;
use mosaic_storage::{Invitation, Invited, NewInvitation};

use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, Origin, Peer};
use crate::people::{judge_invitation, verdict};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{MadeInvitationBody, NewInvitationBody};

/// Makes a link with which somebody becomes a member of the caller's workspace, once. For owners and admins, never above their
/// own role; it counts no more when they lose that role.
#[utoipa::path(
    post,
    path = "/api/invitations",
    operation_id = "createInvitation",
    tag = "people",
    request_body = NewInvitationBody,
    responses((status = CREATED, body = MadeInvitationBody, description = "Pass the link on; it is not shown again"), Writing)
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Origin(origin): Origin,
    JsonBody(body): JsonBody<NewInvitationBody>,
) -> ApiResult<(StatusCode, Json<MadeInvitationBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    let workspace_id = identity.caller.scope.workspace_id;
    let target = ("workspace", workspace_id.to_string());
    gateway
        .require(&who, Action::Invite, "invitation.create", target)
        .await?;
    let wanted = body.into_wanted()?;
    let role = WorkspaceRole::from(wanted.role);
    let secret = LinkSecret::generate();
    let id: InvitationId = clock::id();
    let new = NewInvitation {
        id,
        workspace_id,
        email: wanted.email.as_deref(),
        role: role.as_str(),
        team_id: wanted.team_id,
        secret_hash: secret.hash(),
        lifetime: wanted.lifetime,
    };
    let judge = |standing: &_| judge_invitation(standing, Some(role));
    let invited = gateway.storage.invite(&new, who.actor(), judge).await?;
    let missing = || ApiError::not_found("workspace", workspace_id);
    let invitation = made(verdict(invited, missing)?)?;
    let body = MadeInvitationBody {
        invitation: invitation.into(),
        secret: secret.expose().into(),
        link: format!("{origin}/invite#{}", secret.expose()).into(),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

fn made(invited: Invited) -> ApiResult<Invitation> {
    match invited {
        Invited::Done(invitation) => Ok(*invitation),
        Invited::NoSuchTeam => {
            let error = FieldError::new("teamId", "is no team of this workspace");
            Err(ApiError::unprocessable(vec![error]))
        }
        Invited::MemberAlready => {
            let detail = "Somebody with this address belongs to the workspace already.";
            Err(ApiError::new(ErrorCode::Conflict, detail))
        }
        Invited::TooMany => {
            let detail = "The workspace has too many open invitations.";
            let problem = Problem::new(ErrorCode::Conflict, detail);
            Err(problem
                .with_remedy("Revoke those that nobody needs.")
                .into())
        }
    }
}
