//! Codes that a session has shown and that do not exist. Nobody guesses 50 bits; but somebody may be made to type codes that
//! others ask for, and whoever types wrong ones is stopped after a few, at whatever gateway.

use std::time::Duration;

use mosaic_bus::{Limit, Rate, RateLimits};
use mosaic_domain::SessionId;

use crate::error::{ApiError, ApiResult};

/// Wrong codes that a session may show.
const MOST: u32 = 5;
/// After this time one of them is forgiven.
const EVERY: Duration = Duration::from_mins(3);

/// Counts wrong codes per session. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Guesses(RateLimits);

impl Guesses {
    /// Counts them here.
    #[must_use]
    pub(crate) const fn new(limits: RateLimits) -> Self {
        Self(limits)
    }

    /// Refuses a session that has shown too many.
    pub(crate) async fn check(&self, session: SessionId) -> ApiResult<()> {
        let looked = self.0.look(&[limit(session)]).await;
        looked.map_err(|refused| {
            let detail = "You have typed too many codes that do not exist.";
            ApiError::too_often(detail, refused.wait)
        })
    }

    /// One more.
    pub(crate) async fn wrong(&self, session: SessionId) {
        // Whoever has none left has shown this one beside others at the same moment.
        let _ = self.0.take(&[limit(session)]).await;
    }
}

fn limit(session: SessionId) -> Limit {
    Limit::new(format!("code:{session}"), Rate::new(MOST, EVERY))
}

#[cfg(test)]
mod tests {
    use mosaic_bus::{Bus, BusOptions};
    use mosaic_testkit::TestValkey;
    use tokio_util::sync::CancellationToken;
    use tokio_util::task::TaskTracker;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn five_wrong_codes_are_forgiven_and_no_more_at_whatever_gateway() -> anyhow::Result<()> {
        let valkey = TestValkey::start().await?;
        let bus = Bus::connect(BusOptions::new(valkey.url().clone())).await?;
        let tracker = TaskTracker::new();
        let [a, b] = std::array::from_fn(|_| {
            Guesses::new(bus.rate_limits(&tracker, CancellationToken::new()))
        });
        let (one, other) = (
            SessionId::new(Uuid::from_u128(1)),
            SessionId::new(Uuid::from_u128(2)),
        );
        for guesses in [&a, &b, &a, &b, &a] {
            assert!(guesses.check(one).await.is_ok());
            guesses.wrong(one).await;
        }
        assert!(a.check(one).await.is_err());
        assert!(b.check(one).await.is_err());
        assert!(b.check(other).await.is_ok());
        Ok(())
    }
}
