//! `DELETE /api/channels/{channel}/mappings?chat=`

use axum::extract::{Path, State};
use http::StatusCode;
use mosaic_identity::Action;

use super::known;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::MappingQuery;

/// Removes a mapping. Conversations that have begun keep their agent. For owners and admins.
#[utoipa::path(
    delete,
    path = "/api/channels/{channel}/mappings",
    operation_id = "deleteChannelMapping",
    tag = "channels",
    params(("channel" = String, Path, description = "The channel"), MappingQuery),
    responses((status = NO_CONTENT, description = "It is removed"), Reading)
)]
pub(crate) async fn unmap(
    State(gateway): State<Gateway>,
    identity: Identity,
    Path(channel): Path<String>,
    QueryString(query): QueryString<MappingQuery>,
) -> ApiResult<StatusCode> {
    identity.allow(Action::Operate)?;
    let channel = known(&channel)?;
    let chat = query.into_chat()?;
    let workspace = identity.caller.scope.workspace_id;
    if gateway
        .storage
        .delete_channel_mapping(workspace, channel, &chat)
        .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found("mapping of chat", chat))
    }
}
