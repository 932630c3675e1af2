//! `GET /api/users`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{UserBody, UserList, UserQuery};

/// Everybody who has an account here, the newest first. For owners and admins of the home workspace.
#[utoipa::path(
    get,
    path = "/api/users",
    operation_id = "listUsers",
    tag = "people",
    params(UserQuery),
    responses((status = OK, body = UserList, description = "One page"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
    QueryString(query): QueryString<UserQuery>,
) -> ApiResult<Json<UserList>> {
    identity.allow(Action::ManageUsers)?;
    let mut wanted = query.into_list()?;
    let limit = wanted.limit as usize;
    // One more than asked for tells whether the list goes on.
    wanted.limit += 1;
    let mut users = gateway.storage.users(&wanted).await?;
    let more = users.len() > limit;
    users.truncate(limit);
    let last = users.last().filter(|_| more);
    Ok(Json(UserList {
        next_cursor: last.map(|user| user.id.to_string()),
        items: users
            .into_iter()
            .map(|user| UserBody::with(user, None))
            .collect(),
    }))
}
