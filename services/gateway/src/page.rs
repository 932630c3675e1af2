//! The web page: built by `cargo xtask web`, carried in release builds, read from the disk in debug builds.

use std::borrow::Cow;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use mosaic_error::{ErrorCode, Problem};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::ApiResult;
use crate::state::Gateway;

#[derive(RustEmbed)]
#[folder = "../../clients/web/dist"]
#[allow_missing = true]
struct Built;

/// The places of the page's own: each is the same document, which finds out by itself what to show.
const PLACES: [&str; 23] = [
    "/",
    "/c/{id}",
    "/memory",
    "/channels",
    "/runs",
    "/operations",
    "/operations/workers",
    "/operations/queues",
    "/operations/audit",
    "/sign-in",
    "/setup",
    "/register",
    "/invite",
    "/password",
    "/approve",
    "/settings",
    "/settings/security",
    "/settings/tokens",
    "/people",
    "/people/teams",
    "/people/invitations",
    "/people/workspace",
    "/people/users",
];
/// What the page may do: run and load its own files and talk to its own server, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";
/// The names of assets hold a hash of their content.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Asked for every time, and mostly answered with "as you have it".
const FRESH: &str = "no-cache";
const UNBUILT: &str = include_str!("page/unbuilt.html");

/// The page and its files. Everything else stays what it is: unknown places are problems.
pub(crate) fn routes() -> Router<Gateway> {
    let places = PLACES.into_iter();
    let router = places.fold(Router::new(), |router, place| {
        router.route(place, get(document))
    });
    router
        .route("/assets/{*path}", get(asset))
        .route("/favicon.svg", get(icon))
}

async fn document(headers: HeaderMap) -> Response {
    let mut response = match Built::get("index.html") {
        Some(file) => send("index.html", file, &headers, FRESH),
        None => (
            [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CACHE_CONTROL, "no-store"),
            ],
            UNBUILT,
        )
            .into_response(),
    };
    let own = response.headers_mut();
    own.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> ApiResult<Response> {
    file(&format!("assets/{path}"), &headers, FOREVER)
}

async fn icon(headers: HeaderMap) -> ApiResult<Response> {
    file("favicon.svg", &headers, FRESH)
}

fn file(name: &str, headers: &HeaderMap, caching: &'static str) -> ApiResult<Response> {
    // Debug builds look on the disk, where `..` would be followed.
    let plain = name.split('/').all(|part| !part.starts_with('.'));
    let found = plain.then(|| Built::get(name)).flatten().ok_or_else(|| {
        Problem::new(
            ErrorCode::NotFound,
            format!("The page has no file /{name}."),
        )
        .with_remedy("Reload the page: a newer version of it may have other files.")
    })?;
    Ok(send(name, found, headers, caching))
}

/// A file, compressed where it was built so and the browser takes it.
fn send(name: &str, file: EmbeddedFile, headers: &HeaderMap, caching: &'static str) -> Response {
    let tag = tag(&file);
    let known = headers.get(IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        let same = [(CACHE_CONTROL, caching), (VARY, "accept-encoding")];
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)], same).into_response();
    }
    let kind = file.metadata.mimetype().to_owned();
    let small = takes_gzip(headers)
        .then(|| Built::get(&format!("{name}.gz")))
        .flatten();
    let compressed = small.is_some();
    let body = shared(small.unwrap_or(file).data);
    let kind = if kind.starts_with("text/") {
        format!("{kind}; charset=utf-8")
    } else {
        kind
    };
    let mut response = (
        [(CONTENT_TYPE, kind), (ETAG, tag)],
        [(CACHE_CONTROL, caching), (VARY, "accept-encoding")],
        body,
    )
        .into_response();
    if compressed {
        let gzip = HeaderValue::from_static("gzip");
        response.headers_mut().insert(CONTENT_ENCODING, gzip);
    }
    response
}

/// The content as all answers share it: whoever asks for a file often and reads it slowly costs no memory. Only debug builds,
/// which read it from the disk, have it once per answer.
fn shared(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

/// A name for the content; the same for its compressed form, so a weak one.
fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hash = URL_SAFE_NO_PAD.encode(&hash[..12]);
    format!("W/\"{hash}\"")
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).into_iter();
    let accepted = accepted.filter_map(|value| value.to_str().ok());
    accepted.flat_map(|line| line.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_carries_is_sent_without_a_copy() {
        static FILE: [u8; 3] = *b"abc";
        assert_eq!(shared(Cow::Borrowed(&FILE)).as_ptr(), FILE.as_ptr());
    }

    #[test]
    fn a_file_that_is_as_the_browser_has_it_may_be_kept_as_long() {
        let Some(file) = Built::get("index.html") else {
            return;
        };
        let tag = HeaderValue::from_str(&tag(&file)).unwrap();
        let known = HeaderMap::from_iter([(IF_NONE_MATCH, tag)]);
        let response = send("index.html", file, &known, FRESH);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(response.headers()[CACHE_CONTROL], FRESH);
    }

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        let takes = |line: &'static str| {
            takes_gzip(&HeaderMap::from_iter([(
                ACCEPT_ENCODING,
                HeaderValue::from_static(line),
            )]))
        };
        assert!(takes("gzip, deflate, br"));
        assert!(takes("br;q=1.0, GZIP;q=0.5"));
        assert!(!takes("br"));
        assert!(!takes("gzip;q=0, br"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
