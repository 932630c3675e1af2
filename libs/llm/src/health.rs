//! The connection test that all remote providers share.

use std::time::Instant;

use crate::{HealthStatus, LlmError, Provider, ProviderHealth};

/// Lists the models, which proves address, key and protocol, and looks for the default model among them.
pub(crate) async fn check(
    provider: &dyn Provider,
    default_model: Option<&str>,
) -> Result<ProviderHealth, LlmError> {
    let start = Instant::now();
    let models = provider.list_models().await?;
    let latency = start.elapsed();
    // Ollama lists `llama3.2:latest` for what everybody calls `llama3.2`.
    let missing = default_model.filter(|wanted| {
        !models
            .iter()
            .any(|model| model.id == *wanted || model.id.strip_suffix(":latest") == Some(*wanted))
    });
    let note = missing.map(|model| {
        let name = provider.name();
        format!("The model `{model}` is not offered: set providers.{name}.default_model to one of the models listed.")
    });
    let status = if note.is_some() {
        HealthStatus::Degraded
    } else {
        HealthStatus::Healthy
    };
    Ok(ProviderHealth {
        status,
        latency,
        models,
        note,
    })
}
