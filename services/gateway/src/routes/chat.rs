//! `GET /chat`: the WebSocket.

use axum::extract::{FromRequestParts, Request, State, WebSocketUpgrade};
use axum::response::Response;
use http::header::{AUTHORIZATION, ORIGIN};
use http::request::Parts;
use mosaic_error::{ErrorCode, Problem};

use crate::chat::{Opener, Session};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, Peer, cookie_of, own_page};
use crate::routes::refusals::Reading;
use crate::state::Gateway;

/// What is read from a socket at once, held for as long as it is open.
const READ_BUFFER: usize = 4 << 10;

/// Opens a WebSocket for messages and events in JSON text frames. Without an `Authorization` header or the session of an own page, the first frame must be
/// `{"type":"auth","token":"…"}`.
#[utoipa::path(
    get,
    path = "/chat",
    operation_id = "openChat",
    tag = "conversations",
    responses((status = SWITCHING_PROTOCOLS, description = "The socket is open"), Reading)
)]
pub(crate) async fn chat(
    State(gateway): State<Gateway>,
    Peer(address): Peer,
    request: Request,
) -> ApiResult<Response> {
    let (mut parts, _) = request.into_parts();
    let own = require_origin(&gateway, &parts)?;
    // A page of another site that may call has no part in the session of whoever sits before the browser.
    let cookie = own && cookie_of(&parts, &gateway).is_some();
    let opener = if parts.headers.contains_key(AUTHORIZATION) || cookie {
        Opener::Known(Identity::from_request_parts(&mut parts, &gateway).await?)
    } else {
        Opener::Stranger(gateway.strangers.take(address).ok_or_else(crowded)?)
    };
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &gateway)
        .await
        .map_err(|rejection| {
            let detail = format!("This is a WebSocket: {}.", rejection.body_text());
            Problem::new(ErrorCode::InvalidArgument, detail)
                .with_remedy("Connect with a WebSocket client, for example `mosaic chat`.")
        })?;
    let most = gateway.limits.max_body_bytes;
    let tracker = gateway.life.tracker().clone();
    Ok(upgrade
        // The usual 128 KiB would be most of what an idle client costs.
        .read_buffer_size(READ_BUFFER)
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(move |socket| {
            let service = gateway.life.service();
            let session = Session::run(gateway, socket, opener, address);
            tracker.track_future(mosaic_telemetry::service::scope(service, session))
        }))
}

fn crowded() -> Problem {
    let detail = "Too many sockets have not yet said who they are.";
    Problem::new(ErrorCode::Unavailable, detail).with_remedy(
        "Try again in a few seconds, or send `Authorization: Bearer mos_…` when opening the socket.",
    )
}

/// Refuses browsers on other sites: a socket is not protected by the same-origin rules. Whether it is no other, allowed site.
fn require_origin(gateway: &Gateway, parts: &Parts) -> ApiResult<bool> {
    let Some(origin) = parts.headers.get(ORIGIN) else {
        return Ok(true);
    };
    let origin = origin.to_str().unwrap_or_default();
    if own_page::is_own(origin, parts, &gateway.limits) {
        return Ok(true);
    }
    if gateway.limits.origins.iter().any(|one| one == origin) {
        return Ok(false);
    }
    let detail = format!("Pages of {origin} may not open a socket here.");
    let problem = Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Add the origin to gateway.allowed_origins on the server.");
    Err(ApiError::from(problem))
}
