//! The load: people who each say something, wait for the whole answer, and hand over to the next.

mod person;
mod sse;
mod turn;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

pub(crate) use person::{Person, create_people};
pub(crate) use turn::{Turn, say};

use crate::http::Client;
use crate::measure::{Latencies, rate};

/// A turn that takes longer is a failure.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a person may fail before the measurement is given up.
const FAILURES: usize = 20;

/// What a round of turns has shown.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) turns: u64,
    pub(crate) elapsed: Duration,
    /// From the request to the acknowledgement that the message is stored.
    pub(crate) acknowledged: Latencies,
    /// To the first piece of the answer.
    pub(crate) first_token: Latencies,
    /// To the end of the run, which is told when the answer is stored.
    pub(crate) whole: Latencies,
    pub(crate) failures: Vec<String>,
}

impl Round {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            turns: 0,
            elapsed: Duration::ZERO,
            acknowledged: Latencies::new()?,
            first_token: Latencies::new()?,
            whole: Latencies::new()?,
            failures: Vec::new(),
        })
    }

    pub(crate) fn per_second(&self) -> f64 {
        rate(self.turns, self.elapsed)
    }

    fn count(&mut self, turn: &Turn) {
        self.turns += 1;
        self.acknowledged.record(turn.acknowledged);
        self.first_token.record(turn.first_token);
        self.whole.record(turn.whole);
    }

    fn add(&mut self, other: Self) -> anyhow::Result<()> {
        self.turns += other.turns;
        self.acknowledged.add(&other.acknowledged)?;
        self.first_token.add(&other.first_token)?;
        self.whole.add(&other.whole)?;
        self.failures.extend(other.failures);
        Ok(())
    }
}

/// Those who take turns, and how many they have had, so that all get about as many.
#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) people: Arc<[Person]>,
    pub(crate) gateway: SocketAddr,
    pub(crate) turns: u64,
}

impl Crowd {
    /// Takes turns, `concurrency` of them at the same time, until no more begin after `limit`. Nobody has two at once.
    pub(crate) async fn round(
        &mut self,
        concurrency: usize,
        limit: Duration,
    ) -> anyhow::Result<Round> {
        let started = Instant::now();
        let first = usize::try_from(self.turns)? % self.people.len();
        let mut lanes = JoinSet::new();
        for lane in 0..concurrency {
            let (people, gateway) = (Arc::clone(&self.people), self.gateway);
            lanes.spawn(async move {
                let (from_first, before) = (people.iter().skip(first), people.iter().take(first));
                let mine = from_first.chain(before).skip(lane).step_by(concurrency);
                take_turns(gateway, mine, started, limit).await
            });
        }
        let mut all = Round::new()?;
        while let Some(done) = lanes.join_next().await {
            all.add(done??)?;
        }
        all.elapsed = started.elapsed();
        self.turns += all.turns;
        Ok(all)
    }
}

async fn take_turns<'a>(
    gateway: SocketAddr,
    mine: impl Iterator<Item = &'a Person> + Clone,
    started: Instant,
    limit: Duration,
) -> anyhow::Result<Round> {
    let mut round = Round::new()?;
    let mut client = Client::new(gateway);
    for person in mine.cycle() {
        if started.elapsed() >= limit || round.failures.len() >= FAILURES {
            break;
        }
        let taken = tokio::time::timeout(PATIENCE, turn::take(&mut client, person)).await;
        match taken.map_err(anyhow::Error::from).flatten() {
            Ok(turn) => round.count(&turn),
            Err(error) => {
                round.failures.push(format!("{error:#}"));
                client = Client::new(gateway);
            }
        }
    }
    Ok(round)
}
