//! The cookie that binds a sign-in to the browser that began it: whoever gets hold of the address to which a provider sends
//! somebody back cannot finish it in another one.
//!
//! It is the one cookie that is sent along when another site leads here (`SameSite=Lax`), because the provider is one. It
//! says nothing about who somebody is, and counts for nothing without a sign-in that is under way.

use http::{HeaderMap, HeaderValue};
use mosaic_identity::LinkSecret;

use super::HOLDS;
use crate::cookie;

const NAME: &str = "mosaic_sign_in";
/// Over https: nobody else in the domain can plant it.
const HOST_NAME: &str = "__Host-mosaic_sign_in";

/// What this browser keeps, if it does.
pub(super) fn find(headers: &HeaderMap, secure: bool) -> Option<LinkSecret> {
    let wanted = if secure { HOST_NAME } else { NAME };
    let (_, value) = cookie::pairs(headers).find(|(name, _)| *name == wanted)?;
    LinkSecret::parse(value).ok()
}

/// Has this browser keep it for as long as a sign-in may take.
pub(super) fn set(secret: &LinkSecret, secure: bool) -> Option<HeaderValue> {
    let (name, more) = if secure {
        (HOST_NAME, "; Secure")
    } else {
        (NAME, "")
    };
    let (value, age) = (secret.expose(), HOLDS.as_secs());
    let line = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{more}");
    let mut header = HeaderValue::from_str(&line).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::*;

    fn sent_back(header: &HeaderValue) -> HeaderMap {
        let text = header.to_str().unwrap();
        let (pair, _) = text.split_once(';').unwrap();
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(pair).unwrap())])
    }

    #[test]
    fn what_a_browser_keeps_is_found_again_and_cannot_be_planted_over_https() {
        let secret = LinkSecret::generate();
        let (plain, secure) = (set(&secret, false).unwrap(), set(&secret, true).unwrap());
        let found = find(&sent_back(&plain), false).unwrap();
        assert_eq!(found.hash(), secret.hash());
        assert!(find(&sent_back(&secure), true).is_some());
        assert!(find(&sent_back(&plain), true).is_none());
        assert!(find(&HeaderMap::new(), false).is_none());
        let text = secure.to_str().unwrap();
        assert!(text.starts_with("__Host-") && text.ends_with("HttpOnly; SameSite=Lax; Secure"));
    }
}
