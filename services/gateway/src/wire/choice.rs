//! What can be chosen, on the wire.

use mosaic_config::Agent;
use serde::Serialize;
use utoipa::ToSchema;

/// An agent that can be chosen.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentBody {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// `provider/model` that it thinks with, where it has one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether it answers unless another is chosen.
    pub default: bool,
}

impl AgentBody {
    /// An agent as people see it: what it is told stays with it.
    pub(crate) fn new(agent: &Agent, default: bool) -> Self {
        Self {
            name: agent.name.clone(),
            description: agent.description.clone(),
            model: agent.model.clone(),
            default,
        }
    }
}

/// The agents of the installation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentList {
    /// The usual one first.
    pub items: Vec<AgentBody>,
}

/// A model that can be asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelBody {
    /// `provider/model`, as conversations name it.
    pub id: String,
    /// The provider it is asked at.
    pub provider: String,
    /// How many tokens a conversation with it may have.
    pub context_window: u32,
    /// Whether it answers unless something else is chosen.
    pub default: bool,
    /// Whether its provider answered when it was last asked.
    pub available: bool,
}

/// The models of the installation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelList {
    /// By provider.
    pub items: Vec<ModelBody>,
}
