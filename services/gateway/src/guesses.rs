//! Codes that a session has shown and that do not exist. Nobody guesses 50 bits; but somebody may be made to type codes that
//! others ask for, and whoever types wrong ones is stopped after a few.

use std::time::Duration;

use moka::future::Cache;
use mosaic_domain::SessionId;

use crate::error::{ApiError, ApiResult};

/// Wrong codes that a session may show.
const MOST: u8 = 5;
/// For how long they are counted, since the last.
const REMEMBERED: Duration = Duration::from_mins(15);
/// Sessions that are counted at once.
const SESSIONS: u64 = 10_000;

/// Counts wrong codes per session. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Guesses(Cache<SessionId, u8>);

impl Guesses {
    /// Nobody has guessed yet.
    #[must_use]
    pub(crate) fn new() -> Self {
        let cache = Cache::builder()
            .max_capacity(SESSIONS)
            .time_to_live(REMEMBERED)
            .build();
        Self(cache)
    }

    /// Refuses a session that has shown too many.
    pub(crate) async fn check(&self, session: SessionId) -> ApiResult<()> {
        if self.0.get(&session).await.unwrap_or_default() < MOST {
            return Ok(());
        }
        let detail = "You have typed too many codes that do not exist.";
        Err(ApiError::too_often(detail, REMEMBERED))
    }

    /// One more.
    pub(crate) async fn wrong(&self, session: SessionId) {
        let entry = self.0.entry(session);
        let counted = entry.and_upsert_with(|entry| {
            let so_far = entry.map_or(0, moka::Entry::into_value);
            std::future::ready(so_far.saturating_add(1))
        });
        counted.await;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn five_wrong_codes_are_forgiven_and_no_more() {
        let guesses = Guesses::new();
        let (one, other) = (
            SessionId::new(Uuid::from_u128(1)),
            SessionId::new(Uuid::from_u128(2)),
        );
        for _ in 0..MOST {
            assert!(guesses.check(one).await.is_ok());
            guesses.wrong(one).await;
        }
        assert!(guesses.check(one).await.is_err());
        assert!(guesses.check(other).await.is_ok());
    }
}
