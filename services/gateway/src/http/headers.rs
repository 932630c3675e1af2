//! Headers that keep browsers from doing what an API never needs.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::extract::own_page;
use crate::state::Gateway;

const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
/// The documentation page brings its own scripts and styles.
const DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                    font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// What no page of ours asks a browser for.
const FEATURES: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
/// A browser that has been here by https comes back by nothing else for a year.
const HTTPS_ONLY: &str = "max-age=31536000";

/// Adds them to every response.
pub(super) async fn secure(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    let docs = request.uri().path().starts_with("/api/docs");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(if docs { DOCS } else { NOTHING }));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for (name, value) in [
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", FEATURES),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if own_page::is_always_secure(&gateway.limits) {
        let only = HeaderValue::from_static(HTTPS_ONLY);
        headers.insert(STRICT_TRANSPORT_SECURITY, only);
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
