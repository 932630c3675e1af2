//! The figures of rounds, and what they come to.

use serde::Serialize;

use super::counters::PerTurn;
use super::footprint::Used;
use crate::load::Round;
use crate::measure::{Quantiles, Spread};
use crate::reference::Reference;

/// One round at one concurrency.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figures {
    pub(super) turns: u64,
    pub(super) per_second: f64,
    pub(super) acknowledged_ms: Quantiles,
    pub(super) first_token_ms: Quantiles,
    pub(super) whole_ms: Quantiles,
    pub(super) failures: Vec<String>,
    pub(super) processor: Used,
    pub(super) postgres_commits: Reference,
    pub(super) valkey_pings: Reference,
    pub(super) valkey_appends: Reference,
}

impl Figures {
    pub(super) fn new(
        round: Round,
        processor: Used,
        postgres_commits: Reference,
        valkey_pings: Reference,
        valkey_appends: Reference,
    ) -> Self {
        Self {
            turns: round.turns,
            per_second: round.per_second(),
            acknowledged_ms: round.acknowledged.quantiles(),
            first_token_ms: round.first_token.quantiles(),
            whole_ms: round.whole.quantiles(),
            failures: round.failures,
            processor,
            postgres_commits,
            valkey_pings,
            valkey_appends,
        }
    }
}

/// All rounds at one concurrency.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AtConcurrency {
    pub(super) concurrency: usize,
    pub(super) rounds: Vec<Figures>,
    pub(super) per_turn: PerTurn,
}

impl AtConcurrency {
    pub(super) fn new(concurrency: usize) -> Self {
        Self {
            concurrency,
            rounds: Vec::new(),
            per_turn: PerTurn::default(),
        }
    }

    /// A figure over all rounds.
    pub(super) fn spread(&self, figure: impl Fn(&Figures) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(figure))
    }

    /// Processor time of a turn in one part of the system.
    pub(super) fn processor(&self, part: &str) -> Spread {
        self.spread(|round| {
            round
                .processor
                .turn_ms
                .get(part)
                .copied()
                .unwrap_or_default()
        })
    }

    pub(super) fn failures(&self) -> impl Iterator<Item = &String> {
        self.rounds.iter().flat_map(|round| &round.failures)
    }
}
