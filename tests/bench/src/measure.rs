//! Figures: the latencies of a round, and how rounds differ.

use std::time::Duration;

use anyhow::Context as _;
use hdrhistogram::Histogram;
use serde::Serialize;

/// Latencies are kept to three digits up to this.
const LONGEST: Duration = Duration::from_mins(2);

/// Collects the latencies of a round.
#[derive(Debug, Clone)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let longest = u64::try_from(LONGEST.as_micros())?;
        let histogram = Histogram::new_with_bounds(1, longest, 3);
        histogram.map(Self).context("no histogram")
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.0.saturating_record(micros);
    }

    pub(crate) fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        self.0.add(&other.0).context("histograms differ")
    }

    pub(crate) fn quantiles(&self) -> Quantiles {
        let at = |quantile| millis(self.0.value_at_quantile(quantile));
        Quantiles {
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
        }
    }

    /// The longest, in milliseconds.
    pub(crate) fn most(&self) -> f64 {
        millis(self.0.max())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of a bounded latency; a figure to be read"
)]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

/// Latencies in milliseconds below which half, 95 % and 99 % lie.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Quantiles {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
}

/// A figure over all rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Of no figures at all it is zero.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<_> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
        let (lower, upper) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
        Self {
            median: f64::midpoint(at(lower), at(upper)),
            low: at(0),
            high: at(sorted.len().saturating_sub(1)),
        }
    }
}

/// How many a second.
pub(crate) fn rate(count: u64, within: Duration) -> f64 {
    per(count, within.as_secs_f64())
}

/// `count / whole`, zero where there is no whole.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52; a figure to be read"
)]
pub(crate) fn per(count: u64, whole: f64) -> f64 {
    if whole > 0.0 {
        count as f64 / whole
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_median_between_the_extremes() {
        let odd = Spread::of([3.0, 1.0, 2.0]);
        assert_eq!((odd.median, odd.low, odd.high), (2.0, 1.0, 3.0));
        assert!((Spread::of([4.0, 1.0, 2.0, 3.0]).median - 2.5).abs() < f64::EPSILON);
        assert!(Spread::of([]).median.abs() < f64::EPSILON);
    }

    #[test]
    fn quantiles_are_milliseconds() {
        let mut latencies = Latencies::new().unwrap();
        for micros in 1..=1_000 {
            latencies.record(Duration::from_micros(micros));
        }
        let quantiles = latencies.quantiles();
        assert!((quantiles.p50 - 0.5).abs() < 0.01, "{quantiles:?}");
        assert!((quantiles.p99 - 0.99).abs() < 0.01, "{quantiles:?}");
    }
}
