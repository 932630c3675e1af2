//! The set of tools an agent has.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::{Calculator, Clock, Tool, ToolContext, ToolError, ToolSpec};

/// The tools of an agent, by name.
#[derive(Debug, Clone, Default)]
pub struct Toolbox {
    tools: BTreeMap<&'static str, Arc<dyn Tool>>,
}

impl Toolbox {
    /// The tools every agent has.
    #[must_use]
    pub fn built_in() -> Self {
        let mut toolbox = Self::default();
        toolbox.add(Arc::new(Calculator));
        toolbox.add(Arc::new(Clock));
        toolbox
    }

    /// Adds a tool, in place of one with the same name.
    pub fn add(&mut self, tool: Arc<dyn Tool>) {
        self.tools.insert(tool.spec().name, tool);
    }

    /// How the tools describe themselves, in alphabetical order so that prompts are the same every time.
    #[must_use]
    pub fn specs(&self) -> Vec<ToolSpec> {
        self.tools.values().map(|tool| tool.spec()).collect()
    }

    /// Whether the tool may be run again after a crash. One that does not exist fails the same way every time.
    #[must_use]
    pub fn is_idempotent(&self, name: &str) -> bool {
        self.tools
            .get(name)
            .is_none_or(|tool| tool.spec().idempotent)
    }

    /// Calls a tool by name.
    pub async fn call(
        &self,
        name: &str,
        arguments: Value,
        context: ToolContext,
    ) -> Result<String, ToolError> {
        let Some(tool) = self.tools.get(name) else {
            let known: Vec<_> = self.tools.keys().copied().collect();
            return Err(ToolError::Failed(format!(
                "there is no tool {name:?}; the tools are {}",
                known.join(", ")
            )));
        };
        tool.call(arguments, context).await
    }
}
