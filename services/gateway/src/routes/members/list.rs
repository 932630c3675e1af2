//! `GET /api/members`

use axum::Json;
use axum::extract::State;

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::people::sees_people;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::MemberList;

/// Who belongs to the caller's workspace. Not for guests.
#[utoipa::path(
    get,
    path = "/api/members",
    operation_id = "listMembers",
    tag = "people",
    responses((status = OK, body = MemberList, description = "All of them"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<MemberList>> {
    sees_people(&identity)?;
    let workspace = identity.caller.scope.workspace_id;
    let members = gateway.storage.members(workspace, None).await?;
    Ok(Json(MemberList {
        items: members.into_iter().map(Into::into).collect(),
    }))
}
