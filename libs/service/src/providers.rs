//! The configured model providers as the registry that runs resolve their model in.

use mosaic_config::{ProviderKind, ProvidersConfig};
use mosaic_llm::{ProviderConfig, Registry, RegistryError, Timeouts};
use secrecy::ExposeSecret as _;

/// Builds the registry of everything that is configured; what is wrong with it names its settings.
pub fn registry(config: &ProvidersConfig) -> Result<Registry, RegistryError> {
    let default = Some(config.default.as_str()).filter(|name| *name != "auto");
    let timeouts = Timeouts {
        connect: config.connect_timeout(),
        idle: config.idle_timeout(),
        ..Timeouts::default()
    };
    let configs = config.named.iter().map(|(name, provider)| {
        let kind = match provider.kind {
            ProviderKind::Anthropic => mosaic_llm::ProviderKind::Anthropic,
            ProviderKind::OpenAi => mosaic_llm::ProviderKind::Openai,
            ProviderKind::Ollama => mosaic_llm::ProviderKind::Ollama,
            ProviderKind::Offline => mosaic_llm::ProviderKind::Offline,
        };
        let mut wanted = ProviderConfig::new(kind).with_timeouts(timeouts);
        if let Some(base_url) = &provider.base_url {
            wanted = wanted.with_base_url(base_url.expose());
        }
        if let Some(key) = &provider.api_key {
            wanted = wanted.with_api_key(key.expose_secret());
        }
        if let Some(model) = &provider.default_model {
            wanted = wanted.with_default_model(model);
        }
        if provider.context_window > 0 {
            wanted = wanted.with_context_window(provider.context_window);
        }
        (name.clone(), wanted)
    });
    Registry::from_configs(default, configs)
}
