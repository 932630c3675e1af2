//! Browsers on other sites, where the configuration lets them in.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::CorsLayer;

/// How long a browser may remember what it is allowed.
const REMEMBERED: Duration = Duration::from_mins(10);

/// Other sites call with a token of their own: credentials are not allowed, so that a browser sends no session cookie along.
/// The layer that answers preflight requests; none when only the own origin may call.
pub(super) fn layer(origins: &[String]) -> Option<CorsLayer> {
    let allowed: Vec<HeaderValue> = origins
        .iter()
        .filter_map(|origin| origin.parse().ok())
        .collect();
    if allowed.is_empty() {
        return None;
    }
    let request_id = HeaderName::from_static("x-request-id");
    let last_event_id = HeaderName::from_static("last-event-id");
    let traceparent = HeaderName::from_static("traceparent");
    Some(
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ])
            .allow_headers([
                AUTHORIZATION,
                CONTENT_TYPE,
                last_event_id,
                request_id.clone(),
                traceparent,
            ])
            .expose_headers([request_id, RETRY_AFTER])
            .max_age(REMEMBERED),
    )
}
