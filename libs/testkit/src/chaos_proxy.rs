//! A TCP proxy that stands between a service and an engine and misbehaves as networks do.
//!
//! Its *weather* says what happens to data: they are late, slow, held back, or vanish. Weather touches a share of the
//! connections, open and new ones; which ones is drawn from the proxy's seed, the number of the connection and the
//! number of the change of weather, so that a seed repeats it. [`ChaosProxy::cut`] breaks connections at once.

mod connection;
mod line;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::chance::Chance;

/// What a network does to the data of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Every piece of data arrives this much later.
    Delay(Duration),
    /// This many bytes pass in a second, each way.
    Throttle(u32),
    /// Nothing passes until the weather changes; then everything does, and nothing is lost.
    Stall,
    /// The far end is gone and the near end is not told: what it sends vanishes. When the weather changes, its
    /// connection is reset.
    HalfOpen,
    /// New connections are closed at once; open ones are left alone.
    Refuse,
}

/// What goes on at a proxy, and how many connections it touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// What happens; nothing when fair.
    pub trouble: Option<Trouble>,
    /// How many of a hundred connections it happens to.
    pub per_cent: u8,
}

impl Weather {
    /// Everything passes.
    pub const FAIR: Self = Self {
        trouble: None,
        per_cent: 0,
    };

    /// This happens to every connection.
    #[must_use]
    pub const fn of(trouble: Trouble) -> Self {
        Self {
            trouble: Some(trouble),
            per_cent: 100,
        }
    }

    /// Only to so many of a hundred.
    #[must_use]
    pub const fn on(mut self, per_cent: u8) -> Self {
        self.per_cent = per_cent;
        self
    }
}

/// A running proxy. Dropping it breaks every connection and stops it.
#[derive(Debug)]
pub struct ChaosProxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    _stop: DropGuard,
}

/// What the proxy and its connections share.
#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    seed: u64,
    accepted: AtomicU64,
    cuts: AtomicU64,
    /// Open connections by number, with what breaks them.
    open: Mutex<HashMap<u64, CancellationToken>>,
    /// The weather and the number of its change.
    weather: watch::Sender<(u64, Weather)>,
}

impl ChaosProxy {
    /// Listens on a free loopback port and passes everything on to `upstream`.
    pub async fn start(upstream: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream,
            seed,
            accepted: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
            open: Mutex::default(),
            weather: watch::Sender::new((0, Weather::FAIR)),
        });
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        tasks.spawn(accept(
            listener,
            Arc::clone(&shared),
            tasks.clone(),
            stop.clone(),
        ));
        Ok(Self {
            shared,
            address,
            _stop: stop.drop_guard(),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather, for open connections and those to come.
    pub fn set(&self, weather: Weather) {
        self.shared.weather.send_modify(|(change, current)| {
            *change += 1;
            *current = weather;
        });
    }

    /// Resets so many of a hundred open connections, and says how many that were.
    #[must_use]
    pub fn cut(&self, per_cent: u8) -> usize {
        let nth = self.shared.cuts.fetch_add(1, Ordering::Relaxed);
        let open = self.shared.open();
        let hit = open
            .iter()
            .filter(|(number, _)| self.shared.draws(**number, !nth, per_cent));
        hit.map(|(_, broken)| broken.cancel()).count()
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.shared.open().len()
    }

    /// How many connections there have been.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.shared.accepted.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn open(&self) -> std::sync::MutexGuard<'_, HashMap<u64, CancellationToken>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the change `change` touches the connection `number`: the same for a seed whatever else goes on.
    fn draws(&self, number: u64, change: u64, per_cent: u8) -> bool {
        let part = number.wrapping_mul(0x0001_0000_0001).wrapping_add(change);
        Chance::of_part(self.seed, part).hits(per_cent)
    }
}

async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    loop {
        let near = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((near, _)) = near else { continue };
        let number = shared.accepted.fetch_add(1, Ordering::Relaxed);
        let broken = stop.child_token();
        shared.open().insert(number, broken.clone());
        let shared = Arc::clone(&shared);
        tasks.spawn(async move {
            connection::carry(&shared, number, near, broken).await;
            shared.open().remove(&number);
        });
    }
}

#[cfg(test)]
mod tests;
