//! Finding memories for a run, and recording that it is shown them.

use std::collections::HashSet;
use std::time::Duration;

use mosaic_domain::{Fence, MemoryId, Role, Scope};
use mosaic_llm::Reminder;
use mosaic_proto::memory::v1::{FoundMemory, SearchRequest};
use mosaic_proto::memory_convert::{found_role, time};
use mosaic_service::{PeerError, Peers, search_memory};
use mosaic_storage::Storage;

/// Longer questions are cut: what matters in them is found by their beginning.
const QUESTION_CHARS: usize = 2_000;

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unseen {
    #[error(transparent)]
    Search(#[from] PeerError),
    #[error("the record cannot be written: {0}")]
    Record(#[from] mosaic_storage::Error),
}

/// What to find.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) scope: Scope,
    pub(super) fence: Fence,
    pub(super) text: &'a str,
    pub(super) limit: u32,
    /// A conversation that the run reads anyway.
    pub(super) except: Option<mosaic_domain::ConversationId>,
    pub(super) deadline: Duration,
}

/// Shows memories to runs.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) storage: Storage,
    pub(super) peers: Peers,
}

impl Shown {
    /// What has to do with the question, the best first, as far as `room` takes it. Recorded as shown.
    pub(super) async fn show(
        &self,
        question: &Question<'_>,
        room: impl FnMut(&Reminder) -> bool,
    ) -> Result<Vec<(MemoryId, Reminder)>, Unseen> {
        let request = SearchRequest {
            workspace_id: question.scope.workspace_id.to_string(),
            user_id: question.scope.user_id.to_string(),
            query: question.text.chars().take(QUESTION_CHARS).collect(),
            limit: question.limit,
            exclude_conversation_id: question.except.map(|id| id.to_string()).unwrap_or_default(),
            ..SearchRequest::default()
        };
        if request.query.trim().is_empty() {
            return Ok(Vec::new());
        }
        let answer = search_memory(&self.peers, question.deadline, request).await?;
        let found = chosen(answer.memories, room);
        let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
        let shown = self
            .storage
            .show_memories(
                question.scope,
                question.fence.run_id,
                Some(question.fence),
                &ids,
            )
            .await?;
        // What was forgotten in between is not shown.
        let shown: HashSet<_> = shown.into_iter().collect();
        Ok(found
            .into_iter()
            .filter(|(id, _)| shown.contains(id))
            .collect())
    }
}

/// What is relevant and finds room. The same words are shown once, whoever said them and how often.
fn chosen(
    memories: Vec<FoundMemory>,
    mut room: impl FnMut(&Reminder) -> bool,
) -> Vec<(MemoryId, Reminder)> {
    let mut said = HashSet::new();
    memories
        .into_iter()
        .filter(|found| found.relevant)
        .filter_map(|found| Some((found.memory_id.parse().ok()?, reminder(found)?)))
        .filter(|(_, reminder)| said.insert(reminder.text.trim().to_lowercase()) && room(reminder))
        .collect()
}

fn reminder(found: FoundMemory) -> Option<Reminder> {
    let role = found_role(found.role).ok()?;
    let on = time(found.created_at.as_ref()?)?;
    let source = if found.conversation_id.is_empty() {
        "a note".to_owned()
    } else if found.conversation_title.is_empty() {
        format!("conversation {}", found.conversation_id)
    } else {
        format!(
            "conversation \"{}\" ({})",
            found.conversation_title, found.conversation_id
        )
    };
    Some(Reminder {
        text: found.text,
        said_by: Role::as_str(role).to_owned(),
        on: on.format("%Y-%m-%d").to_string(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use mosaic_proto::memory::v1::MemoryRole;
    use mosaic_proto::memory_convert::timestamp;

    use super::*;

    fn found(number: u128, text: &str, relevant: bool) -> FoundMemory {
        let now = mosaic_runtime::clock::now();
        FoundMemory {
            memory_id: uuid::Uuid::from_u128(number).to_string(),
            role: MemoryRole::User.into(),
            conversation_id: "c".into(),
            conversation_title: "Pets".into(),
            text: text.into(),
            created_at: Some(timestamp(now)),
            relevant,
            ..FoundMemory::default()
        }
    }

    #[test]
    fn what_is_relevant_is_shown_once_with_its_source() {
        let all = vec![
            found(1, "Rex is a dog", true),
            found(2, "Cats are not", false),
            found(3, "rex is a dog ", true),
        ];
        let shown = chosen(all, |_| true);
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].1.source, "conversation \"Pets\" (c)");
        assert_eq!(shown[0].1.said_by, "user");
    }

    #[test]
    fn what_finds_no_room_is_left_out() {
        let all = vec![found(1, "long long long", true), found(2, "short", true)];
        let shown = chosen(all, |reminder| reminder.text.len() < 8);
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].1.text, "short");
    }
}
