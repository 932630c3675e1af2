//! `POST /api/channels/{channel}/links`

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{Action, LinkCode};
use mosaic_storage::LinkCodeMaking;

use super::{configured, known};
use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::routes::refusals::Writing;
use crate::sign_in::{borrowed, made_with, refuse_borrowed};
use crate::state::Gateway;
use crate::wire::LinkCodeBody;

/// How long a code holds.
const HOLDS: Duration = Duration::from_mins(15);
/// Open codes that one person may have for a channel.
const MOST: i64 = 5;

/// Makes a code that links an account of a channel to the caller: sent to the bot from that account, once, within 15 minutes.
#[utoipa::path(
    post,
    path = "/api/channels/{channel}/links",
    operation_id = "createChannelLinkCode",
    tag = "channels",
    params(("channel" = String, Path, description = "The channel")),
    responses((status = CREATED, body = LinkCodeBody, description = "The code; it is not shown again"), Writing)
)]
pub(crate) async fn link(
    State(gateway): State<Gateway>,
    identity: Identity,
    Path(channel): Path<String>,
) -> ApiResult<(StatusCode, Json<LinkCodeBody>)> {
    identity.allow(Action::Converse)?;
    // An account that is linked stays so whatever becomes of what it was linked with.
    identity.allow(Action::ManageSelf)?;
    refuse_borrowed(&identity.caller)?;
    let (user, with) = (identity.caller.scope.user_id, made_with(&identity.caller));
    if !gateway.storage.credential_lasts(user, with).await? {
        return Err(borrowed());
    }
    let channel = known(&channel)?;
    let username = username(&gateway, channel).await?;
    let code = LinkCode::generate();
    let scope = identity.caller.scope;
    // They may have been signed out while the bridge was asked.
    let made = gateway
        .storage
        .create_link_code(scope, with, channel, &code.hash(), HOLDS, MOST)
        .await?;
    let expires_at = match made {
        LinkCodeMaking::Done(expires_at) => expires_at,
        LinkCodeMaking::TooMany => return Err(too_many()),
        LinkCodeMaking::Ended => return Err(borrowed()),
    };
    let shown = code.expose();
    let url = username.map(|name| format!("https://t.me/{name}?start={}", shown.compact()));
    Ok((
        StatusCode::CREATED,
        Json(LinkCodeBody {
            channel: channel.to_owned(),
            code: shown.to_string(),
            command: format!("/link {shown}"),
            url,
            expires_at,
        }),
    ))
}

/// The bot's name, where the bridge knows it. A channel that is not configured has nobody to send a code to.
async fn username(gateway: &Gateway, channel: &str) -> ApiResult<Option<String>> {
    let Ok(channels) = configured(gateway).await else {
        return Ok(None);
    };
    let Some(found) = channels.into_iter().find(|found| found.name == channel) else {
        let detail = format!("The channel {channel} is not configured.");
        let remedy = format!("Set channels.{channel}.token for channel-bridge.");
        return Err(Problem::new(ErrorCode::Conflict, detail)
            .with_remedy(remedy)
            .into());
    };
    Ok(Some(found.username).filter(|name| !name.is_empty()))
}

fn too_many() -> ApiError {
    let detail = format!("You have {MOST} codes that were not used yet.");
    Problem::new(ErrorCode::RateLimited, detail)
        .with_remedy("Use one of them, or wait until they run out after 15 minutes.")
        .into()
}
