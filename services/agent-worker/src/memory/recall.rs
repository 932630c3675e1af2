//! Reminds a run of what fits its messages, before its first model call.

use std::time::Duration;

use async_trait::async_trait;
use mosaic_agent::{Recall, Recalled, Turn};
use mosaic_domain::Role;
use mosaic_llm::Reminder;

use super::shown::{Question, Shown};

/// Memories asked for; what is not relevant or finds no room is left out.
const LIMIT: u32 = 12;
/// Characters that make about one token.
const CHARACTERS_PER_TOKEN: usize = 4;

/// Reminds runs within a budget of tokens and time.
#[derive(Debug)]
pub(super) struct Reminding {
    pub(super) memory: Shown,
    pub(super) tokens: u32,
    pub(super) patience: Duration,
}

#[async_trait]
impl Recall for Reminding {
    #[tracing::instrument(name = "worker.memory.recall", skip_all, fields(run.id = %turn.run_id))]
    async fn recall(&self, turn: &Turn) -> Recalled {
        let said = turn
            .messages
            .iter()
            .filter(|message| message.role == Role::User);
        let text: Vec<&str> = said.map(|message| message.content.as_str()).collect();
        let question = Question {
            scope: turn.scope,
            fence: turn.fence(),
            text: &text.join("\n"),
            limit: LIMIT,
            // What was said here stands in the history already.
            except: turn.messages.first().map(|message| message.conversation_id),
            deadline: self.patience,
        };
        let showing = self.memory.show(&question, room(self.tokens));
        let shown = match tokio::time::timeout(self.patience, showing).await {
            Ok(Ok(shown)) => shown,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a run goes on without its memories");
                return Recalled::default();
            }
            Err(_) => {
                tracing::debug!("memories did not come in time; a run goes on without");
                return Recalled::default();
            }
        };
        let (memory_ids, reminders) = shown.into_iter().unzip();
        Recalled {
            memory_ids,
            reminders,
        }
    }
}

/// Takes what fits into so many tokens; a long memory that does not fit leaves room for shorter ones.
pub(super) fn room(tokens: u32) -> impl FnMut(&Reminder) -> bool {
    let mut left = usize::try_from(tokens)
        .unwrap_or(usize::MAX)
        .saturating_mul(CHARACTERS_PER_TOKEN);
    move |reminder| {
        let size = reminder.line().len();
        let fits = size <= left;
        if fits {
            left -= size;
        }
        fits
    }
}
