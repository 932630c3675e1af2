//! `POST /api/users/{id}/sign-out`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::UserId;

use super::{missing, require};
use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, PathId, Peer, QueryString};
use crate::people::{judge_authority, verdict};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::SignUserOutQuery;

/// Ends every session of somebody, and with `tokens=true` revokes their API tokens as well. They may sign in again. For owners and
/// admins of the home workspace, never above their own role there.
#[utoipa::path(
    post,
    path = "/api/users/{id}/sign-out",
    operation_id = "signUserOut",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "Who"), SignUserOutQuery),
    responses((status = NO_CONTENT, description = "They are signed out everywhere"), Writing)
)]
pub(crate) async fn sign_out(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<UserId>,
    QueryString(query): QueryString<SignUserOutQuery>,
) -> ApiResult<StatusCode> {
    let who = Commander::new(&identity.caller, Some(address));
    require(&gateway, &who, "user.sign_out", id).await?;
    let home = identity.caller.scope.workspace_id;
    let done = gateway
        .storage
        .sign_user_out(id, home, query.tokens, who.actor(), judge_authority)
        .await?;
    verdict(done, || missing(id))?;
    gateway.authenticator.forget(id);
    Ok(StatusCode::NO_CONTENT)
}
