//! From a failed request to the taxonomy.

use std::error::Error as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};

use crate::error::classify;
use crate::{LlmError, LlmErrorKind};

/// How much of a provider's words an error may carry.
const MESSAGE_LIMIT: usize = 300;
/// No provider means more than this; a wrong date must not stop a worker for a year.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// What a provider said about an error, in its own terms.
#[derive(Debug, Default)]
pub(crate) struct ErrorBody {
    /// Its code or type, whichever says more.
    pub(crate) codes: Vec<String>,
    /// Its sentence.
    pub(crate) message: String,
}

/// Everything known about a failed request besides the body.
pub(super) struct Failure<'a> {
    pub(super) provider: &'a str,
    pub(super) key: Option<&'a SecretString>,
    pub(super) status: Option<u16>,
    pub(super) retry_after: Option<Duration>,
    pub(super) redirect: Option<String>,
}

impl Failure<'_> {
    /// `told` is the provider's own error shape if the body had it, `raw` the body as text. A body of another shape says
    /// something about the kind and is not repeated: what stands between here and the provider may put the request into it.
    pub(super) fn into_error(self, told: Option<ErrorBody>, raw: &str) -> LlmError {
        let recognised = told.is_some();
        let body = told.unwrap_or_default();
        let said = if recognised { &body.message } else { raw };
        let kind = classify::kind(self.status, &body.codes, said, recognised);
        let words = match (&self.redirect, self.status) {
            (Some(target), Some(300..=399)) => format!("it redirects to {target}"),
            _ if body.message.is_empty() => body.codes.join(", "),
            _ => body.message,
        };
        let message = match (self.status, words.is_empty()) {
            (Some(status), true) => format!("it answered with status {status}"),
            (Some(status), false) => format!("{words} (status {status})"),
            (None, true) => "it reported an error without a reason".to_owned(),
            (None, false) => words,
        };
        LlmError {
            kind,
            provider: self.provider.to_owned(),
            message: clean(&message, self.key),
            retry_after: self.retry_after,
            status: self.status,
        }
    }
}

/// Frees text of the key and of anything that looks like one, and trims it.
pub(super) fn clean(text: &str, key: Option<&SecretString>) -> String {
    const HIDDEN: &str = "[key]";
    let mut text = match key.map(ExposeSecret::expose_secret) {
        Some(key) if !key.is_empty() => text.replace(key, HIDDEN),
        _ => text.to_owned(),
    };
    if text.contains("sk-") {
        // Providers repeat a rejected key partly masked.
        text = text
            .split(' ')
            .map(|word| {
                if word
                    .trim_start_matches(['"', '\'', '`', '('])
                    .starts_with("sk-")
                {
                    HIDDEN
                } else {
                    word
                }
            })
            .collect::<Vec<_>>()
            .join(" ");
    }
    match text.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A failure of the connection itself.
pub(super) fn transport(provider: &str, error: reqwest::Error) -> LlmError {
    let kind = if error.is_timeout() {
        LlmErrorKind::Timeout
    } else {
        LlmErrorKind::Network
    };
    let what = match (error.is_connect(), error.is_timeout()) {
        (true, true) => "could not connect in time",
        (true, false) => "could not connect",
        (false, true) => "the connection timed out",
        (false, false) => "the connection was lost",
    };
    // The address may hold what belongs in a log even less than a key does.
    let reason = chain(&error.without_url());
    LlmError::new(kind, provider, clean(&format!("{what}: {reason}"), None))
}

/// An error with its causes in one line; the outermost ones alone say nothing.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
        cause = inner.source();
    }
    parts.join(": ")
}

/// `retry-after` as seconds or as an HTTP date, or the milliseconds that some providers send beside it.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let millis = text("retry-after-ms")
        .and_then(|value| value.trim().parse::<u64>().ok())
        .map(Duration::from_millis);
    let wait = millis.or_else(|| text(RETRY_AFTER.as_str()).and_then(wait_from))?;
    Some(wait.min(LONGEST_WAIT))
}

fn wait_from(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    // The weekday adds nothing, and a wrong one would make the whole date invalid.
    let date = value.split_once(',').map_or(value, |(_, date)| date);
    let date = DateTime::parse_from_rfc2822(date.trim()).ok()?;
    #[expect(
        clippy::disallowed_methods,
        reason = "an HTTP date can only be compared with the wall clock"
    )]
    let now = Utc::now();
    // A date that has passed means: at once.
    Some(date.signed_duration_since(now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn retry_after_reads_seconds_milliseconds_and_dates() {
        assert_eq!(
            retry_after(&headers("retry-after", "7")),
            Some(Duration::from_secs(7))
        );
        assert_eq!(
            retry_after(&headers("retry-after", "0.5")),
            Some(Duration::from_millis(500))
        );
        assert_eq!(
            retry_after(&headers("retry-after-ms", "30")),
            Some(Duration::from_millis(30))
        );
        assert_eq!(retry_after(&headers("retry-after", "soon")), None);
        assert_eq!(retry_after(&headers("retry-after", "-3")), None);
        assert_eq!(retry_after(&headers("retry-after", "1e30")), None);
        assert_eq!(
            retry_after(&headers("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")),
            Some(Duration::ZERO)
        );
        assert_eq!(
            retry_after(&headers("retry-after", "Fri, 21 Oct 2395 07:28:00 GMT")),
            Some(LONGEST_WAIT)
        );
    }

    #[test]
    fn a_key_never_survives_in_the_text_of_an_error() {
        let key = SecretString::from("very-secret-value".to_owned());
        let text = clean(
            "wrong key very-secret-value, also 'sk-abc***xyz' was",
            Some(&key),
        );
        assert_eq!(text, "wrong key [key], also [key] was");
    }

    #[test]
    fn a_body_of_unknown_shape_gives_the_kind_and_the_status_and_is_not_repeated() {
        let failure = Failure {
            provider: "local",
            key: None,
            status: Some(400),
            retry_after: None,
            redirect: None,
        };
        let error = failure.into_error(None, "bad: my secret prompt");
        assert_eq!(error.kind, LlmErrorKind::BadRequest);
        assert_eq!(error.message, "it answered with status 400");
    }

    #[test]
    fn the_text_of_an_error_is_trimmed_at_a_character() {
        let text = clean(&"ä".repeat(5000), None);
        assert_eq!(text.chars().count(), MESSAGE_LIMIT + 1);
    }
}
