//! Which model a conversation speaks to, which one summarises it, and how much each can read.

use std::sync::Arc;

use mosaic_config::{Agents, Config};
use mosaic_llm::{LlmError, Provider, Registry};
use mosaic_runtime::StartError;
use mosaic_service::providers;

/// Bytes that make about one token, as agents count when they fit a conversation into a window.
pub(crate) const BYTES_PER_TOKEN: usize = 4;

/// A model that can be asked.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) provider: Arc<dyn Provider>,
    /// The provider's own name of it.
    pub(crate) name: String,
    /// How many tokens a conversation with it may have.
    pub(crate) window: u32,
}

impl Model {
    /// `provider/model`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.provider.name(), self.name)
    }

    /// A share of its window in bytes of text.
    pub(crate) fn share(&self, share: f64) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate of a positive number far below the limits"
        )]
        let tokens = (f64::from(self.window) * share) as usize;
        tokens.saturating_mul(BYTES_PER_TOKEN)
    }
}

/// The configured models.
#[derive(Debug, Clone)]
pub(crate) struct Models {
    registry: Registry,
    agents: Agents,
    writer: Option<String>,
}

impl Models {
    pub(crate) fn new(config: &Config) -> Result<Self, StartError> {
        let registry = providers::registry(&config.providers).map_err(|error| {
            let remedy = "Correct the section [providers].";
            StartError::new("the model providers", error, remedy)
        })?;
        let writer = config.summarizer.model.clone();
        registry.resolve(writer.as_deref()).map_err(|error| {
            let remedy =
                "Set summarizer.model to a model of a configured provider, or leave it empty.";
            StartError::new("the model that writes summaries", error, remedy)
        })?;
        Ok(Self {
            registry,
            agents: config.all_agents(),
            writer,
        })
    }

    /// The model that answers in a conversation with this agent, for which this model was chosen.
    pub(crate) fn of(&self, agent: &str, chosen: Option<&str>) -> Result<Model, LlmError> {
        let agent = self.agents.get(agent).unwrap_or(self.agents.usual());
        self.resolve(chosen.or(agent.model.as_deref()))
    }

    /// The model that summarises a conversation which speaks to `model`.
    pub(crate) fn writer(&self, model: &Model) -> Result<Model, LlmError> {
        match self.writer.as_deref() {
            Some(writer) => self.resolve(Some(writer)),
            None => Ok(model.clone()),
        }
    }

    fn resolve(&self, wanted: Option<&str>) -> Result<Model, LlmError> {
        let (provider, name) = self.registry.resolve(wanted)?;
        let window = self.registry.context_window(provider.name(), &name);
        Ok(Model {
            provider,
            name,
            window,
        })
    }
}
