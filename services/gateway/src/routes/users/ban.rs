//! `POST /api/users/{id}/ban`

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

/// The same as deactivating somebody, for those who are not to come back.
#[utoipa::path(
    post,
    path = "/api/users/{id}/ban",
    operation_id = "banUser",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "Who")),
    request_body = StateReasonBody,
    responses((status = NO_CONTENT, description = "They are kept out"), Writing)
)]
pub(crate) async fn ban(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<UserId>,
    JsonBody(body): JsonBody<StateReasonBody>,
) -> ApiResult<StatusCode> {
    let who = Commander::new(&identity.caller, Some(address));
    require(&gateway, &who, "user.ban", id).await?;
    let reason = body.into_reason()?;
    let change = (id, UserState::Banned);
    shut_out(&gateway, &identity, &who, change, &reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
