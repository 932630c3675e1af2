//! The report of the benchmark, as JSON and as tables.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::cached::Micros;
use super::login::Logins;
use super::options::Options;
use super::request::Requests;
use super::revocation::Revocations;
use crate::measure::{Quantiles, Spread};
use crate::report::{Report, Table, spread};
use crate::system::{EngineFacts, Machine};

/// A revoked token counts no longer than this, and the time that one try takes.
const REVOKED_WITHIN_MS: f64 = 1_100.0;

/// What was measured.
pub(super) struct Facts<'a> {
    pub(super) options: &'a Options,
    pub(super) machine: Machine,
    pub(super) engines: EngineFacts,
    pub(super) settings: Vec<(String, String)>,
    pub(super) logins: Vec<Logins>,
    pub(super) requests: Vec<Requests>,
    pub(super) cached: Vec<Micros>,
    pub(super) revocations: Vec<Revocations>,
}

/// The report.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    date: DateTime<Utc>,
    /// A quick run shows that the benchmark works, and nothing else.
    quick: bool,
    machine: Machine,
    engines: EngineFacts,
    settings: Vec<(String, String)>,
    rounds: u32,
    logins_per_round: u32,
    revocations_per_round: u32,
    logins_ms: Vec<Logins>,
    requests_ms: Vec<Requests>,
    cached_us: Vec<Micros>,
    revocations_ms: Vec<Revocations>,
}

impl Story {
    pub(super) fn new(facts: Facts<'_>) -> Self {
        let options = facts.options;
        Self {
            #[expect(clippy::disallowed_methods, reason = "the date of a report")]
            date: Utc::now(),
            quick: options.quick,
            machine: facts.machine,
            engines: facts.engines,
            settings: facts.settings,
            rounds: options.rounds(),
            logins_per_round: options.logins(),
            revocations_per_round: options.revocations(),
            logins_ms: facts.logins,
            requests_ms: facts.requests,
            cached_us: facts.cached,
            revocations_ms: facts.revocations,
        }
    }

    fn logins(&self) -> Table {
        let title = format!("{} sign-ins one after the other, ms", self.logins_per_round);
        let mut table = Table::new(&title, ["p50", "p99"].map(str::to_owned));
        let mut row = |name: &str, of: fn(&Logins) -> Quantiles| {
            let rounds = self.logins_ms.iter();
            table.row(name, quantiles(rounds.map(of)));
        };
        row("with a password", |round| round.signed_in);
        row("a bare hash", |round| round.bare_hash);
        table
    }

    fn requests(&self) -> Table {
        let mut table = Table::new("one request, ms", ["p50", "p99"].map(str::to_owned));
        let mut row = |name: &str, of: fn(&Requests) -> Quantiles| {
            let rounds = self.requests_ms.iter();
            table.row(name, quantiles(rounds.map(of)));
        };
        row("with a token", |round| round.with_token);
        row("with a session", |round| round.with_session);
        row("of nobody, refused", |round| round.of_nobody);
        let difference = |of: fn(&Quantiles) -> f64| {
            let rounds = self.requests_ms.iter();
            let more = rounds.map(|round| of(&round.with_token) - of(&round.of_nobody));
            spread(Spread::of(more))
        };
        let cells = [difference(|round| round.p50), difference(|round| round.p99)];
        table.row("token less nobody", cells);
        table
    }

    fn cached(&self) -> Table {
        let mut table = Table::new("in the gateway, from its memory, µs", ["each".to_owned()]);
        let mut row = |name: &str, of: fn(&Micros) -> f64| {
            let rounds = self.cached_us.iter();
            table.row(name, [spread(Spread::of(rounds.map(of)))]);
        };
        row("who has this token", |round| round.authenticated);
        row("counting two limits", |round| round.counted);
        row("both", |round| round.authenticated + round.counted);
        table
    }

    fn revoked(&self) -> Table {
        let title = format!(
            "{} revocations, until no gateway of two lets it in, ms",
            self.revocations_per_round
        );
        let mut table = Table::new(&title, ["p50", "longest"].map(str::to_owned));
        let of = |of: fn(&Revocations) -> f64| {
            let rounds = self.revocations_ms.iter();
            spread(Spread::of(rounds.map(of)))
        };
        table.row("a token", [of(|round| round.p50), of(|round| round.most)]);
        table
    }
}

fn quantiles(rounds: impl Iterator<Item = Quantiles> + Clone) -> [String; 2] {
    let p50 = Spread::of(rounds.clone().map(|round| round.p50));
    let p99 = Spread::of(rounds.map(|round| round.p99));
    [spread(p50), spread(p99)]
}

impl Report for Story {
    fn head(&self) -> Vec<String> {
        let (machine, engines) = (&self.machine, &self.engines);
        let mut head = vec![
            format!(
                "{} · revision {}",
                self.date.format("%Y-%m-%d %H:%M UTC"),
                machine.revision
            ),
            format!(
                "{} cores {}, {} GiB, Linux {}; load before the run {}",
                machine.cores,
                machine.processor,
                machine.memory_gib,
                machine.kernel,
                machine.load_before
            ),
            format!(
                "Valkey {} (appendonly {}), Postgres {} (fsync {}, synchronous_commit {}), {}",
                engines.valkey,
                engines.appendonly,
                engines.postgres,
                engines.fsync,
                engines.synchronous_commit,
                engines.file_system
            ),
            format!(
                "{} rounds; the client shares the cores with two gateways",
                self.rounds
            ),
        ];
        for (name, value) in &self.settings {
            head.push(format!("All settings at their defaults but {name}={value}"));
        }
        head.push("Figures are medians of the rounds (lowest–highest).".to_owned());
        if self.quick {
            head.push(
                "A quick run: shows that the benchmark works. Not to be published.".to_owned(),
            );
        }
        head
    }

    fn tables(&self) -> Vec<Table> {
        vec![
            self.logins(),
            self.requests(),
            self.cached(),
            self.revoked(),
        ]
    }

    fn verdict(&self) -> anyhow::Result<()> {
        for Revocations { most, .. } in &self.revocations_ms {
            anyhow::ensure!(
                *most <= REVOKED_WITHIN_MS,
                "a revoked token counted for {most:.0} ms"
            );
        }
        Ok(())
    }
}
