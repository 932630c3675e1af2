//! The agent loop, against traits: no I/O, no clock of its own.
//!
//! A run alternates model steps and tool steps until the model answers without asking for a tool. Every step is
//! recorded through a [`Journal`] before the next begins, so [`run`] can be called again with what was recorded
//! and goes on where the record ends. The loop decides; whoever implements [`Journal`], [`Clock`] and [`Recall`] does.

mod context;
mod journal;
mod model_step;
mod recall;
mod run;
mod stop;
mod storable;
mod tool_step;
mod transcript;

pub use journal::{Ending, Journal, JournalError, Pausing, Record};
pub use recall::{Oblivion, Recall, Recalled};
pub use run::{Agent, Settings, Turn, run};
pub use stop::{Stop, StopSignal, Stopper};
pub use transcript::{InvalidStep, ModelOutput, ToolOutput};

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// Time as the loop is given it.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> DateTime<Utc>;

    /// Waits.
    async fn sleep(&self, duration: Duration);
}

#[cfg(test)]
mod tests;
