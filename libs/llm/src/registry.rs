//! The configured providers and which one answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use crate::anthropic::Anthropic;
use crate::config::ProviderConfig;
use crate::offline::{self, Offline};
use crate::ollama::Ollama;
use crate::openai::OpenAi;
use crate::{
    LlmError, LlmErrorKind, Provider, ProviderKind, anthropic, context_window, ollama, openai,
};

/// The built-in names in the order in which the default is looked for, after the names that a user added.
const BUILT_IN: [&str; 4] = ["anthropic", "openai", "ollama", OFFLINE];
/// The name under which the offline assistant is always there.
const OFFLINE: &str = "offline";

/// Why the configured providers cannot be used. All that is wrong is reported at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .faults.join("; "))]
pub struct RegistryError {
    /// What is wrong and what to change, one sentence per setting.
    pub faults: Vec<String>,
}

/// The providers by name.
#[derive(Debug, Clone)]
pub struct Registry {
    providers: BTreeMap<String, Entry>,
    default: String,
}

#[derive(Debug, Clone)]
struct Entry {
    provider: Arc<dyn Provider>,
    default_model: Option<String>,
    context_window: Option<u32>,
}

impl Registry {
    /// Builds every provider that is configured; those without a key or an address are left out. The default is the
    /// named one (`provider`), or else the first configured: names that a user added, then anthropic, openai, ollama,
    /// and the offline assistant, which is always there.
    pub fn from_configs(
        default: Option<&str>,
        configs: impl IntoIterator<Item = (String, ProviderConfig)>,
    ) -> Result<Self, RegistryError> {
        let mut faults = Vec::new();
        let mut providers = BTreeMap::new();
        let mut known = Vec::new();
        for (name, config) in configs {
            known.push(name.clone());
            if !config.is_configured() {
                continue;
            }
            match build(&name, config) {
                Ok(entry) => drop(providers.insert(name, entry)),
                Err(fault) => faults.push(fault),
            }
        }
        providers
            .entry(OFFLINE.to_owned())
            .or_insert_with(offline_entry);
        let default = match default {
            Some(name) if providers.contains_key(name) => name.to_owned(),
            Some(name) => {
                faults.push(unusable_default(name, &known));
                OFFLINE.to_owned()
            }
            None => first_configured(&providers),
        };
        if faults.is_empty() {
            Ok(Self { providers, default })
        } else {
            Err(RegistryError { faults })
        }
    }

    /// The provider and model for a request. `model` may be none (the defaults), `provider` (its default model),
    /// `provider/model`, or a bare model name, which goes to the provider whose default it is, else to the default.
    pub fn resolve(&self, model: Option<&str>) -> Result<(Arc<dyn Provider>, String), LlmError> {
        let wanted = model.map(str::trim).filter(|wanted| !wanted.is_empty());
        let (name, model) = match wanted {
            None => (self.default.as_str(), None),
            Some(wanted) => match wanted.split_once('/') {
                // Only a known name selects: routers have slashes in their own model names.
                Some((name, model)) if self.providers.contains_key(name) => (name, Some(model)),
                _ if self.providers.contains_key(wanted) => (wanted, None),
                _ => (self.owner(wanted), Some(wanted)),
            },
        };
        let Some(entry) = self.providers.get(name) else {
            return Err(LlmError::new(
                LlmErrorKind::BadRequest,
                name,
                "no such provider",
            ));
        };
        let model = model.filter(|model| !model.is_empty()).map(str::to_owned);
        let Some(model) = model.or_else(|| entry.default_model.clone()) else {
            let message = "no model was named and there is no default model";
            return Err(LlmError::new(LlmErrorKind::ModelNotFound, name, message));
        };
        if entry.provider.kind() == ProviderKind::Offline
            && entry.default_model.as_ref() != Some(&model)
        {
            let message = format!("no configured provider has the model `{model}`");
            return Err(LlmError::new(LlmErrorKind::ModelNotFound, name, message));
        }
        Ok((entry.provider.clone(), model))
    }

    /// How many tokens a conversation with this model of this provider may have.
    #[must_use]
    pub fn context_window(&self, provider: &str, model: &str) -> u32 {
        let configured = self.configured_window(provider);
        configured.unwrap_or_else(|| context_window(model))
    }

