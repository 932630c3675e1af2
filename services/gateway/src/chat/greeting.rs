//! The first frame of a socket whose opening carried no token.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use mosaic_error::{ErrorCode, Problem};
use secrecy::ExposeSecret as _;
use tokio::time::timeout;

use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::state::Gateway;
use crate::wire::chat::ClientFrame;

/// How long a socket may stay open without saying who it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for the frame that proves who the caller is. `None` when the socket closed before.
pub(super) async fn await_identity(
    gateway: &Gateway,
    socket: &mut WebSocket,
) -> ApiResult<Option<Identity>> {
    let first = tokio::select! {
        first = timeout(PATIENCE, first_text(socket)) => first.map_err(|_| nobody("It said nothing for 5 s"))?,
        () = gateway.life.soft().cancelled() => None,
    };
    let Some(text) = first else { return Ok(None) };
    let Ok(ClientFrame::Auth { token }) = serde_json::from_str(&text) else {
        return Err(nobody("Its first frame says something else"));
    };
    let identified = gateway
        .authenticator
        .authenticate_token(token.expose_secret())
        .await?;
    Ok(Some(identified.into()))
}

async fn first_text(socket: &mut WebSocket) -> Option<String> {
    while let Some(Ok(message)) = socket.recv().await {
        match message {
            Message::Text(text) => return Some(text.as_str().to_owned()),
            Message::Close(_) => return None,
            Message::Binary(_) => return Some(String::new()),
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }
    None
}

fn nobody(what: &str) -> ApiError {
    let detail = format!("The socket was opened without a token. {what}.");
    Problem::new(ErrorCode::Unauthenticated, detail)
        .with_remedy(
            "Send `Authorization: Bearer mos_…` when opening it, or {\"type\":\"auth\",\"token\":\"mos_…\"} as the first frame.",
        )
        .into()
}
