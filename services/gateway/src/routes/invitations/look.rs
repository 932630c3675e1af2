//! `POST /api/invitations/look`

use axum::Json;
use axum::extract::{Request, State};
use mosaic_identity::LinkSecret;
use secrecy::ExposeSecret as _;

use super::small;
use crate::error::ApiResult;
use crate::extract::own_page;
use crate::people::gone;
use crate::routes::refusals::SettingUp;
use crate::state::Gateway;
use crate::wire::{InvitationLookBody, LookBody};

/// What an open invitation is for. Whoever has its link may look; the secret travels in the body, so that no log and no proxy
/// keeps it.
#[utoipa::path(
    post,
    path = "/api/invitations/look",
    operation_id = "lookAtInvitation",
    tag = "people",
    security(()),
    request_body = LookBody,
    responses((status = OK, body = InvitationLookBody, description = "It holds"), SettingUp)
)]
pub(crate) async fn look(
    State(gateway): State<Gateway>,
    request: Request,
) -> ApiResult<Json<InvitationLookBody>> {
    let (parts, body) = request.into_parts();
    own_page::refuse_other_sites(&parts, &gateway.limits)?;
    let body: LookBody = small(Request::from_parts(parts, body)).await?;
    let secret = LinkSecret::parse(body.secret.expose_secret()).map_err(|_| gone())?;
    let open = gateway.storage.open_invitation(&secret.hash()).await?;
    Ok(Json(open.ok_or_else(gone)?.into()))
}
