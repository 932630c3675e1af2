//! `POST /api/users/{id}/password-link`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use mosaic_domain::UserId;
use mosaic_error::{ErrorCode, Problem};
use mosaic_storage::{AuditOutcome, NewAudit};

use super::{missing, require};
use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, Origin, PathId, Peer};
use crate::people::judge_authority;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::PasswordLinkBody;

/// Makes a link with which somebody sets a new password, once and within a day; the one before counts no more. For owners and
/// admins of the home workspace, never above their own role there.
#[utoipa::path(
    post,
    path = "/api/users/{id}/password-link",
    operation_id = "createPasswordLink",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "Who")),
    responses((status = CREATED, body = PasswordLinkBody, description = "Pass it on; it is not shown again"), Writing)
)]
pub(crate) async fn password_link(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Origin(origin): Origin,
    PathId(id): PathId<UserId>,
) -> ApiResult<(StatusCode, Json<PasswordLinkBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    require(&gateway, &who, "password.link", id).await?;
    let storage = &gateway.storage;
    let user = storage.user(id).await?.ok_or_else(|| missing(id))?;
    let home = identity.caller.scope.workspace_id;
    let standing = storage.standing(home, who.actor(), id).await?;
    if let Err(refused) = judge_authority(&standing.ok_or_else(|| missing(id))?) {
        let entry = NewAudit {
            by: who.actor(),
            action: "password.link",
            target: ("user", id.to_string()),
            reason: None,
            outcome: AuditOutcome::Denied,
        };
        storage.audit(&entry).await?;
        return Err(refused);
    }
    if user.state != "active" {
        let detail = format!("{} may not come in: they are {}.", user.name, user.state);
        return Err(ApiError::new(ErrorCode::Conflict, detail));
    }
    let link = gateway.password_link(&who, id, &origin).await?;
    let link = link.ok_or_else(|| {
        let detail = format!("{} has no email address to sign in with.", user.name);
        ApiError::from(Problem::new(ErrorCode::Conflict, detail))
    })?;
    Ok((StatusCode::CREATED, Json(link)))
}
