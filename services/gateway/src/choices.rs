//! What people can choose for a conversation: who answers, and with which model.

use mosaic_config::{Agent, Agents};

use crate::providers::Providers;
use crate::wire::check::{Check, MODEL_CHARS};

/// The agents and models of this installation. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    agents: std::sync::Arc<Agents>,
    providers: Providers,
}

impl Choices {
    pub(crate) fn new(agents: Agents, providers: Providers) -> Self {
        Self {
            agents: std::sync::Arc::new(agents),
            providers,
        }
    }

    /// All agents, the usual one first.
    pub(crate) fn agents(&self) -> impl Iterator<Item = &Agent> {
        self.agents.iter()
    }

    /// Who answers unless another is chosen.
    pub(crate) fn usual_agent(&self) -> String {
        self.agents.usual().name.clone()
    }

    /// Notes an agent that does not exist.
    pub(crate) fn check_agent(&self, name: Option<&str>, check: &mut Check) {
        let Some(name) = name else { return };
        if self.agents.get(name).is_none() {
            let names: Vec<_> = self
                .agents
                .iter()
                .map(|agent| agent.name.as_str())
                .collect();
            let names = names.join("`, `");
            check.fault(
                "agent",
                format!("is not an agent of this installation; there are `{names}`"),
            );
        }
    }

    /// Notes a model that no provider can be asked for.
    pub(crate) fn check_model(&self, model: Option<&str>, check: &mut Check) {
        check.optional("model", model, MODEL_CHARS);
        if let Some(model) = model
            && let Err(problem) = self.providers.resolve(model)
        {
            check.fault("model", problem);
        }
    }
}
