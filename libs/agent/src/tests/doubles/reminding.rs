//! A memory that always has the same to say.

use async_trait::async_trait;
use mosaic_domain::MemoryId;
use mosaic_llm::Reminder;
use uuid::Uuid;

use crate::{Recall, Recalled, Turn};

/// Reminds of the same thing whatever is said.
pub(super) struct Reminding(Recalled);

impl Reminding {
    pub(super) fn of(text: &str) -> Self {
        Self(Recalled {
            memory_ids: vec![MemoryId::new(Uuid::from_u128(5))],
            reminders: vec![Reminder {
                text: text.into(),
                said_by: "user".into(),
                on: "2026-11-20".into(),
                source: "a note".into(),
            }],
        })
    }
}

#[async_trait]
impl Recall for Reminding {
    async fn recall(&self, _turn: &Turn) -> Recalled {
        self.0.clone()
    }
}
