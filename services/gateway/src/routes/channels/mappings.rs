//! `GET /api/channels/{channel}/mappings`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::Action;

use super::known;
use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{MappingBody, MappingList};

/// Lists which agents answer in a channel's chats. For owners and admins.
#[utoipa::path(
    get,
    path = "/api/channels/{channel}/mappings",
    operation_id = "listChannelMappings",
    tag = "channels",
    params(("channel" = String, Path, description = "The channel")),
    responses((status = OK, body = MappingList, description = "Those of the workspace"), Reading)
)]
pub(crate) async fn mappings(
    State(gateway): State<Gateway>,
    identity: Identity,
    Path(channel): Path<String>,
) -> ApiResult<Json<MappingList>> {
    identity.allow(Action::Operate)?;
    let channel = known(&channel)?;
    let workspace = identity.caller.scope.workspace_id;
    let mappings = gateway.storage.channel_mappings(workspace, channel).await?;
    let items = mappings.into_iter().map(MappingBody::from).collect();
    Ok(Json(MappingList { items }))
}
