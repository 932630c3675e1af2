//! What a service is to whoever starts it.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use mosaic_config::Config;

use crate::{Failure, Lifecycle, StartError};

/// Where a built service listens. Ports that were configured as 0 have their real numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// Health, readiness, metrics.
    pub admin: SocketAddr,
    /// gRPC.
    pub grpc: SocketAddr,
    /// The public edge, where the service has one.
    pub public: Option<SocketAddr>,
}

/// A service.
pub trait App: Sized + Send + 'static {
    /// Its name, e.g. `agent-worker`.
    const NAME: &'static str;

    /// Connects to what it needs and opens its ports, or says what is in the way. Serves nobody yet.
    fn build(
        config: Arc<Config>,
        lifecycle: Lifecycle,
    ) -> impl Future<Output = Result<Self, StartError>> + Send;

    /// Where it listens.
    fn addresses(&self) -> Addresses;

    /// Serves until the lifecycle is stopped, then finishes what it has in hand.
    fn run(self) -> impl Future<Output = Result<(), Failure>> + Send;
}
