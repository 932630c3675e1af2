//! `POST /api/channels/{channel}/webhook`

use std::sync::LazyLock;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode};
use mosaic_error::{ErrorCode, Problem};
use mosaic_proto::channel::v1::ReceiveUpdateRequest;
use mosaic_proto::channel::v1::channel_service_client::ChannelServiceClient;
use mosaic_service::PeerError;
use mosaic_telemetry::propagation;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tonic::Code;

use super::{BRIDGE, known};
use crate::error::{ApiError, ApiResult};
use crate::routes::refusals::Calling;
use crate::state::Gateway;
use crate::webhook_places::WebhookPlaces;

/// The header in which Telegram shows the webhook's secret.
const SECRET: &str = "x-telegram-bot-api-secret-token";
/// The longest secret.
const SECRET_BYTES: usize = 256;
/// A larger update is refused; Telegram's have a few kilobytes.
const LARGEST: usize = 256 << 10;
/// As large as updates usually are.
const USUAL: usize = 16 << 10;
/// How long an update may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(5);
/// How long it may take until one is stored. The channel brings it again.
const DEADLINE: Duration = Duration::from_secs(15);

/// Larger ones that are read, and deliveries that are passed on, at the same time.
static PLACES: LazyLock<WebhookPlaces> = LazyLock::new(WebhookPlaces::new);

/// Takes in an update that a channel brings. Needs no token: the channel shows the webhook's secret instead. Whatever is
/// wrong with that, there is nothing here.
#[utoipa::path(
    post,
    path = "/api/channels/{channel}/webhook",
    operation_id = "receiveChannelUpdate",
    tag = "channels",
    security(()),
    params(("channel" = String, Path, description = "The channel")),
    request_body(content = serde_json::Value, description = "An update as the channel writes it"),
    responses((status = OK, description = "It is stored"), Calling)
)]
pub(crate) async fn webhook(
    State(gateway): State<Gateway>,
    Path(channel): Path<String>,
    request: Request,
) -> ApiResult<StatusCode> {
    let name = known(&channel)?;
    let secret = secret(request.headers()).ok_or_else(|| nothing(name))?;
    let places = PLACES.of(name, &secret);
    let body = timeout(ARRIVAL, read(request.into_body(), &places.reading));
    let body = body.await.map_err(|_| slow())??;
    let update = ReceiveUpdateRequest {
        channel: name.to_owned(),
        secret: secret.clone(),
        body,
    };
    let pass = async |channel| {
        let request = propagation::inject_grpc(tonic::Request::new(update.clone()))?;
        let mut client = ChannelServiceClient::new(channel);
        client.receive_update(request).await
    };
    // Only now: nobody keeps a place by sending slowly.
    let _passing = places.passing.try_acquire().map_err(|_| busy())?;
    match gateway.peers.call(BRIDGE, DEADLINE, pass).await {
        Ok(_) => {
            PLACES.taken(name, &secret);
            Ok(StatusCode::OK)
        }
        Err(error) => Err(refusal(name, &error)),
    }
}

/// The whole body. Usual ones are read whoever sends how many; of the larger ones only a few are held at once, because what
/// strangers send counts as well.
async fn read(body: Body, reading: &Semaphore) -> ApiResult<Vec<u8>> {
    let mut parts = body.into_data_stream();
    let (mut whole, mut large) = (Vec::new(), None);
    while let Some(part) = parts.next().await {
        let part =
            part.map_err(|_| ApiError::new(ErrorCode::InvalidArgument, "The update broke off."))?;
        let size = whole.len() + part.len();
        if size > LARGEST {
            let detail = "The update is too large.";
            return Err(ApiError::new(ErrorCode::PayloadTooLarge, detail));
        }
        if size > USUAL && large.is_none() {
            large = Some(reading.try_acquire().map_err(|_| busy())?);
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}

fn secret(headers: &HeaderMap) -> Option<String> {
    let secret = headers.get(SECRET)?.to_str().ok()?;
    (1..=SECRET_BYTES)
        .contains(&secret.len())
        .then(|| secret.to_owned())
}

fn refusal(channel: &str, error: &PeerError) -> ApiError {
    match error {
        PeerError::Answer { status, .. } if status.code() == Code::NotFound => nothing(channel),
        PeerError::Answer { status, .. } if status.code() == Code::InvalidArgument => {
            Problem::new(ErrorCode::InvalidArgument, "The body is no update.").into()
        }
        error => ApiError::because(
            ErrorCode::Unavailable,
            "The update cannot be stored now.",
            error,
        ),
    }
}

/// The one answer to whoever is not the channel.
fn nothing(channel: &str) -> ApiError {
    ApiError::not_found("webhook", channel)
}

fn slow() -> ApiError {
    let detail = "The update did not arrive in time.";
    ApiError::new(ErrorCode::InvalidArgument, detail)
}

fn busy() -> ApiError {
    let detail = "Too many updates come in at once.";
    Problem::new(ErrorCode::Unavailable, detail).into()
}
