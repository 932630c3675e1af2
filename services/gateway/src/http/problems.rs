//! Errors as clients and operators see them: rendered, numbered and logged here and nowhere else.

use std::any::Any;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use mosaic_error::{ErrorCode, PROBLEM_JSON, Problem};

use crate::error::ApiError;

/// The ids by which a request is found again.
pub(super) struct RequestIds {
    pub(super) request_id: String,
    pub(super) trace_id: Option<String>,
}

/// Makes every error a problem, those of the framework too, and logs the ones that operators must know of.
pub(super) fn render(response: &mut Response, ids: RequestIds) {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return;
    }
    let error = response.extensions_mut().remove::<ApiError>();
    let ApiError {
        mut problem,
        cause,
        retry_after,
    } = error.unwrap_or_else(|| framework_error(status));
    // Details may repeat what the client sent: quoted, so that line breaks in it begin no line of the log.
    match problem.code {
        ErrorCode::Internal => {
            tracing::error!(code = %problem.code, cause = cause.as_deref(), detail = ?problem.detail, "a request failed");
        }
        ErrorCode::Unavailable | ErrorCode::DeadlineExceeded => {
            tracing::warn!(code = %problem.code, cause = cause.as_deref(), detail = ?problem.detail, "a request could not be served");
        }
        code => tracing::debug!(%code, detail = ?problem.detail, "a request was refused"),
    }
    problem.trace_id = ids.trace_id;
    problem.request_id = Some(ids.request_id);
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    if problem.code == ErrorCode::Unauthenticated {
        headers.insert(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"mosaic\""),
        );
    }
    if problem.code.is_transient() {
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.unwrap_or(1)));
    }
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    *response.body_mut() = Body::from(body);
}

/// An error that no handler raised: the framework's own word is for its authors, not for clients.
fn framework_error(status: StatusCode) -> ApiError {
    let code = ErrorCode::from_http_status(status);
    let mut problem = Problem::new(code, format!("{}.", code.title()));
    problem.status = status.as_u16();
    problem.into()
}

/// A handler panicked: the client learns that it was not their fault, the log learns where.
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    let detail = "The request met a defect of the server.";
    ApiError::because(ErrorCode::Internal, detail, format!("panic: {text}")).into_response()
}
