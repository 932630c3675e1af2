//! Printing a configuration without its secrets.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serializer};
use url::Url;

/// What stands in the place of a secret.
pub const HIDDEN: &str = "•••";

/// An address that may hold credentials. Whichever way it is printed or serialised, they are hidden; only
/// [`RedactedUrl::expose`] tells them.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct RedactedUrl(String);

impl RedactedUrl {
    /// The whole address, for whoever connects to it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for RedactedUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for RedactedUrl {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact_url(&self.0))
    }
}

impl fmt::Debug for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&redact_url(&self.0), f)
    }
}

/// The same for an address that may be unset.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn optional_dsn<S: Serializer>(
    value: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let shown = value.as_ref().map(|url| redact_url(url.expose_secret()));
    serializer.serialize_str(&shown.unwrap_or_default())
}

/// Serialises an address with its credentials hidden, an unset one as the empty string.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn url<S: Serializer>(
    value: &Option<RedactedUrl>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let shown = value.as_ref().map(RedactedUrl::to_string);
    serializer.serialize_str(&shown.unwrap_or_default())
}

/// Serialises the text of an address with its credentials hidden; one that can have none stays as it was written.
pub(crate) fn text_url<S: Serializer>(value: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if value.contains(['@', '?']) {
        serializer.serialize_str(&redact_url(value))
    } else {
        serializer.serialize_str(value)
    }
}

/// The same for one that may be unset.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn optional_text_url<S: Serializer>(
    value: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    text_url(value.as_deref().unwrap_or_default(), serializer)
}

/// The address without its password and without secrets in its query; what cannot be parsed, or is not what it looks like, is
/// hidden altogether.
#[must_use]
pub fn redact_url(text: &str) -> String {
    let Ok(url) = Url::parse(text) else {
        return HIDDEN.to_owned();
    };
    if is_broken(&url) {
        return HIDDEN.to_owned();
    }
    let mut shown = format!("{}://", url.scheme());
    push_account(&mut shown, &url);
    shown.push_str(url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        shown.push(':');
        shown.push_str(&port.to_string());
    }
    shown.push_str(url.path());
    push_query(&mut shown, &url);
    shown
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Whether a password with a `/` or a `?` that nobody wrote as `%XX` has ended the host too early: the rest of it stands in the
/// path or the query then, with the `@` that should have been before the host.
fn is_broken(url: &Url) -> bool {
    let named = !url.username().is_empty() || url.password().is_some();
    let behind = url.path().contains('@') || url.query().is_some_and(|query| query.contains('@'));
    behind && (named || !is_web(url))
}

fn push_account(shown: &mut String, url: &Url) {
    match (url.username(), url.password()) {
        ("", None) => return,
        // Who is named alone is a token in the place of a name.
        (_, None) if is_web(url) => shown.push_str(HIDDEN),
        (name, None) => shown.push_str(name),
        (name, Some(_)) => {
            shown.push_str(name);
            shown.push(':');
            shown.push_str(HIDDEN);
        }
    }
    shown.push('@');
}

fn push_query(shown: &mut String, url: &Url) {
    let mut separator = '?';
    for (key, value) in url.query_pairs() {
        shown.push(separator);
        separator = '&';
        shown.push_str(&key);
        shown.push('=');
        shown.push_str(if is_secret_word(&key) { HIDDEN } else { &value });
    }
}

fn is_secret_word(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    [
        "pass",
        "pwd",
        "secret",
        "token",
        "key",
        "signature",
        "sig",
        "auth",
        "code",
    ]
    .iter()
    .any(|word| key.contains(word))
}

/// Serialises a secret as hidden, an unset one as the empty string.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn secret<S: Serializer>(
    value: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if value.is_some() { HIDDEN } else { "" })
}

/// Serialises secrets as hidden, one by one, so that their number is seen.
pub(crate) fn secrets<S: Serializer>(
    values: &[SecretString],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|_| HIDDEN))
}

/// Serialises a secret address with its password hidden.
pub(crate) fn dsn<S: Serializer>(value: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&redact_url(value.expose_secret()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_hidden_and_the_rest_stays_readable() {
        assert_eq!(
            redact_url("postgres://joe:s3cret@db:5433/m?sslmode=require&password=x"),
            "postgres://joe:•••@db:5433/m?sslmode=require&password=•••"
        );
        assert_eq!(
            redact_url("redis://:pw@127.0.0.1:6379"),
            "redis://:•••@127.0.0.1:6379"
        );
        assert_eq!(
            redact_url("http://host/path?page=2"),
            "http://host/path?page=2"
        );
        assert_eq!(redact_url("host=db password=s3cret"), HIDDEN);
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_stands_in_an_address() {
        assert_eq!(
            redact_url("redis+unix:///run/valkey.sock?user=joe&pass=s3cret"),
            "redis+unix:///run/valkey.sock?user=joe&pass=•••"
        );
        assert_eq!(redact_url("https://t0ken@host/v1"), "https://•••@host/v1");
        assert_eq!(redact_url("postgres://joe@db/m"), "postgres://joe@db/m");
        // The password was not written as it should be, so that its end is taken for something else.
        for broken in [
            "postgres://joe:s3/cret@db/m",
            "postgres://joe:12/s3cret@db/m",
            "postgres://joe:12?s3cret@db/m",
            "https://joe:p@s3/cret@host",
        ] {
            assert_eq!(redact_url(broken), HIDDEN, "{broken}");
        }
    }

    #[test]
    fn an_address_tells_its_credentials_only_when_asked_for_them() {
        let url = RedactedUrl::from("https://joe:s3cret@host/v1?api_key=k3y");
        for shown in [format!("{url}"), format!("{url:?}"), format!("{url:#?}")] {
            assert!(shown.contains("host/v1"), "{shown}");
            assert!(
                !shown.contains("s3cret") && !shown.contains("k3y"),
                "{shown}"
            );
        }
        assert!(url.expose().contains("s3cret"));
    }
}
