//! `POST /api/users/{id}/deactivate`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::UserId;
use mosaic_storage::UserState;

use super::{require, shut_out};
use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, PathId, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::StateReasonBody;

/// Keeps somebody out until they are reactivated. Their sessions and tokens count no more, here and on every other replica within a
/// second; what they have open closes; what runs for them is killed; their linked accounts are not answered. What is theirs
/// stays. For owners and admins of the home workspace, never above their own role there; not for oneself, nor for its last owner.
#[utoipa::path(
    post,
    path = "/api/users/{id}/deactivate",
    operation_id = "deactivateUser",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "Who")),
    request_body = StateReasonBody,
    responses((status = NO_CONTENT, description = "They are kept out"), Writing)
)]
pub(crate) async fn deactivate(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<UserId>,
    JsonBody(body): JsonBody<StateReasonBody>,
) -> ApiResult<StatusCode> {
    let who = Commander::new(&identity.caller, Some(address));
    require(&gateway, &who, "user.deactivate", id).await?;
    let reason = body.into_reason()?;
    let change = (id, UserState::Deactivated);
    shut_out(&gateway, &identity, &who, change, &reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
