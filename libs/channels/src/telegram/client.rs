//! The HTTP hop to the Bot API: time limits, size limits, errors in our own terms, and the token in none of them.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use crate::ChannelError;

/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(10);
/// A longer answer is not read.
const LONGEST: usize = 16 << 20;
/// How long to stay away when another bridge asks for the same bot's updates.
const CONFLICT: Duration = Duration::from_secs(5);

/// The Bot API as one bot.
pub(super) struct BotApi {
    base: String,
    token: SecretString,
    client: reqwest::Client,
}

impl fmt::Debug for BotApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BotApi")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The message has this text already.
    NotModified,
    /// The formatted text cannot be read.
    Unreadable(String),
    /// Everything else.
    Error(ChannelError),
}

impl Failure {
    /// What the caller of the adapter is told.
    pub(super) fn into_error(self) -> ChannelError {
        match self {
            Self::NotModified => ChannelError::Fatal {
                reason: "nothing was changed".to_owned(),
            },
            Self::Unreadable(reason) => ChannelError::Fatal { reason },
            Self::Error(error) => error,
        }
    }

    /// The same, of a failure that is still needed.
    pub(super) fn error(&self) -> ChannelError {
        self.clone().into_error()
    }
}

impl From<ChannelError> for Failure {
    fn from(error: ChannelError) -> Self {
        Self::Error(error)
    }
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    error_code: Option<u16>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(default)]
    retry_after: Option<u64>,
}

impl BotApi {
    pub(super) fn new(api_url: &str, token: SecretString) -> Result<Self, ChannelError> {
        let fatal = |reason: String| ChannelError::Fatal { reason };
        let base = Url::parse(api_url).map_err(|error| fatal(format!("api_url: {error}")))?;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .user_agent(concat!("mosaic/", env!("CARGO_PKG_VERSION")))
            // The path holds the token, and the logs of HTTP/2 hold paths.
            .http1_only()
            // A redirect would carry the token to wherever it points.
            .redirect(Policy::none());
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| fatal(innermost(&error.without_url())))?;
        Ok(Self {
            base: base.as_str().trim_end_matches('/').to_owned(),
            token,
            client,
        })
    }

    /// Calls a method; everything together takes no longer than `limit`.
    pub(super) async fn call(
        &self,
        method: &'static str,
        body: &Value,
        limit: Duration,
    ) -> Result<Value, Failure> {
        let address = format!("{}/bot{}/{method}", self.base, self.token.expose_secret());
        let exchange = async {
            let request = self.client.post(address).json(body);
            let mut response = request.send().await.map_err(unreached)?;
            let status = response.status().as_u16();
            let mut bytes = Vec::new();
            while let Some(more) = response.chunk().await.map_err(unreached)? {
                if bytes.len() + more.len() > LONGEST {
                    return Err(ChannelError::retry("the answer is too long"));
                }
                bytes.extend_from_slice(&more);
            }
            Ok((status, bytes))
        };
        let (status, bytes) = tokio::time::timeout(limit, exchange).await.map_err(|_| {
            ChannelError::retry(format!("no answer to {method} within {limit:?}"))
        })??;
        match serde_json::from_slice::<Answer>(&bytes) {
            Ok(answer) if answer.ok => Ok(answer.result),
            Ok(answer) => Err(refusal(status, answer)),
            Err(_) => Err(without_words(status).into()),
        }
    }
}

/// An answer that is not the Bot API's: of something between it and us, or of something else altogether.
fn without_words(status: u16) -> ChannelError {
    ChannelError::retry(format!("HTTP {status} without a word from the Bot API"))
}

fn refusal(status: u16, answer: Answer) -> Failure {
    let code = answer.error_code.unwrap_or(status);
    let reason = answer
        .description
        .unwrap_or_else(|| format!("error {code}"));
    let after = answer.parameters.and_then(|more| more.retry_after);
    let words = reason.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    Failure::Error(match code {
        429 => ChannelError::Retry {
            after: Some(Duration::from_secs(after.unwrap_or(1).max(1))),
            reason,
        },
        409 => ChannelError::Retry {
            after: Some(CONFLICT),
            reason,
        },
        401 | 404 => ChannelError::Refused { reason },
        403 => ChannelError::Gone { reason },
        400 if says(&["message is not modified"]) => return Failure::NotModified,
        400 if says(&["can't parse entities", "can't find end of"]) => {
            return Failure::Unreadable(reason);
        }
        400 if says(&["chat not found", "user is deactivated", "peer_id_invalid"]) => {
            ChannelError::Gone { reason }
        }
        400 if says(&[
            "message to edit not found",
            "message can't be edited",
            "message_id_invalid",
            "message to delete not found",
            "message can't be deleted",
        ]) =>
        {
            ChannelError::MessageGone { reason }
        }
        500.. => ChannelError::retry(reason),
        _ => ChannelError::Fatal { reason },
    })
}

/// Nothing came back. The address, and with it the token, is taken out before anything is said.
fn unreached(error: reqwest::Error) -> ChannelError {
    ChannelError::retry(innermost(&error.without_url()))
}

fn innermost(error: &reqwest::Error) -> String {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        reason = cause.to_string();
        source = cause.source();
    }
    reason
}

/// A proxy is never the way to this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u16, description: &str) -> Failure {
        let answer = serde_json::json!({"ok": false, "error_code": code, "description": description,
            "parameters": {"retry_after": 7}});
        refusal(200, serde_json::from_value(answer).unwrap())
    }

    #[test]
    fn what_to_do_is_read_from_the_answer() {
        let after = Some(Duration::from_secs(7));
        let told = refused(429, "Too Many Requests: retry after 7");
        assert!(
            matches!(&told, Failure::Error(ChannelError::Retry { after: it, .. }) if *it == after)
        );
        let told = refused(403, "Forbidden: bot was blocked by the user");
        assert!(matches!(told, Failure::Error(ChannelError::Gone { .. })));
        let told = refused(400, "Bad Request: message is not modified: specified new…");
        assert_eq!(told, Failure::NotModified);
        let told = refused(
            400,
            "Bad Request: can't parse entities: Unsupported start tag",
        );
        assert!(matches!(told, Failure::Unreadable(_)));
        let told = refused(400, "Bad Request: message to edit not found");
        assert!(matches!(
            told,
            Failure::Error(ChannelError::MessageGone { .. })
        ));
        let told = refused(401, "Unauthorized");
        assert!(matches!(told, Failure::Error(ChannelError::Refused { .. })));
        let told = refused(502, "Bad Gateway");
        assert!(matches!(
            told,
            Failure::Error(ChannelError::Retry { after: None, .. })
        ));
    }
}
