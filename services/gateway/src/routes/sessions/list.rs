//! `GET /api/sessions`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{SessionBody, SessionList};

/// Where the caller is signed in, in whatever workspace.
#[utoipa::path(
    get,
    path = "/api/sessions",
    operation_id = "listSessions",
    tag = "identity",
    responses((status = OK, body = SessionList, description = "The sessions"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<SessionList>> {
    identity.allow(Action::ManageSelf)?;
    let current = identity.caller.credential.session_id();
    let sessions = gateway
        .storage
        .sessions(identity.caller.scope.user_id)
        .await?;
    let items = sessions.into_iter();
    let items = items.map(|session| SessionBody::seen_from(current, session));
    Ok(Json(SessionList {
        items: items.collect(),
    }))
}
