//! The model providers: named tables, some built in, any number added.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::unset;
use crate::errors::Faults;
use crate::redact::RedactedUrl;
use crate::{redact, schema};

/// The built-in names in the order in which `auto` tries them, after the ones that a user added.
const BUILT_IN: [&str; 4] = ["anthropic", "openai", "ollama", "offline"];
/// Chooses the first configured provider.
const AUTO: &str = "auto";

/// `[providers]`: which models answer, and how they are reached.
#[derive(Debug, Clone, Serialize)]
pub struct ProvidersConfig {
    /// The name of the provider that answers, or `auto`.
    pub default: String,
    /// How long to wait for a connection to a provider.
    pub connect_timeout_ms: u64,
    /// How long a stream may say nothing.
    pub idle_timeout_ms: u64,
    /// The providers by name.
    #[serde(flatten)]
    pub named: BTreeMap<String, ProviderConfig>,
}

/// `[providers.<name>]`: one provider.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ProviderConfig {
    /// The wire protocol.
    pub kind: ProviderKind,
    /// Where it is, when not at the public address of its kind.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "redact::url"
    )]
    pub base_url: Option<RedactedUrl>,
    /// The key it asks for.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "redact::secret"
    )]
    pub api_key: Option<SecretString>,
    /// The model that is asked when nothing else is said.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "unset::write"
    )]
    pub default_model: Option<String>,
    /// Tokens that a conversation with its models may have; 0: what is known of each model.
    #[serde(default)]
    pub context_window: u32,
}

/// The wire protocol of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// The Anthropic messages API.
    Anthropic,
    /// The `OpenAI` chat completions API and what is compatible with it.
    OpenAi,
    /// The Ollama chat API.
    Ollama,
    /// Rules instead of a model; always available.
    Offline,
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
            Self::Ollama => "ollama",
            Self::Offline => "offline",
        })
    }
}

impl ProviderConfig {
    /// A provider of this kind with nothing set.
    #[must_use]
    pub fn new(kind: ProviderKind) -> Self {
        Self {
            kind,
            base_url: None,
            api_key: None,
            default_model: None,
            context_window: 0,
        }
    }

    /// Whether enough is known to try it: a key, an address, or a kind that needs neither.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.kind == ProviderKind::Offline || self.api_key.is_some() || self.base_url.is_some()
    }

    fn validate(&self, name: &str, faults: &mut Faults) {
        if self.context_window != 0 {
            faults.range(
                format!("providers.{name}.context_window"),
                self.context_window,
                256..=100_000_000,
            );
        }
        if let Some(base_url) = &self.base_url {
            let fits = Url::parse(base_url.expose())
                .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            if !fits {
                faults.add(
                    format!("providers.{name}.base_url"),
                    "not an http or https address",
                    "write it like https://host:port/v1",
                );
            }
        }
    }
}

impl ProvidersConfig {
    /// How long to wait for a connection to a provider.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// How long a stream may say nothing.
    #[must_use]
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms)
    }

    /// The provider that answers: the named one, or by `auto` the first configured. `None` only when the name is unknown.
    #[must_use]
    pub fn chosen(&self) -> Option<(&str, &ProviderConfig)> {
        if self.default != AUTO {
            return self
                .named
                .get_key_value(&self.default)
                .map(|(name, it)| (name.as_str(), it));
        }
        let own = self
            .named
            .keys()
            .map(String::as_str)
            .filter(|name| !BUILT_IN.contains(name));
        own.chain(BUILT_IN)
            .filter_map(|name| self.named.get(name).map(|provider| (name, provider)))
            .find(|(_, provider)| provider.is_configured())
    }

    /// The configured providers by name.
    pub fn configured(&self) -> impl Iterator<Item = (&str, &ProviderConfig)> {
        self.named
            .iter()
            .filter(|(_, provider)| provider.is_configured())
            .map(|(name, provider)| (name.as_str(), provider))
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        faults.range(
            "providers.connect_timeout_ms",
            self.connect_timeout_ms,
            1..=600_000,
        );
        faults.range(
            "providers.idle_timeout_ms",
            self.idle_timeout_ms,
            1..=3_600_000,
        );
        for (name, provider) in &self.named {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
            if name == AUTO || name.is_empty() || !name.chars().all(plain) {
                faults.add(
                    format!("providers.{name}"),
                    "not a name for a provider",
                    "use small letters, digits, - and _, and not `auto`",
                );
            }
            provider.validate(name, faults);
        }
        self.validate_default(faults);
    }

    fn validate_default(&self, faults: &mut Faults) {
        match self.chosen() {
            Some((_, provider)) if provider.is_configured() => {}
            Some((name, _)) => faults.add(
                "providers.default",
                format!("`{name}` is chosen but has neither a key nor an address"),
                format!("set providers.{name}.api_key or providers.{name}.base_url"),
            ),
            None => {
                let names = self.named.keys().map(String::as_str);
                let remedy = match schema::nearest(&self.default, names.chain([AUTO])) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "use `auto` or the name of a table providers.<name>".to_owned(),
                };
                faults.add(
                    "providers.default",
                    format!("no provider `{}`", self.default),
                    remedy,
                );
            }
        }
    }
}
