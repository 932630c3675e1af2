//! What a turn costs the engines: transactions, syncs of the disk, commands.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::load::Crowd;
use crate::measure::per;
use crate::system::{Engines, info};

/// A session of Postgres that has nothing to do reports what it did within ten seconds.
const REPORTED: Duration = Duration::from_millis(10_500);
/// Less than this per turn is noise of what goes on in the background.
const NOISE: f64 = 0.005;

const COMMON: &str = "SELECT name, value::float8
     FROM pg_stat_database,
          LATERAL (VALUES ('transactions', xact_commit),
                          ('rolled back', xact_rollback),
                          ('rows inserted', tup_inserted),
                          ('rows updated', tup_updated)) AS shown (name, value)
     WHERE datname = current_database()
     UNION ALL
     SELECT name, value::float8
     FROM pg_stat_wal,
          LATERAL (VALUES ('WAL records', wal_records::numeric), ('WAL bytes', wal_bytes)) AS shown (name, value)";
const SYNCS: &str =
    "SELECT 'WAL syncs', COALESCE(sum(fsyncs), 0)::float8 FROM pg_stat_io WHERE object = 'wal'";
const SYNCS_BEFORE_18: &str = "SELECT 'WAL syncs', wal_sync::float8 FROM pg_stat_wal";

/// What one turn has cost.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct PerTurn {
    pub(super) postgres: BTreeMap<String, f64>,
    pub(super) valkey: BTreeMap<String, f64>,
    /// Time Valkey spent in commands, in microseconds.
    pub(super) valkey_micros: f64,
}

struct Counts {
    at: Instant,
    postgres: BTreeMap<String, f64>,
    valkey: BTreeMap<String, f64>,
    micros: BTreeMap<String, f64>,
}

/// Counts, and knows what goes on without any turn.
pub(super) struct Meter {
    before: Counts,
    after: Counts,
}

impl Meter {
    /// Watches the installation standing by.
    pub(super) async fn start(engines: &mut Engines) -> anyhow::Result<Self> {
        tokio::time::sleep(REPORTED).await;
        let before = Counts::read(engines).await?;
        tokio::time::sleep(REPORTED).await;
        let after = Counts::read(engines).await?;
        Ok(Self { before, after })
    }

    /// Takes turns and counts what they cost.
    pub(super) async fn count(
        &self,
        engines: &mut Engines,
        crowd: &mut Crowd,
        concurrency: usize,
        limit: Duration,
    ) -> anyhow::Result<PerTurn> {
        let before = Counts::read(engines).await?;
        let turns = crowd.round(concurrency, limit).await?.turns;
        tokio::time::sleep(REPORTED).await;
        let after = Counts::read(engines).await?;
        let costs = |of: fn(&Counts) -> &BTreeMap<String, f64>| {
            let growth = growth(of(&before), of(&after));
            let idle_growth = self::growth(of(&self.before), of(&self.after));
            let idle = self.after.seconds_since(&self.before);
            let share = after.seconds_since(&before) / idle;
            growth
                .into_iter()
                .map(|(name, count)| {
                    let background = idle_growth.get(&name).copied().unwrap_or_default() * share;
                    (name, (count - background) * per(1, per(turns, 1.0)))
                })
                .filter(|(_, cost)| *cost > NOISE)
                .collect::<BTreeMap<_, _>>()
        };
        Ok(PerTurn {
            postgres: costs(|counts| &counts.postgres),
            valkey: costs(|counts| &counts.valkey),
            valkey_micros: costs(|counts| &counts.micros).values().sum(),
        })
    }
}

impl Counts {
    async fn read(engines: &mut Engines) -> anyhow::Result<Self> {
        let pool = &engines.pool;
        let mut postgres: BTreeMap<String, f64> = sqlx::query_as(COMMON)
            .fetch_all(pool)
            .await?
            .into_iter()
            .collect();
        let major = engines
            .facts
            .postgres
            .split('.')
            .next()
            .and_then(|major| major.parse().ok());
        let syncs = if major.unwrap_or(0) >= 18 {
            SYNCS
        } else {
            SYNCS_BEFORE_18
        };
        let (name, count): (String, f64) = sqlx::query_as(syncs).fetch_one(pool).await?;
        postgres.insert(name, count);
        let text = info(&mut engines.valkey, "commandstats").await?;
        let (mut valkey, mut micros) = (BTreeMap::new(), BTreeMap::new());
        for (command, calls, spent) in text.lines().filter_map(command_stats) {
            valkey.insert(command.to_owned(), calls);
            micros.insert(command.to_owned(), spent);
        }
        Ok(Self {
            at: Instant::now(),
            postgres,
            valkey,
            micros,
        })
    }

    fn seconds_since(&self, earlier: &Self) -> f64 {
        self.at.duration_since(earlier.at).as_secs_f64()
    }
}

fn growth(before: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let grown = after.iter().map(|(name, count)| {
        let earlier = before.get(name).copied().unwrap_or_default();
        (name.clone(), count - earlier)
    });
    grown.collect()
}

/// Name, calls and microseconds of a command: `cmdstat_xadd:calls=7,usec=20,…`.
fn command_stats(line: &str) -> Option<(&str, f64, f64)> {
    let (name, figures) = line.strip_prefix("cmdstat_")?.split_once(':')?;
    let figure = |wanted: &str| {
        let mut figures = figures
            .split(',')
            .filter_map(|figure| figure.split_once('='));
        let (_, value) = figures.find(|(name, _)| *name == wanted)?;
        value.trim().parse().ok()
    };
    Some((name, figure("calls")?, figure("usec")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statistics_of_a_command_are_read() {
        let line =
            "cmdstat_client|id:calls=7,usec=21,usec_per_call=3.00,rejected_calls=0,failed_calls=0";
        assert_eq!(command_stats(line), Some(("client|id", 7.0, 21.0)));
        assert_eq!(command_stats("# Commandstats"), None);
    }

    #[test]
    fn what_was_not_there_before_has_grown_from_zero() {
        let before = BTreeMap::from([("a".to_owned(), 1.0)]);
        let after = BTreeMap::from([("a".to_owned(), 3.0), ("b".to_owned(), 2.0)]);
        let grown: Vec<f64> = growth(&before, &after).into_values().collect();
        assert_eq!(grown, [2.0, 2.0]);
    }
}
