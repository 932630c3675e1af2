//! The agent itself.

use serde::{Deserialize, Serialize};

use crate::errors::Faults;

/// `[agent]`: who answers.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AgentConfig {
    /// The name the agent goes by.
    pub name: String,
    /// What the model is told before every conversation; `{name}` stands for the name.
    pub system_prompt: String,
}

impl AgentConfig {
    /// The system prompt with the name filled in.
    #[must_use]
    pub fn rendered_prompt(&self) -> String {
        self.system_prompt.replace("{name}", &self.name)
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        if self.name.trim().is_empty() || self.name.chars().count() > 64 {
            faults.add(
                "agent.name",
                "empty or longer than 64 characters",
                "give a short name",
            );
        }
        if self.system_prompt.chars().count() > 100_000 {
            faults.add(
                "agent.system_prompt",
                "longer than 100000 characters",
                "shorten it; long instructions belong into skills",
            );
        }
    }
}
