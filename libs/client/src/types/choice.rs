//! What can be chosen for a conversation.

use mosaic_domain::Patch;
use serde::{Deserialize, Serialize};

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// `provider/model` that it thinks with, where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether it answers unless another is chosen.
    #[serde(default)]
    pub default: bool,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// `provider/model`.
    pub id: String,
    /// The provider it is asked at.
    #[serde(default)]
    pub provider: String,
    /// How many tokens a conversation with it may have.
    #[serde(default)]
    pub context_window: u32,
    /// Whether it answers unless something else is chosen.
    #[serde(default)]
    pub default: bool,
    /// Whether its provider answered when it was last asked.
    #[serde(default)]
    pub available: bool,
}

/// What to change of a conversation; what is absent stays.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ConversationChange {
    /// Its new title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who answers from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// `provider/model` from now on; cleared, it is left to the agent.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub model: Patch<String>,
}
