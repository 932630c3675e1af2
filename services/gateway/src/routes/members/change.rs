//! `PATCH /api/members/{userId}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::UserId;
use mosaic_identity::{Action, WorkspaceRole};
use mosaic_storage::NewRole;

use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, PathId, Peer};
use crate::people::{invites_to, judge_role, verdict};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{MemberBody, RoleBody};

/// Gives a member another role. For owners and admins, never above their own; everybody may step down, but the last owner.
#[utoipa::path(
    patch,
    path = "/api/members/{userId}",
    operation_id = "changeMember",
    tag = "people",
    params(("userId" = uuid::Uuid, Path, description = "Who")),
    request_body = RoleBody,
    responses((status = OK, body = MemberBody, description = "They have it now"), Writing)
)]
pub(crate) async fn change(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(user_id): PathId<UserId>,
    JsonBody(body): JsonBody<RoleBody>,
) -> ApiResult<Json<MemberBody>> {
    let who = Commander::new(&identity.caller, Some(address));
    let scope = identity.caller.scope;
    let needed = if user_id == scope.user_id {
        Action::ManageSelf
    } else {
        Action::ManageMembers
    };
    let target = ("user", user_id.to_string());
    gateway.require(&who, needed, "member.role", target).await?;
    let role = WorkspaceRole::from(body.role);
    let new = NewRole {
        workspace_id: scope.workspace_id,
        user_id,
        role: role.as_str(),
        invites_to: &invites_to(role),
    };
    let judge = |standing: &_| judge_role(standing, Some(role));
    let storage = &gateway.storage;
    let missing = || ApiError::not_found("member", user_id);
    let changed = storage.change_role(&new, who.actor(), judge).await?;
    verdict(changed, missing)?;
    gateway.authenticator.forget(user_id);
    let mut found = storage.members(scope.workspace_id, Some(user_id)).await?;
    Ok(Json(found.pop().ok_or_else(missing)?.into()))
}
