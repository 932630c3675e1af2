//! Every request gets an id and a span, is counted, and leaves with its errors rendered.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use mosaic_telemetry::{propagation, service};
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};

use super::problems::{self, RequestIds};
use crate::extract::Peer;
use crate::state::Gateway;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over from a caller.
const ID_CHARS: usize = 128;

/// The outermost layer.
pub(super) async fn observe(
    State(gateway): State<Gateway>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(peer) = request.extensions().get::<Peer>().copied() {
        let peer = peer.behind(request.headers(), &gateway.limits.proxies);
        request.extensions_mut().insert(peer);
    }
    // The server's own tasks do not know for which service of the process they work.
    service::scope(gateway.life.service(), observed(gateway, request, next)).await
}

async fn observed(gateway: Gateway, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = method(request.method());
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("unmatched", MatchedPath::as_str).to_owned();
    let request_id = request_id(request.headers());
    let span = span(method, &route, &request_id);
    propagation::set_parent_from_http(&span, request.headers());
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let ids = RequestIds {
        trace_id: span.in_scope(trace_id),
        request_id,
    };
    span.in_scope(|| problems::render(&mut response, ids));
    gateway
        .metrics
        .request(method, route, status, started.elapsed());
    response
}

/// The method as spans and metrics name it: clients make up others, and each would be a time series of its own.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

fn span(method: &str, route: &str, request_id: &str) -> Span {
    tracing::info_span!(
        "http.request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = field::Empty,
        request_id,
    )
}

/// The caller's id for the request if it is usable, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let usable = |id: &&str| {
        (1..=ID_CHARS).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    match given.filter(usable) {
        Some(id) => id.to_owned(),
        None => mosaic_runtime::clock::id::<uuid::Uuid>().to_string(),
    }
}

/// The trace that the current span belongs to.
pub(crate) fn trace_id() -> Option<String> {
    let traceparent = propagation::inject()?;
    traceparent.split('-').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usable_request_id_is_kept_and_others_are_replaced() {
        let id = |value: &str| {
            request_id(&HeaderMap::from_iter([(
                REQUEST_ID,
                HeaderValue::from_str(value).unwrap(),
            )]))
        };
        assert_eq!(id("abc-1"), "abc-1");
        for wrong in ["", "a b", "<script>", &"x".repeat(ID_CHARS + 1)] {
            assert_eq!(id(wrong).len(), 36, "{wrong}");
        }
    }
}
