//! Reaching other services over gRPC: which instances there are, connections to them, and what this one shows them.
//!
//! The register says who is there. An instance that could not be reached is passed over for a while, because it stays in
//! the register for some seconds after it died. Calls are tried at the next instance only if the first was not
//! reachable or shutting down, so what is called should do no harm when it is done twice.

mod credentials;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use moka::future::Cache;
use mosaic_storage::{Instance, Storage};
use tokio::time::{Instant, timeout_at};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

pub use credentials::{Credentials, Shown};

/// A connection to a peer that shows it who calls.
pub type PeerChannel = InterceptedService<Channel, Shown>;

/// How long an answer of the register holds.
const REMEMBERED: Duration = Duration::from_secs(1);
/// How long an instance that could not be reached is passed over.
const AVOIDED: Duration = Duration::from_secs(5);
/// A connection that takes longer does not come.
const CONNECT: Duration = Duration::from_secs(1);
/// Connections that nothing was said on for this long are closed.
const IDLE: Duration = Duration::from_mins(10);
/// Instances that one call is tried at.
const ATTEMPTS: usize = 3;

/// Why a peer gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// No instance of the service is in the register.
    #[error("no {service} is running")]
    Absent {
        /// The service that was looked for.
        service: &'static str,
    },
    /// The register could not be read.
    #[error("the register of services cannot be read: {0}")]
    Register(#[from] mosaic_storage::Error),
    /// It answered with an error, or not at all.
    #[error("{service} answered {}: {}", status.code(), status.message())]
    Answer {
        /// The service that was called.
        service: &'static str,
        /// What it said; `Unavailable` or `DeadlineExceeded` if it said nothing.
        status: Status,
    },
}

impl PeerError {
    /// Whether the same call may succeed in a moment: the service is not there, not reachable or busy.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Absent { .. } => true,
            Self::Register(error) => error.is_transient(),
            Self::Answer { status, .. } => matches!(
                status.code(),
                Code::Unavailable
                    | Code::DeadlineExceeded
                    | Code::ResourceExhausted
                    | Code::Aborted
            ),
        }
    }
}

/// The other services of the installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Peers {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    storage: Storage,
    credentials: Credentials,
    channels: Cache<String, Channel>,
    addresses: Cache<&'static str, Arc<Vec<String>>>,
    avoided: Cache<String, ()>,
    turn: AtomicUsize,
}

impl Peers {
    /// Finds peers in the register, and shows them these credentials.
    #[must_use]
    pub fn new(storage: Storage, credentials: Credentials) -> Self {
        Self {
            inner: Arc::new(Inner {
                storage,
                credentials,
                channels: Cache::builder()
                    .max_capacity(1_000)
                    .time_to_idle(IDLE)
                    .build(),
                addresses: Cache::builder()
                    .max_capacity(100)
                    .time_to_live(REMEMBERED)
                    .build(),
                avoided: Cache::builder()
                    .max_capacity(1_000)
                    .time_to_live(AVOIDED)
                    .build(),
                turn: AtomicUsize::new(0),
            }),
        }
    }

    /// Calls any instance of a service, the next one if the first is not reachable. `call` makes its client from the
    /// connection it is given; everything together takes no longer than `deadline`.
    pub async fn call<T, F>(
        &self,
        service: &'static str,
        deadline: Duration,
        call: impl Fn(PeerChannel) -> F,
    ) -> Result<T, PeerError>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let until = Instant::now() + deadline;
        let answer = |status| PeerError::Answer { service, status };
        let late = || answer(Status::deadline_exceeded("it did not answer in time"));
        let candidates = timeout_at(until, self.candidates(service))
            .await
            .map_err(|_| late())??;
        let mut last = PeerError::Absent { service };
        for address in candidates.into_iter().take(ATTEMPTS) {
            let channel = self.at(service, &address).await.map_err(answer)?;
            match timeout_at(until, call(channel)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(status)) if status.code() == Code::Unavailable => {
                    self.inner.avoided.insert(address, ()).await;
                    last = answer(status);
                }
                Ok(Err(status)) => return Err(answer(status)),
                Err(_) => {
                    self.inner.avoided.insert(address, ()).await;
                    return Err(late());
                }
            }
        }
        Err(last)
    }

    /// The connection to the instance of a service that listens at `address` (`host:port`).
    pub async fn at(&self, service: &'static str, address: &str) -> Result<PeerChannel, Status> {
        let channel = if let Some(channel) = self.inner.channels.get(address).await {
            channel
        } else {
            let endpoint = Endpoint::from_shared(format!("http://{address}"))
                .map_err(|error| Status::invalid_argument(format!("{address}: {error}")))?;
            let channel = endpoint.connect_timeout(CONNECT).connect_lazy();
            let channels = &self.inner.channels;
            channels.insert(address.to_owned(), channel.clone()).await;
            channel
        };
        Ok(InterceptedService::new(
            channel,
            self.inner.credentials.clone().to(service),
        ))
    }

    /// Addresses of a service's instances: another one first each time, those that just failed last.
    async fn candidates(&self, service: &'static str) -> Result<Vec<String>, PeerError> {
        let inner = &self.inner;
        let addresses = if let Some(addresses) = inner.addresses.get(service).await {
            addresses
        } else {
            let instances = inner.storage.instances(Instance::ALIVE).await?;
            let of_service = instances
                .into_iter()
                .filter(|instance| instance.service == service);
            let addresses: Arc<Vec<_>> =
                Arc::new(of_service.map(|instance| instance.grpc_address).collect());
            inner
                .addresses
                .insert(service, Arc::clone(&addresses))
                .await;
            addresses
        };
        let mut order = (*addresses).clone();
        if !order.is_empty() {
            let first = inner.turn.fetch_add(1, Ordering::Relaxed) % order.len();
            order.rotate_left(first);
        }
        order.sort_by_key(|address| inner.avoided.contains_key(address));
        Ok(order)
    }
}
