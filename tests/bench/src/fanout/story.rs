//! The report of the benchmark, as JSON and as tables.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::idle::Idle;
use super::options::Options;
use super::watched::Watched;
use crate::measure::Spread;
use crate::report::{Report, Table, spread};
use crate::system::{EngineFacts, Machine};

/// What was measured.
pub(super) struct Facts<'a> {
    pub(super) options: &'a Options,
    pub(super) machine: Machine,
    pub(super) engines: EngineFacts,
    pub(super) settings: Vec<(String, String)>,
    pub(super) idle: Vec<Idle>,
    pub(super) watched: Vec<Watched>,
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
    clients: u32,
    people: usize,
    idle_seconds: u64,
    tokens: u32,
    tokens_per_second: u32,
    rounds: u32,
    idle: Vec<Idle>,
    watched: Vec<Watched>,
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
            clients: options.clients(),
            people: options.people(),
            idle_seconds: options.idle().as_secs(),
            tokens: options.pace().tokens,
            tokens_per_second: options.tokens_per_second,
            rounds: options.rounds(),
            idle: facts.idle,
            watched: facts.watched,
        }
    }

    fn idle(&self) -> Table {
        let title = format!("{} idle clients of {} people", self.clients, self.people);
        let mut table = Table::new(&title, ["gateway".to_owned()]);
        let mut row = |name: &str, figure: fn(&Idle) -> f64| {
            let figure = Spread::of(self.idle.iter().map(figure));
            table.row(name, [spread(figure)]);
        };
        row("KiB RSS per client", |round| round.rss_kib);
        row("MiB RSS with all", |round| round.gateway_mib);
        row("cores busy", |round| round.gateway_cores);
        row("cores busy in Postgres", |round| round.postgres_cores);
        row("accepted/s", |round| round.opened_per_second);
        table
    }

    fn watched(&self) -> Table {
        let title = format!(
            "{} tokens, {} a second, from the model to each watcher, ms",
            self.tokens, self.tokens_per_second
        );
        let columns = ["p50", "p99", "longest", "arrived", "gateway cores"];
        let mut table = Table::new(&title, columns.map(str::to_owned));
        for watched in &self.watched {
            let sum = |of: fn(&super::watched::Round) -> u64| -> u64 {
                watched.rounds.iter().map(of).sum()
            };
            let cells = [
                spread(watched.spread(|round| round.p50)),
                spread(watched.spread(|round| round.p99)),
                spread(watched.spread(|round| round.most)),
                format!(
                    "{} of {}",
                    sum(|round| round.arrived),
                    sum(|round| round.expected)
                ),
                spread(watched.spread(|round| round.gateway_cores)),
            ];
            table.row(&format!("watched by {}", watched.watchers), cells);
        }
        table
    }
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
                "{} rounds; clients idle for {} s; every client shares the cores with the services",
                self.rounds, self.idle_seconds
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
        vec![self.idle(), self.watched()]
    }

    fn verdict(&self) -> anyhow::Result<()> {
        for round in self.watched.iter().flat_map(|watched| &watched.rounds) {
            anyhow::ensure!(
                round.arrived == round.expected,
                "{} of {} tokens arrived",
                round.arrived,
                round.expected
            );
        }
        Ok(())
    }
}
