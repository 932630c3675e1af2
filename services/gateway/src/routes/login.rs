//! `GET /api/login`

use axum::Json;
use axum::extract::State;

use crate::error::ApiResult;
use crate::routes::refusals::Public;
use crate::state::Gateway;
use crate::wire::{LoginBody, LoginProviderBody};

/// How people sign in here. Needs no token.
#[utoipa::path(
    get,
    path = "/api/login",
    operation_id = "readLogin",
    tag = "identity",
    security(()),
    responses((status = OK, body = LoginBody, description = "The ways to sign in"), Public)
)]
pub(crate) async fn login(State(gateway): State<Gateway>) -> ApiResult<Json<LoginBody>> {
    Ok(Json(LoginBody {
        needs_setup: gateway.storage.needs_setup().await?,
        registration: gateway.auth.registration.as_str(),
        password: gateway.auth.password,
        break_glass: gateway.auth.break_glass && !gateway.auth.password,
        providers: gateway
            .oidc
            .labels()
            .map(|(name, label)| LoginProviderBody {
                name: name.to_owned(),
                label: label.to_owned(),
            })
            .collect(),
    }))
}
