//! `/api/invitations`.

mod accept;
mod create;
mod list;
mod look;
mod revoke;

use axum::extract::Request;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ApiResult;
use crate::extract::JsonBody;
use crate::state::Gateway;

/// Whoever is not signed in gets no more read of what they send.
const LARGEST: usize = 4 << 10;

/// Every route of the invitations.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(revoke::revoke))
        .routes(routes!(look::look))
        .routes(routes!(accept::accept))
}

/// The small body of a request by anybody.
async fn small<T: DeserializeOwned>(request: Request) -> ApiResult<T> {
    let JsonBody(body) = JsonBody::within(request, LARGEST).await?;
    Ok(body)
}
