//! `GET /api/channels`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use super::{KNOWN, configured};
use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{ChannelBody, ChannelList, HealthName, LinkBody};

/// Lists the chat channels: how each is, and which accounts there belong to the caller.
#[utoipa::path(
    get,
    path = "/api/channels",
    operation_id = "listChannels",
    tag = "channels",
    responses((status = OK, body = ChannelList, description = "All of them"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<ChannelList>> {
    identity.allow(Action::Read)?;
    let links = gateway
        .storage
        .channel_links(identity.caller.scope, None)
        .await?;
    let configured = configured(&gateway).await;
    if let Err(error) = &configured {
        tracing::debug!(%error, "the channel bridge does not say how channels are");
    }
    let mut items: Vec<ChannelBody> = KNOWN
        .into_iter()
        .map(|name| body(name, &configured))
        .collect();
    for item in &mut items {
        let theirs = links.iter().filter(|link| link.channel == item.name);
        item.links = theirs.cloned().map(LinkBody::from).collect();
    }
    Ok(Json(ChannelList { items }))
}

fn body<E>(
    name: &str,
    configured: &Result<Vec<mosaic_proto::channel::v1::Channel>, E>,
) -> ChannelBody {
    let Ok(channels) = configured else {
        let detail = "channel-bridge does not answer";
        return ChannelBody::silent(name, HealthName::Disconnected, detail);
    };
    if let Some(channel) = channels.iter().find(|channel| channel.name == name) {
        return channel.clone().into();
    }
    let detail = format!("not configured: set channels.{name}.token");
    ChannelBody::silent(name, HealthName::Off, &detail)
}
