//! Row 7, first half: clients that are connected, known, and silent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::options::Options;
use super::socket::Socket;
use crate::load::Person;
use crate::measure::per;
use crate::system::{Engines, Installation, Usage};

/// Sockets that are being opened at the same time.
const AT_ONCE: usize = 32;
/// Sockets opened and closed before anything is measured, so that what the first ones cause is not counted.
const WARM_UP: u32 = 64;
/// How long the gateway rests before its memory is read the first time.
const REST: Duration = Duration::from_secs(2);

/// What a round has shown.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Idle {
    /// Resident memory of the gateway for each client, in KiB.
    pub(super) rss_kib: f64,
    /// The whole gateway with all of them, in MiB.
    pub(super) gateway_mib: f64,
    /// Cores that the gateway keeps busy while nobody says anything.
    pub(super) gateway_cores: f64,
    /// Cores that Postgres keeps busy for that.
    pub(super) postgres_cores: f64,
    /// Clients that were accepted each second.
    pub(super) opened_per_second: f64,
}

impl Idle {
    pub(super) async fn round(
        options: &Options,
        engines: &Engines,
        installation: &Installation,
        people: &Arc<[Person]>,
    ) -> anyhow::Result<Self> {
        let gateway = installation.usage("gateway")?;
        drop(open(installation, people, WARM_UP).await?);
        tokio::time::sleep(REST).await;
        let before = memory(gateway)?;
        let began = Instant::now();
        let sockets = open(installation, people, options.clients()).await?;
        let opened = began.elapsed();
        let (mut clients, leaving) = (JoinSet::new(), CancellationToken::new());
        for socket in sockets {
            clients.spawn(stay(socket, leaving.clone()));
        }
        tokio::time::sleep(options.idle() / 2).await;
        let busy = || {
            (
                gateway.cpu_seconds(),
                engines.postgres_usage.and_then(Usage::cpu_seconds),
            )
        };
        let (at, earlier) = (Instant::now(), busy());
        tokio::time::sleep(options.idle() / 2).await;
        let (seconds, later) = (at.elapsed().as_secs_f64(), busy());
        let after = memory(gateway)?;
        leaving.cancel();
        while let Some(client) = clients.join_next().await {
            client?.context("an idle client was cut off")?;
        }
        let count = f64::from(options.clients());
        let cores = |earlier: Option<f64>, later: Option<f64>| {
            let spent = earlier.zip(later).map(|(earlier, later)| later - earlier);
            spent.unwrap_or_default() / seconds
        };
        Ok(Self {
            rss_kib: (after - before) * 1_024.0 / count,
            gateway_mib: after,
            gateway_cores: cores(earlier.0, later.0),
            postgres_cores: cores(earlier.1, later.1),
            opened_per_second: per(u64::from(options.clients()), opened.as_secs_f64()),
        })
    }
}

fn memory(gateway: Usage) -> anyhow::Result<f64> {
    let memory = gateway.memory().context("the gateway cannot be seen")?;
    Ok(memory.rss)
}

/// Opens so many sockets, the people in turn.
async fn open(
    installation: &Installation,
    people: &Arc<[Person]>,
    count: u32,
) -> anyhow::Result<Vec<Socket>> {
    let gateway = installation.gateway;
    let opening = stream::iter(0..count).map(|number| {
        let people = Arc::clone(people);
        async move {
            let at = usize::try_from(number)? % people.len();
            Socket::open(gateway, number, &people[at].token).await
        }
    });
    opening.buffer_unordered(AT_ONCE).try_collect().await
}

/// Answers pings until it is time to leave.
async fn stay(mut socket: Socket, leaving: CancellationToken) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            frame = socket.frame() => frame?,
            () = leaving.cancelled() => return Ok(()),
        };
    }
}
