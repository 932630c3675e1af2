//! Whether a request comes from a page of ours. A browser sends cookies along whoever makes it ask, so a cookie alone says who sits
//! before the browser and not that they wanted this.
//!
//! Browsers say where a request comes from in headers that no page can set: `Sec-Fetch-Site` where they know the
//! connection to be private, `Origin` with everything that changes something and with every WebSocket.

use http::header::{HOST, ORIGIN, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, Method};
use mosaic_error::{ErrorCode, Problem};

use crate::error::{ApiError, ApiResult};
use crate::state::Limits;

/// Refuses a request with a cookie that another site may have caused.
pub(crate) fn require(parts: &Parts, limits: &Limits) -> ApiResult<()> {
    // Reading shows nothing to another site, and following a link or typing the address must work.
    let reads = parts.method.is_safe() && !is_socket(parts);
    match site(&parts.headers) {
        Some("same-origin") => return Ok(()),
        Some("none") if reads => return Ok(()),
        Some(_) => return Err(foreign()),
        None => {}
    }
    match text(&parts.headers, &ORIGIN) {
        Some(origin) if is_own(origin, parts, limits) => Ok(()),
        None if reads => Ok(()),
        Some(_) | None => Err(foreign()),
    }
}

/// Refuses a request without a cookie that a browser sends on behalf of another site; what is no browser may ask.
pub(crate) fn refuse_other_sites(parts: &Parts, limits: &Limits) -> ApiResult<()> {
    let browser = site(&parts.headers).is_some() || parts.headers.contains_key(ORIGIN);
    if browser {
        require(parts, limits)
    } else {
        Ok(())
    }
}

/// Whether the page was reached by https: as configured, as it says itself, or as the proxy in front says. Who says so falsely
/// only gets a cookie that their own browser will not send.
pub(crate) fn is_secure(parts: &Parts, limits: &Limits) -> bool {
    let by_origin = text(&parts.headers, &ORIGIN)
        .is_some_and(|origin| origin.starts_with("https://") && is_own(origin, parts, limits));
    let by_proxy = parts.headers.get("x-forwarded-proto");
    is_always_secure(limits) || by_origin || by_proxy.is_some_and(|scheme| scheme == "https")
}

/// Whether the page is only ever reached by https.
pub(crate) fn is_always_secure(limits: &Limits) -> bool {
    let origin = limits.public_origin.as_deref();
    origin.is_some_and(|origin| origin.starts_with("https://"))
}

/// Whether this is the configured origin or, where no secure one is configured, the one that the request went to.
pub(crate) fn is_own(origin: &str, parts: &Parts, limits: &Limits) -> bool {
    if limits.public_origin.as_deref() == Some(origin) {
        return true;
    }
    let Some(("http" | "https", named)) = origin.split_once("://") else {
        return false;
    };
    let host = text(&parts.headers, &HOST).or_else(|| Some(parts.uri.authority()?.as_str()));
    !is_always_secure(limits) && host == Some(named)
}

fn is_socket(parts: &Parts) -> bool {
    parts.headers.contains_key(UPGRADE) || parts.method == Method::CONNECT
}

fn site(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("sec-fetch-site")?;
    // What cannot be read is not from here.
    Some(value.to_str().unwrap_or("unreadable"))
}

fn text<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().unwrap_or("unreadable"))
}

fn foreign() -> ApiError {
    let detail = "A session only counts for requests of Mosaic's own page, and this one does not say that it is from there.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Use the page at its own address, or send an API token as `Authorization: Bearer mos_…` instead of the cookie. Behind a proxy that changes `Host`, set gateway.public_url.")
        .into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limits(public: Option<&str>) -> Limits {
        Limits {
            max_body_bytes: 0,
            max_message_chars: 0,
            request_timeout: Duration::ZERO,
            heartbeat: Duration::ZERO,
            public_origin: public.map(Into::into),
            origins: ["https://other.example".to_owned()].into(),
            proxies: [].into(),
        }
    }

    fn asks(method: Method, headers: &[(&str, &str)], public: Option<&str>) -> bool {
        let mut request = http::Request::builder()
            .method(method)
            .uri("/api/x")
            .header("host", "mosaic.example:14242");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        require(&parts, &limits(public)).is_ok()
    }

    #[test]
    fn own_pages_may_change_things() {
        let own = ("origin", "http://mosaic.example:14242");
        assert!(asks(Method::POST, &[own], None));
        assert!(asks(
            Method::DELETE,
            &[("sec-fetch-site", "same-origin")],
            None
        ));
        let public = "https://chat.example";
        assert!(asks(Method::POST, &[("origin", public)], Some(public)));
        assert!(asks(Method::POST, &[own], Some("http://chat.example")));
    }

    #[test]
    fn with_a_secure_public_url_only_its_pages_are_own() {
        let public = Some("https://mosaic.example:14242");
        for (origin, own) in [
            ("https://mosaic.example:14242", true),
            ("http://mosaic.example:14242", false),
            ("https://mosaic.example", false),
        ] {
            assert_eq!(asks(Method::POST, &[("origin", origin)], public), own);
        }
    }

    #[test]
    fn what_is_neither_http_nor_https_is_no_page() {
        for scheme in ["ftp", "evil", "chrome-extension", ""] {
            let origin = format!("{scheme}://mosaic.example:14242");
            assert!(
                !asks(Method::POST, &[("origin", &origin)], None),
                "{origin}"
            );
        }
    }

    #[test]
    fn other_pages_and_requests_of_unknown_pages_may_not() {
        for headers in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "https://evil.example")],
            &[("origin", "https://other.example")],
            &[("origin", "http://mosaic.example")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "none")],
            &[
                ("origin", "http://mosaic.example:14242"),
                ("sec-fetch-site", "cross-site"),
            ],
        ] {
            for method in [Method::POST, Method::PATCH, Method::DELETE] {
                assert!(!asks(method, headers, None), "{headers:?}");
            }
        }
    }

    #[test]
    fn reading_needs_no_origin_and_a_socket_does() {
        assert!(asks(Method::GET, &[], None));
        assert!(asks(Method::GET, &[("sec-fetch-site", "none")], None));
        assert!(!asks(
            Method::GET,
            &[("sec-fetch-site", "cross-site")],
            None
        ));
        let upgrade = ("upgrade", "websocket");
        assert!(!asks(Method::GET, &[upgrade], None));
        let own = ("origin", "http://mosaic.example:14242");
        assert!(asks(Method::GET, &[upgrade, own], None));
    }

    #[test]
    fn a_page_is_secure_by_its_own_origin_or_by_word_of_the_proxy() {
        let secure = |name: &str, value: &str| {
            let request = http::Request::get("/").header("host", "mosaic.example");
            let (parts, ()) = request.header(name, value).body(()).unwrap().into_parts();
            is_secure(&parts, &limits(None))
        };
        assert!(secure("origin", "https://mosaic.example"));
        assert!(secure("x-forwarded-proto", "https"));
        assert!(!secure("origin", "http://mosaic.example"));
        assert!(!secure("origin", "https://evil.example"));
        assert!(!secure("x-forwarded-proto", "http"));
    }
}
