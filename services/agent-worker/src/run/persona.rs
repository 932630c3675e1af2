//! Who answers: the configured agents, ready for the loop.

use std::collections::HashMap;
use std::sync::Arc;

use mosaic_agent::Settings;
use mosaic_config::Agents;

/// One agent as a run needs it.
#[derive(Debug, Clone)]
pub(crate) struct Persona {
    /// Its name.
    pub(crate) name: String,
    /// `provider/model` that it thinks with unless the conversation says otherwise.
    pub(crate) model: Option<String>,
    /// What it is told, and its limits.
    pub(crate) settings: Arc<Settings>,
}

/// All agents of the installation.
#[derive(Debug)]
pub(crate) struct Personas {
    usual: Persona,
    all: HashMap<String, Persona>,
}

impl Personas {
    /// The agents of the configuration; `settings` makes the limits of one from its prompt.
    pub(crate) fn new(agents: &Agents, settings: impl Fn(String) -> Settings) -> Self {
        let persona = |agent: &mosaic_config::Agent| Persona {
            name: agent.name.clone(),
            model: agent.model.clone(),
            settings: Arc::new(settings(agent.system_prompt.clone())),
        };
        let all = agents
            .iter()
            .map(|agent| (agent.name.clone(), persona(agent)));
        Self {
            usual: persona(agents.usual()),
            all: all.collect(),
        }
    }

    /// The agent of this name. One that is not configured any more is stood in for by the usual one, which goes by its own
    /// name: a conversation outlives its agent.
    pub(crate) fn get(&self, name: &str) -> &Persona {
        self.all.get(name).unwrap_or_else(|| {
            tracing::warn!(agent = name, instead = %self.usual.name, "the agent of a conversation is not configured any more");
            &self.usual
        })
    }
}
