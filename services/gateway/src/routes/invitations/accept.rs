//! `POST /api/invitations/accept`

use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::request::Parts;
use mosaic_error::ErrorCode;

use super::small;
use crate::error::ApiResult;
use crate::extract::{Identity, Peer, cookie_of, own_page};
use crate::people::Acceptance;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{AcceptBody, MeBody};

/// Makes whoever has the link of an open invitation a member of its workspace, once: as who they are signed in, as whose address
/// and password they show, or as somebody new. Who signs in by session is in that workspace then; a token stays in its own.
#[utoipa::path(
    post,
    path = "/api/invitations/accept",
    operation_id = "acceptInvitation",
    tag = "people",
    security((), ("token" = []), ("session" = [])),
    request_body = AcceptBody,
    responses((status = CREATED, body = MeBody, description = "You belong to it, and are signed in"), Writing)
)]
pub(crate) async fn accept(
    State(gateway): State<Gateway>,
    Peer(address): Peer,
    request: Request,
) -> ApiResult<Response> {
    let (mut parts, body) = request.into_parts();
    own_page::refuse_other_sites(&parts, &gateway.limits)?;
    let identity = signed_in(&gateway, &mut parts).await?;
    let request = Request::from_parts(parts.clone(), body);
    let body: AcceptBody = small(request).await?;
    let acceptance = Acceptance {
        parts: &parts,
        address,
        identity,
        body,
    };
    gateway.accept(acceptance).await
}

/// Who sends this, if they are signed in. A cookie whose session has ended is as good as none.
async fn signed_in(gateway: &Gateway, parts: &mut Parts) -> ApiResult<Option<Identity>> {
    let has_token = parts.headers.contains_key(AUTHORIZATION);
    if !has_token && cookie_of(parts, gateway).is_none() {
        return Ok(None);
    }
    match Identity::from_request_parts(parts, gateway).await {
        Ok(identity) => Ok(Some(identity)),
        Err(error) if !has_token && error.problem.code == ErrorCode::Unauthenticated => Ok(None),
        Err(error) => Err(error),
    }
}
