//! Running the thing: telemetry, stopping, the local tier, the command line.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::unset;
use crate::errors::Faults;
use crate::redact;
use crate::redact::RedactedUrl;

/// `[telemetry]`: logs, traces, metrics.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct TelemetryConfig {
    /// A level or a filter.
    pub log_level: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Where traces and metrics are sent over OTLP gRPC.
    #[serde(deserialize_with = "unset::read", serialize_with = "redact::url")]
    pub otlp_endpoint: Option<RedactedUrl>,
    /// The share of traces that is sent.
    pub trace_sample_ratio: f64,
    /// How often metrics are sent.
    pub metrics_interval_s: u64,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for log collectors.
    Json,
}

impl TelemetryConfig {
    /// How often metrics are sent.
    #[must_use]
    pub fn metrics_interval(&self) -> Duration {
        Duration::from_secs(self.metrics_interval_s)
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        faults.range(
            "telemetry.trace_sample_ratio",
            self.trace_sample_ratio,
            0.0..=1.0,
        );
        faults.range(
            "telemetry.metrics_interval_s",
            self.metrics_interval_s,
            1..=3600,
        );
        if self.log_level.trim().is_empty() {
            faults.add(
                "telemetry.log_level",
                "empty",
                "use error, warn, info, debug or trace",
            );
        }
        if let Some(endpoint) = &self.otlp_endpoint {
            require_http(
                "telemetry.otlp_endpoint",
                endpoint.expose(),
                "http://127.0.0.1:4317",
                faults,
            );
        }
    }
}

/// `[shutdown]`: stopping.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ShutdownConfig {
    /// How long work in hand may take to finish.
    pub grace_s: u64,
}

impl ShutdownConfig {
    /// How long work in hand may take to finish.
    #[must_use]
    pub fn grace(&self) -> Duration {
        Duration::from_secs(self.grace_s)
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        faults.range("shutdown.grace_s", self.grace_s, 0..=3600);
    }
}

/// `[local]`: everything on this machine.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct LocalConfig {
    /// Where the local tier keeps its data. Loading fills in the system's usual place when nothing is set.
    pub data_dir: PathBuf,
    /// A folder with the engines to use.
    #[serde(deserialize_with = "unset::read", serialize_with = "unset::write")]
    pub engines_dir: Option<PathBuf>,
}

/// `[internal]`: how services know each other.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct InternalConfig {
    /// What services sign with when they call each other; without it, no service answers another.
    #[serde(deserialize_with = "unset::read", serialize_with = "redact::secret")]
    pub token: Option<SecretString>,
    /// Others that are believed, while the token is being changed.
    #[serde(serialize_with = "redact::secrets")]
    pub previous_tokens: Vec<SecretString>,
}

impl InternalConfig {
    pub(crate) fn validate(&self, faults: &mut Faults) {
        const REMEDY: &str =
            "use at least 32 random letters and digits, the same for every service";
        if self.token.as_ref().is_some_and(|token| !is_strong(token)) {
            faults.add("internal.token", "too short or not plain ASCII", REMEDY);
        }
        if !self.previous_tokens.iter().all(is_strong) {
            faults.add(
                "internal.previous_tokens",
                "one of them is too short or not plain ASCII",
                REMEDY,
            );
        }
    }
}

/// Nobody guesses it, and it survives every file and variable as it is.
fn is_strong(token: &SecretString) -> bool {
    let token = token.expose_secret();
    token.len() >= 32 && token.chars().all(|letter| letter.is_ascii_graphic())
}

/// `[client]`: the command line client.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ClientConfig {
    /// The gateway to talk to; the local one when not set.
    #[serde(
        deserialize_with = "unset::read",
        serialize_with = "redact::optional_text_url"
    )]
    pub url: Option<String>,
    /// The API token; the one of the local tier when not set.
    #[serde(deserialize_with = "unset::read", serialize_with = "redact::secret")]
    pub token: Option<SecretString>,
}

impl ClientConfig {
    pub(crate) fn validate(&self, faults: &mut Faults) {
        if let Some(url) = &self.url {
            require_http("client.url", url, "http://127.0.0.1:14242", faults);
        }
    }
}

fn require_http(key: &str, text: &str, example: &str, faults: &mut Faults) {
    let fits = Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !fits {
        faults.add(
            key,
            "not an http or https address",
            format!("write it like {example}"),
        );
    }
}
