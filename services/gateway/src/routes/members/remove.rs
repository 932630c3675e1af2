//! `DELETE /api/members/{userId}`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::UserId;
use mosaic_identity::Action;

use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId, Peer};
use crate::people::{Expelled, judge_role, verdict};
use crate::routes::refusals::Writing;
use crate::state::Gateway;

/// Takes somebody out of the caller's workspace, or has the caller leave it. Their sessions and tokens there count no more, what
/// they have open closes, and their runs are killed. What they said stays, for when they come back. For owners and admins, never
/// above their own role; everybody may leave, but the last owner.
#[utoipa::path(
    delete,
    path = "/api/members/{userId}",
    operation_id = "removeMember",
    tag = "people",
    params(("userId" = uuid::Uuid, Path, description = "Who")),
    responses((status = NO_CONTENT, description = "They do not belong to it any more"), Writing)
)]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(user_id): PathId<UserId>,
) -> ApiResult<StatusCode> {
    let who = Commander::new(&identity.caller, Some(address));
    let scope = identity.caller.scope;
    let (needed, action, reason) = if user_id == scope.user_id {
        let reason = "whoever asked for it has left the workspace";
        (Action::ManageSelf, "member.leave", reason)
    } else {
        let reason = "whoever asked for it was removed from the workspace";
        (Action::ManageMembers, "member.remove", reason)
    };
    let target = ("user", user_id.to_string());
    gateway.require(&who, needed, action, target).await?;
    let judge = |standing: &_| judge_role(standing, None);
    let removed = gateway
        .storage
        .remove_member(scope.workspace_id, user_id, who.actor(), reason, judge)
        .await?;
    verdict(removed, || ApiError::not_found("member", user_id))?;
    gateway.authenticator.forget(user_id);
    let whom = Expelled {
        user_id,
        from: Some(scope.workspace_id),
    };
    gateway.expel(&who, whom, reason.to_owned()).await;
    Ok(StatusCode::NO_CONTENT)
}
