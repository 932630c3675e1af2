//! What the model is reminded of before it is asked.

use async_trait::async_trait;
use mosaic_domain::MemoryId;
use mosaic_llm::Reminder;

use crate::Turn;

/// What fits a turn of all that is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recalled {
    /// Which memories, the most fitting first.
    pub memory_ids: Vec<MemoryId>,
    /// The same as the model reads them.
    pub reminders: Vec<Reminder>,
}

/// Whoever remembers. A run is never failed by memory and waits for it only a moment: what cannot be found in time is
/// not recalled.
#[async_trait]
pub trait Recall: Send + Sync {
    /// What fits the messages of this turn. It is recorded that the run was shown it.
    async fn recall(&self, turn: &Turn) -> Recalled;
}

/// Remembers nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Oblivion;

#[async_trait]
impl Recall for Oblivion {
    async fn recall(&self, _turn: &Turn) -> Recalled {
        Recalled::default()
    }
}
