//! Row 7, second half: one run, watched by many. A token's age is counted from the moment the model said it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::options::Options;
use super::socket::{PATIENCE, Socket};
use crate::http::Client;
use crate::jobs::now_micros;
use crate::load::{Person, say};
use crate::measure::{Latencies, Spread};
use crate::system::{Installation, Usage};

/// Sockets that are being opened at the same time.
const AT_ONCE: usize = 32;
/// How long the gateway has to begin all the watches, which it does not confirm.
const SETTLE: Duration = Duration::from_secs(2);

/// A run watched by so many.
#[derive(Debug, Serialize)]
pub(super) struct Watched {
    pub(super) watchers: u32,
    pub(super) rounds: Vec<Round>,
}

/// What a round has shown.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Round {
    /// Tokens that were to arrive, and that did, in their order.
    pub(super) expected: u64,
    pub(super) arrived: u64,
    /// Milliseconds from the model to a watcher.
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) most: f64,
    /// Cores that the gateway kept busy meanwhile.
    pub(super) gateway_cores: f64,
}

impl Watched {
    pub(super) const fn new(watchers: u32) -> Self {
        Self {
            watchers,
            rounds: Vec::new(),
        }
    }

    pub(super) fn spread(&self, figure: impl Fn(&Round) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(figure))
    }

    /// Has a run watched from its beginning to its end.
    pub(super) async fn round(
        &mut self,
        options: &Options,
        installation: &Installation,
        person: &Person,
    ) -> anyhow::Result<()> {
        let gateway = installation.gateway;
        let token: Arc<str> = person.token.as_str().into();
        let conversation = person.conversation.uuid();
        let opening = stream::iter(0..self.watchers).map(|number| {
            let token = Arc::clone(&token);
            async move {
                let mut socket = Socket::open(gateway, number, &token).await?;
                socket.watch(conversation).await?;
                anyhow::Ok(socket)
            }
        });
        let sockets: Vec<_> = opening.buffer_unordered(AT_ONCE).try_collect().await?;
        tokio::time::sleep(SETTLE).await;
        let usage = installation.usage("gateway")?;
        let (began, before) = (Instant::now(), usage.cpu_seconds());
        let mut watching = JoinSet::new();
        for socket in sockets {
            watching.spawn(async move { timeout(PATIENCE, watch(socket)).await? });
        }
        ask(gateway, person).await?;
        let (mut arrived, mut ages) = (0, Latencies::new()?);
        while let Some(watched) = watching.join_next().await {
            let (tokens, seen) = watched??;
            arrived += tokens;
            ages.add(&seen)?;
        }
        let quantiles = ages.quantiles();
        self.rounds.push(Round {
            expected: u64::from(self.watchers) * u64::from(options.pace().tokens),
            arrived,
            p50: quantiles.p50,
            p99: quantiles.p99,
            most: ages.most(),
            gateway_cores: cores(usage, before, began),
        });
        Ok(())
    }
}

fn cores(usage: Usage, before: Option<f64>, began: Instant) -> f64 {
    let spent = before.zip(usage.cpu_seconds());
    let spent = spent.map_or(0.0, |(before, after)| after - before);
    spent / began.elapsed().as_secs_f64()
}

/// Begins the run.
async fn ask(gateway: SocketAddr, person: &Person) -> anyhow::Result<()> {
    let mut client = Client::new(gateway);
    say(&mut client, person).await.map(|_| ())
}

/// Sees a run to its end; how many tokens came in their order, and how old each was.
async fn watch(mut socket: Socket) -> anyhow::Result<(u64, Latencies)> {
    let (mut tokens, mut ages, mut rest, mut last) = (0, Latencies::new()?, String::new(), 0);
    loop {
        let frame = socket.frame().await?;
        match frame.kind.as_str() {
            "text.delta" => {
                let now = now_micros();
                rest.push_str(frame.text());
                while let Some((token, more)) = rest.split_once(' ') {
                    let said: u64 = token.parse()?;
                    anyhow::ensure!(said > last, "a token came twice or out of its order");
                    last = said;
                    tokens += 1;
                    ages.record(Duration::from_micros(now.saturating_sub(said)));
                    rest = more.to_owned();
                }
            }
            "run.completed" => return Ok((tokens, ages)),
            "run.failed" | "run.cancelled" | "run.killed" | "error" => {
                anyhow::bail!("the run ends as {}", frame.kind)
            }
            _ => {}
        }
    }
}
