//! Built-in tools of agents and their schemas.
//!
//! A [`Tool`] describes itself to the model, says whether it may be repeated after a crash, and does one thing.
//! A [`Toolbox`] is the set an agent has.

mod calculator;
mod clock;
mod toolbox;

pub use calculator::Calculator;
pub use clock::Clock;
pub use toolbox::Toolbox;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use mosaic_domain::{Fence, Scope};
use serde_json::Value;

/// What a model is told about a tool, and what the platform must know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// The name by which a model calls it.
    pub name: &'static str,
    /// What it does and when to use it, for the model.
    pub description: &'static str,
    /// JSON Schema of its arguments.
    pub parameters: Value,
    /// Whether running it again does no harm. If a worker dies during a call, only such a tool is run again.
    pub idempotent: bool,
}

/// The circumstances of a call.
#[derive(Debug, Clone, Copy)]
pub struct ToolContext {
    /// On whose behalf.
    pub scope: Scope,
    /// The run it belongs to, and the claim under which it is made: what a call writes on behalf of the run must show it.
    pub fence: Fence,
    /// The number of its step; with the run it names the call, also when it is repeated after a crash.
    pub step: u32,
    /// The current time.
    pub now: DateTime<Utc>,
}

/// Why a call failed. The text goes to the model, so it says what to do differently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// The arguments do not fit the schema.
    #[error("the arguments do not fit: {0}")]
    Arguments(String),
    /// What was asked could not be done.
    #[error("{0}")]
    Failed(String),
}

/// Something an agent can do.
#[async_trait]
pub trait Tool: Send + Sync + std::fmt::Debug {
    /// How it describes itself.
    fn spec(&self) -> ToolSpec;

    /// Does it. What is returned is what the model reads.
    async fn call(&self, arguments: Value, context: ToolContext) -> Result<String, ToolError>;
}

/// Reads arguments into the type a tool wants.
fn arguments<T: serde::de::DeserializeOwned>(arguments: Value) -> Result<T, ToolError> {
    serde_json::from_value(arguments).map_err(|error| ToolError::Arguments(error.to_string()))
}
