//! The whole public surface in its layers.

use axum::Router;
use axum::middleware::from_fn_with_state;
use http::Method;
use mosaic_error::{ErrorCode, Problem};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{cors, headers, limit, observe, problems, timeout};
use crate::error::ApiError;
use crate::state::Gateway;
use crate::{page, routes};

/// Every route behind every layer; the outermost is added last.
pub(crate) fn router(gateway: Gateway) -> Router {
    let (answers, streams, document) = routes::split();
    let answers = answers
        .merge(routes::document(&document))
        .layer(from_fn_with_state(gateway.clone(), limit::hold))
        .layer(from_fn_with_state(gateway.clone(), timeout::hold));
    let streams = streams.layer(from_fn_with_state(gateway.clone(), limit::hold));
    let docs = SwaggerUi::new("/api/docs").config(Config::from("/api/openapi.json"));
    let mut router = answers
        .merge(streams)
        .merge(page::routes())
        .merge(Router::<Gateway>::from(docs))
        .fallback(nowhere)
        .layer(CatchPanicLayer::custom(problems::panicked))
        .layer(from_fn_with_state(gateway.clone(), headers::secure))
        .layer(from_fn_with_state(gateway.clone(), observe::observe));
    if let Some(cors) = cors::layer(&gateway.limits.origins) {
        router = router.layer(cors);
    }
    router.with_state(gateway)
}

async fn nowhere(method: Method, uri: http::Uri) -> ApiError {
    let detail = format!("There is nothing at {method} {}.", uri.path());
    Problem::new(ErrorCode::NotFound, detail)
        .with_remedy("/api/docs lists every route.")
        .into()
}
