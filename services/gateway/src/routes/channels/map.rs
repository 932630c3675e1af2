//! `PUT /api/channels/{channel}/mappings`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::Action;
use mosaic_runtime::clock;
use mosaic_storage::ChannelMapping;

use super::known;
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::check::Check;
use crate::wire::{MappingBody, NewMappingBody, check_chat};

/// Says which agent answers conversations that begin in a chat, or in every chat. For owners and admins.
#[utoipa::path(
    put,
    path = "/api/channels/{channel}/mappings",
    operation_id = "putChannelMapping",
    tag = "channels",
    params(("channel" = String, Path, description = "The channel")),
    request_body = NewMappingBody,
    responses((status = OK, body = MappingBody, description = "It holds now"), Writing)
)]
pub(crate) async fn map(
    State(gateway): State<Gateway>,
    identity: Identity,
    Path(channel): Path<String>,
    JsonBody(body): JsonBody<NewMappingBody>,
) -> ApiResult<Json<MappingBody>> {
    identity.allow(Action::Operate)?;
    let channel = known(&channel)?;
    let NewMappingBody { chat, agent, model } = body;
    let mut check = Check::default();
    check_chat(&chat, &mut check);
    gateway.choices.check_agent(Some(&agent), &mut check);
    gateway.choices.check_model(model.as_deref(), &mut check);
    check.done()?;
    let mapping = ChannelMapping {
        channel: channel.to_owned(),
        chat_id: chat,
        agent,
        model,
        updated_at: clock::now(),
    };
    let workspace = identity.caller.scope.workspace_id;
    let stored = gateway
        .storage
        .put_channel_mapping(workspace, clock::id(), &mapping)
        .await?;
    Ok(Json(stored.into()))
}