    /// The window that was configured for all models of a provider, if one was.
    #[must_use]
    pub fn configured_window(&self, provider: &str) -> Option<u32> {
        self.providers.get(provider)?.context_window
    }

    /// The name of the provider that answers when a request names none.
    #[must_use]
    pub fn default_name(&self) -> &str {
        &self.default
    }

    /// One provider by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<dyn Provider>> {
        self.providers.get(name).map(|entry| entry.provider.clone())
    }

    /// All providers, by name.
    pub fn providers(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.providers.values().map(|entry| &entry.provider)
    }

    fn owner(&self, model: &str) -> &str {
        let is_default = |entry: &Entry| entry.default_model.as_deref() == Some(model);
        if self.providers.get(&self.default).is_some_and(is_default) {
            return &self.default;
        }
        let owner = self.providers.iter().find(|(_, entry)| is_default(entry));
        owner.map_or(&self.default, |(name, _)| name)
    }
}

fn first_configured(providers: &BTreeMap<String, Entry>) -> String {
    let own = providers
        .keys()
        .map(String::as_str)
        .filter(|name| !BUILT_IN.contains(name));
    own.chain(BUILT_IN)
        .find(|name| providers.contains_key(*name))
        .unwrap_or(OFFLINE)
        .to_owned()
}

fn unusable_default(name: &str, known: &[String]) -> String {
    if known.iter().any(|it| it == name) {
        format!(
            "the default provider `{name}` has neither a key nor an address: set providers.{name}.api_key or providers.{name}.base_url"
        )
    } else {
        format!("there is no provider `{name}`: set providers.default to one that is configured")
    }
}

fn offline_entry() -> Entry {
    Entry {
        provider: Arc::new(Offline::new(OFFLINE)),
        default_model: Some(offline::MODEL.to_owned()),
        context_window: None,
    }
}

fn build(name: &str, mut config: ProviderConfig) -> Result<Entry, String> {
    let (usual_address, usual_model) = match config.kind {
        ProviderKind::Anthropic => (anthropic::PUBLIC_ADDRESS, Some("claude-sonnet-5")),
        // Another server behind the same protocol has other models.
        ProviderKind::Openai if config.base_url.is_none() => {
            (openai::PUBLIC_ADDRESS, Some("gpt-5.5"))
        }
        ProviderKind::Openai => (openai::PUBLIC_ADDRESS, None),
        ProviderKind::Ollama => (ollama::USUAL_ADDRESS, Some("llama3.2")),
        ProviderKind::Offline => {
            let provider = Arc::new(Offline::new(name));
            return Ok(Entry {
                provider,
                default_model: Some(offline::MODEL.to_owned()),
                context_window: config.context_window,
            });
        }
    };
    let base = base_url(name, config.base_url.as_deref().unwrap_or(usual_address))?;
    let default_model = config
        .default_model
        .take()
        .filter(|model| !model.is_empty())
        .or_else(|| usual_model.map(str::to_owned));
    config.default_model.clone_from(&default_model);
    let context_window = config.context_window;
    let provider: Result<Arc<dyn Provider>, LlmError> = match config.kind {
        ProviderKind::Anthropic => Anthropic::new(name, base, config).map(|it| Arc::new(it) as _),
        ProviderKind::Ollama => Ollama::new(name, base, config).map(|it| Arc::new(it) as _),
        ProviderKind::Openai | ProviderKind::Offline => {
            OpenAi::new(name, base, config).map(|it| Arc::new(it) as _)
        }
    };
    let provider = provider.map_err(|error| format!("{error}. {}", error.remedy()))?;
    Ok(Entry {
        provider,
        default_model,
        context_window,
    })
}

/// The address of a provider, or what is wrong with it.
pub(crate) fn base_url(name: &str, text: &str) -> Result<Url, String> {
    let setting = format!("providers.{name}.base_url");
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match url {
        None => Err(format!(
            "{setting} is not an http or https address: write it like https://host:port/v1"
        )),
        // It would end up in every log line that names the address.
        Some(url) if !url.username().is_empty() || url.password().is_some() => Err(format!(
            "{setting} holds credentials: put the key into providers.{name}.api_key"
        )),
        Some(url) if url.query().is_some() || url.fragment().is_some() => Err(format!(
            "{setting} must end with its path: remove what follows `?` or `#`"
        )),
        Some(url) => Ok(url),
    }
}

#[cfg(test)]
mod tests;
