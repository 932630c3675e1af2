//! The longest a request may take that is not a stream.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mosaic_error::ErrorCode;

use crate::error::ApiError;
use crate::state::Gateway;

/// Ends requests that take too long. What they had begun in the record is rolled back, or was committed and is found again by its
/// idempotency key.
pub(super) async fn hold(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let most = gateway.limits.request_timeout;
    let Ok(response) = tokio::time::timeout(most, next.run(request)).await else {
        let detail = "The request took too long and was given up.";
        let cause = format!("no answer within {} ms", most.as_millis());
        return ApiError::because(ErrorCode::Unavailable, detail, cause).into_response();
    };
    response
}
