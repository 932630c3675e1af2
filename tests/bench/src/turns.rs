//! `bench turns`: whole turns, beside the limits of the machine; and what the services need to start and to stand by.

mod counters;
mod figures;
mod footprint;
mod story;
mod unwatched;

use std::time::Duration;

use anyhow::Context as _;
use mosaic_testkit::TestDatabase;

use crate::cli::Options;
use crate::load::{Crowd, create_people};
use crate::reference::{Commits, RoundTrip, RoundTrips};
use crate::report;
use crate::system::{Engines, Installation, Machine, Started};

use counters::Meter;
use figures::{AtConcurrency, Figures};
use footprint::{Parts, Snapshot};
use story::{Checked, Facts, Story};
use unwatched::Unwatched;

/// Turns that warm caches, connections and the services up, not measured.
const WARM_UP: Duration = Duration::from_secs(2);
const WARM_UP_CONCURRENCY: usize = 16;

/// Measures and reports.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let machine = Machine::look()?;
    let engines = Engines::connect().await?;
    let people = create_people(&engines.storage, options.users).await?;
    report::note(format_args!(
        "{} people have a conversation each",
        people.len()
    ));
    let installation = Installation::prepare(&engines).await?;
    let crowd = Crowd {
        people,
        gateway: installation.gateway,
        turns: 0,
    };
    let mut bench = Bench {
        options,
        references: References::new(&engines).await?,
        engines,
        installation,
        crowd,
        sent: 0,
    };
    let story = bench.measure(machine).await;
    bench.installation.stop().await?;
    report::finish("turns", options.output.as_deref(), &story?)
}

struct References {
    commits: Commits,
    round_trips: RoundTrips,
}

impl References {
    async fn new(engines: &Engines) -> anyhow::Result<Self> {
        Ok(Self {
            commits: Commits::new(TestDatabase::create().await?).await?,
            round_trips: RoundTrips::new(&engines.valkey_url)?,
        })
    }
}

struct Bench<'a> {
    options: &'a Options,
    references: References,
    engines: Engines,
    installation: Installation,
    crowd: Crowd,
    /// Messages that were sent, by whatever way.
    sent: u64,
}

impl Bench<'_> {
    async fn measure(&mut self, machine: Machine) -> anyhow::Result<Story> {
        let starts = self.starts().await?;
        let parts = Parts::of(&self.installation, &self.engines)?;
        let before = self.stand_by(&parts, "before the load").await;
        self.warm_up().await?;
        let mut turns: Vec<_> = self
            .options
            .concurrency
            .iter()
            .map(|c| AtConcurrency::new(*c))
            .collect();
        let mut unwatched = Unwatched::default();
        let mut under_load = Vec::new();
        for round in 1..=self.options.rounds {
            report::note(format_args!("round {round} of {}", self.options.rounds));
            for at in &mut turns {
                at.rounds.push(self.round(at.concurrency, &parts).await?);
            }
            self.sent += unwatched.round(&self.crowd, &self.engines).await?;
            under_load.push(parts.look());
        }
        let after = parts.look();
        let meter = Meter::start(&mut self.engines).await?;
        for at in &mut turns {
            report::note(format_args!(
                "counting at {} at the same time",
                at.concurrency
            ));
            let limit = self.options.round();
            at.per_turn = meter
                .count(&mut self.engines, &mut self.crowd, at.concurrency, limit)
                .await?;
        }
        let rested = self.stand_by(&parts, "after the load").await;
        Ok(Story::new(Facts {
            options: self.options,
            machine,
            engines: self.engines.facts.clone(),
            starts,
            memory: [before, after, rested],
            under_load,
            turns,
            unwatched,
            checked: self.check().await?,
        }))
    }

    /// Starts everything as often as there are rounds; it runs on after the last time.
    async fn starts(&mut self) -> anyhow::Result<Vec<Started>> {
        let mut starts = Vec::new();
        for round in 1..=self.options.rounds {
            report::note(format_args!("start {round} of {}", self.options.rounds));
            starts.extend(self.installation.start().await?);
        }
        Ok(starts)
    }

    async fn stand_by(&self, parts: &Parts, when: &str) -> Snapshot {
        let idle = self.options.idle();
        report::note(format_args!("standing by for {} s {when}", idle.as_secs()));
        tokio::time::sleep(idle).await;
        parts.look()
    }

    async fn warm_up(&mut self) -> anyhow::Result<()> {
        let concurrency = WARM_UP_CONCURRENCY.min(self.options.users);
        let round = self.crowd.round(concurrency, WARM_UP).await?;
        anyhow::ensure!(
            round.failures.is_empty(),
            "the first turns fail: {:?}",
            round.failures
        );
        Ok(())
    }

    /// One round at one concurrency: the references, then the turns.
    async fn round(&mut self, concurrency: usize, parts: &Parts) -> anyhow::Result<Figures> {
        let References {
            commits,
            round_trips,
        } = &self.references;
        let limit = self.options.reference();
        let commits = commits.round(concurrency, limit).await?;
        let pings = round_trips
            .round(RoundTrip::Ping, concurrency, limit / 2)
            .await?;
        let appends = round_trips
            .round(RoundTrip::Append, concurrency, limit / 2)
            .await?;
        let before = parts.processor();
        let round = self.crowd.round(concurrency, self.options.round()).await?;
        let processor = parts.processor().since(&before, round.turns);
        Ok(Figures::new(round, processor, commits, pings, appends))
    }

    /// Nothing was lost and nothing answered twice.
    async fn check(&self) -> anyhow::Result<Checked> {
        let (questions, answers): (i64, i64) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE role = 'user'), count(*) FILTER (WHERE role = 'assistant') FROM messages",
        )
        .fetch_one(&self.engines.pool)
        .await?;
        let checked = Checked {
            acknowledged: self.crowd.turns + self.sent,
            stored: u64::try_from(questions).context("a count below zero")?,
            answered: u64::try_from(answers).context("a count below zero")?,
        };
        Ok(checked)
    }
}
