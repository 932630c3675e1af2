//! `DELETE /api/channels/{channel}/links/{id}`

use axum::extract::{Path, State};
use http::StatusCode;
use mosaic_domain::ChannelLinkId;
use mosaic_identity::Action;

use super::known;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, Peer};
use crate::routes::refusals::Reading;
use crate::state::Gateway;

/// Unlinks an account of the caller's. Nothing more is read or shown there from then on; conversations stay.
#[utoipa::path(
    delete,
    path = "/api/channels/{channel}/links/{id}",
    operation_id = "deleteChannelLink",
    tag = "channels",
    params(
        ("channel" = String, Path, description = "The channel"),
        ("id" = uuid::Uuid, Path, description = "The link"),
    ),
    responses((status = NO_CONTENT, description = "It is unlinked"), Reading)
)]
pub(crate) async fn unlink(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Path((channel, id)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    identity.allow(Action::ManageSelf)?;
    let channel = known(&channel)?;
    let missing = || {
        let id: String = id.chars().take(64).collect();
        ApiError::not_found("link", id)
    };
    let link: ChannelLinkId = id.parse().map_err(|_| missing())?;
    let (scope, by) = (identity.caller.scope, identity.actor(address));
    if gateway
        .storage
        .delete_channel_link(scope, channel, link, &by)
        .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(missing())
    }
}
