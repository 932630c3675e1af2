//! For how long a chunk that could not be embedded is left alone.

use std::collections::HashMap;
use std::time::Duration;

use mosaic_domain::ChunkId;

/// After the first failure.
const FIRST: Duration = Duration::from_mins(2);
/// However often it fails: what ails it may be mended at the provider's.
const LONGEST: Duration = Duration::from_hours(1);
/// So many are known apart. Beyond, counting begins anew.
const MOST: usize = 10_000;

/// How often which chunk has failed. It need not outlive the process: a new one tries them again.
#[derive(Debug, Default)]
pub(crate) struct Held {
    failures: HashMap<ChunkId, u32>,
}

impl Held {
    /// Notes one more failure and says how long to leave the chunk alone.
    pub(super) fn hold(&mut self, id: ChunkId) -> Duration {
        if self.failures.len() >= MOST {
            self.failures.clear();
        }
        let failures = self.failures.entry(id).or_default();
        let hold = FIRST.saturating_mul(1 << (*failures).min(10)).min(LONGEST);
        *failures += 1;
        hold
    }

    /// It has been embedded.
    pub(super) fn let_go(&mut self, id: ChunkId) {
        self.failures.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_that_fails_again_is_left_alone_for_longer_up_to_an_hour() {
        let mut held = Held::default();
        let id = ChunkId::new(uuid::Uuid::from_u128(1));
        let minutes: Vec<u64> = (0..7).map(|_| held.hold(id).as_secs() / 60).collect();
        assert_eq!(minutes, [2, 4, 8, 16, 32, 60, 60]);
        held.let_go(id);
        assert_eq!(held.hold(id), FIRST);
    }
}
