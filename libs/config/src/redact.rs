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

/// The address without its password and without secrets in its query; what cannot be parsed is hidden altogether.
#[must_use]
pub fn redact_url(text: &str) -> String {
    let Ok(url) = Url::parse(text) else {
        return HIDDEN.to_owned();
    };
    let mut shown = format!("{}://", url.scheme());
    if !url.username().is_empty() || url.password().is_some() {
        shown.push_str(url.username());
        if url.password().is_some() {
            shown.push(':');
            shown.push_str(HIDDEN);
        }
        shown.push('@');
    }
    shown.push_str(url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        shown.push(':');
        shown.push_str(&port.to_string());
    }
    shown.push_str(url.path());
    push_query(&mut shown, &url);
    shown
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
        "password",
        "passwd",
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
    fn an_address_tells_its_credentials_only_when_asked_for_them() {
        let url = RedactedUrl::from("https://joe:s3cret@host/v1?api_key=k3y");
        for shown in [format!("{url}"), format!("{url:?}"), format!("{url:#?}")] {
            assert!(shown.contains("host/v1"), "{shown}");
            assert!(!shown.contains("s3cret") && !shown.contains("k3y"), "{shown}");
        }
        assert!(url.expose().contains("s3cret"));
    }
}
