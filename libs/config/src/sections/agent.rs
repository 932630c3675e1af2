//! The agents: who answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::unset;
use crate::errors::Faults;

/// The longest name of an agent, in characters.
const NAME_CHARS: usize = 64;
/// The longest system prompt, in characters.
const PROMPT_CHARS: usize = 100_000;

/// `[agent]`: who answers unless another agent was chosen.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AgentConfig {
    /// The name the agent goes by.
    pub name: String,
    /// What it is for, for those who choose an agent.
    pub description: String,
    /// What the model is told before every conversation; `{name}` stands for the name.
    pub system_prompt: String,
    /// `provider/model` that it thinks with unless the conversation says otherwise.
    #[serde(deserialize_with = "unset::read", serialize_with = "unset::write")]
    pub model: Option<String>,
}

/// `[agents.<name>]`: another agent that can be chosen.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AgentProfile {
    /// What it is for, for those who choose an agent.
    #[serde(default)]
    pub description: String,
    /// What the model is told before every conversation; `{name}` stands for the name.
    pub system_prompt: String,
    /// `provider/model` that it thinks with unless the conversation says otherwise.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "unset::write"
    )]
    pub model: Option<String>,
}

/// `[agents]`: the agents beside the usual one, by name.
pub type AgentsConfig = BTreeMap<String, AgentProfile>;

/// An agent that can be chosen, with everything filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What the model is told before every conversation.
    pub system_prompt: String,
    /// `provider/model`, where it has one of its own.
    pub model: Option<String>,
}

/// All agents that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agents {
    usual: Agent,
    others: BTreeMap<String, Agent>,
}

impl Agents {
    pub(crate) fn new(agent: &AgentConfig, others: &AgentsConfig) -> Self {
        let filled = |name: &str, description: &str, prompt: &str, model: &Option<String>| Agent {
            name: name.to_owned(),
            description: description.to_owned(),
            system_prompt: prompt.replace("{name}", name),
            model: model.clone(),
        };
        let AgentConfig {
            name,
            description,
            system_prompt,
            model,
        } = agent;
        let others = others.iter().map(|(name, profile)| {
            let AgentProfile {
                description,
                system_prompt,
                model,
            } = profile;
            let agent = filled(name, description, system_prompt, model);
            (name.clone(), agent)
        });
        Self {
            usual: filled(name, description, system_prompt, model),
            others: others.collect(),
        }
    }

    /// The agent that answers unless another was chosen.
    #[must_use]
    pub const fn usual(&self) -> &Agent {
        &self.usual
    }

    /// The agent of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Agent> {
        if name == self.usual.name {
            return Some(&self.usual);
        }
        self.others.get(name)
    }

    /// All of them, the usual one first, the others by name.
    pub fn iter(&self) -> impl Iterator<Item = &Agent> {
        std::iter::once(&self.usual).chain(self.others.values())
    }
}

impl AgentConfig {
    pub(crate) fn validate(&self, others: &AgentsConfig, faults: &mut Faults) {
        check_name("agent.name", &self.name, faults);
        check_prompt("agent.system_prompt", &self.system_prompt, faults);
        if others.contains_key(&self.name) {
            faults.add(
                "agent.name",
                format!("there is an agent `{}` below [agents] too", self.name),
                "give one of them another name",
            );
        }
        for (name, profile) in others {
            check_name(&format!("agents.{name}"), name, faults);
            let key = format!("agents.{name}.system_prompt");
            check_prompt(&key, &profile.system_prompt, faults);
        }
    }
}

fn check_name(key: &str, name: &str, faults: &mut Faults) {
    let odd = name.chars().any(|c| c.is_whitespace() || c.is_control());
    if name.is_empty() || odd || name.chars().count() > NAME_CHARS {
        faults.add(
            key,
            format!("the name is empty, longer than {NAME_CHARS} characters or has spaces in it"),
            "give a short name of one word",
        );
    }
}

fn check_prompt(key: &str, prompt: &str, faults: &mut Faults) {
    if prompt.chars().count() > PROMPT_CHARS {
        faults.add(
            key,
            format!("longer than {PROMPT_CHARS} characters"),
            "shorten it; long instructions belong into skills",
        );
    }
}
