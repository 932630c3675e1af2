//! The cookie of a session: found in requests, set and taken back in responses.

use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use mosaic_identity::SessionSecret;

/// Its name where it may travel over plain HTTP.
pub(crate) const NAME: &str = "mosaic_session";
/// Its name over https: browsers take it only with `Secure`, from this very host and for all of it, so that nobody else, such
/// as a sibling of the domain, can plant one.
const HOST_NAME: &str = "__Host-mosaic_session";

/// The secret that a request carries. `secure` says that the page is only reached by https, where the plain name counts for nothing.
pub(crate) fn find(headers: &HeaderMap, secure: bool) -> Option<&str> {
    let named = |name: &str| pairs(headers).find(|(key, _)| *key == name);
    let found = named(HOST_NAME).or_else(|| if secure { None } else { named(NAME) });
    found.map(|(_, value)| value)
}

/// Each pair is read for itself: what a neighbour on the same host has set must not hide the session.
pub(crate) fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE).into_iter();
    lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
}

/// Hands a session to the browser, which forgets it when it ends in any case.
pub(crate) fn set(secret: &SessionSecret, lifetime: Duration, secure: bool) -> Option<HeaderValue> {
    let mut header = line(secret.expose(), lifetime, secure)?;
    header.set_sensitive(true);
    Some(header)
}

/// Takes whatever the browser has back, under either name.
pub(crate) fn unset() -> impl Iterator<Item = HeaderValue> {
    [false, true]
        .into_iter()
        .filter_map(|secure| line("", Duration::ZERO, secure))
}

fn line(value: &str, age: Duration, secure: bool) -> Option<HeaderValue> {
    let (name, more) = if secure {
        (HOST_NAME, "; Secure")
    } else {
        (NAME, "")
    };
    let age = age.as_secs();
    let line = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{more}");
    HeaderValue::from_str(&line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let lines = lines.iter();
        lines
            .map(|line| (COOKIE, HeaderValue::from_static(line)))
            .collect()
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let found = headers(&["a=b; mosaic_session=secret; c=d"]);
        assert_eq!(find(&found, false), Some("secret"));
        let apart = headers(&["a=b", "mosaic_session=secret"]);
        assert_eq!(find(&apart, false), Some("secret"));
        assert_eq!(find(&headers(&["mosaic_sessions=x"]), false), None);
        assert_eq!(find(&HeaderMap::new(), false), None);
    }

    #[test]
    fn a_neighbours_cookie_that_is_no_text_does_not_hide_it() {
        let line = b"theirs=\xff\xfe; mosaic_session=secret; name=\xc3\xa9";
        let found = HeaderMap::from_iter([(COOKIE, HeaderValue::from_bytes(line).unwrap())]);
        assert_eq!(find(&found, false), Some("secret"));
    }

    #[test]
    fn the_name_that_cannot_be_planted_counts_more_and_alone_over_https() {
        let both = headers(&["mosaic_session=planted; __Host-mosaic_session=own"]);
        assert_eq!(find(&both, false), Some("own"));
        assert_eq!(find(&both, true), Some("own"));
        assert_eq!(find(&headers(&["mosaic_session=planted"]), true), None);
    }

    #[test]
    fn no_script_and_no_other_site_gets_at_it() {
        let secret = SessionSecret::generate();
        let lifetime = Duration::from_hours(1);
        let plain = set(&secret, lifetime, false).unwrap();
        assert!(plain.is_sensitive());
        let plain = plain.to_str().unwrap();
        assert!(plain.starts_with("mosaic_session="), "{plain}");
        assert!(plain.contains("HttpOnly; SameSite=Strict") && !plain.contains("Secure"));
        let secure = set(&secret, lifetime, true).unwrap();
        let secure = secure.to_str().unwrap();
        assert!(secure.starts_with("__Host-mosaic_session="), "{secure}");
        assert!(secure.contains("Path=/") && secure.ends_with("; Secure"));
        assert_eq!(unset().count(), 2);
    }
}
