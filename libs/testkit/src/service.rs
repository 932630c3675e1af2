//! A service of the workspace, started inside a test the way a process starts it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use mosaic_config::Config;
use mosaic_runtime::{Addresses, App, Failure, Lifecycle, StartError};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How long anything may take that a test waits for. Generous: the machine may be busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running service. Dropped without [`TestService::stop`] it is stopped by force.
#[derive(Debug)]
pub struct TestService {
    life: Lifecycle,
    addresses: Addresses,
    running: JoinHandle<Result<(), Failure>>,
}

impl TestService {
    /// Builds and runs the service; it may not be ready yet.
    pub async fn start<S: App>(config: Config) -> Result<Self, StartError> {
        mosaic_runtime::install_crypto();
        let life = Lifecycle::new(S::NAME, config.shutdown.grace());
        let app = S::build(Arc::new(config), life.clone()).await?;
        let addresses = app.addresses();
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the process of the service, whose end `stop` waits for"
        )]
        let running = tokio::spawn(mosaic_telemetry::service::scope(S::NAME, app.run()));
        Ok(Self {
            life,
            addresses,
            running,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Its lifecycle, to look at readiness or to stop it without waiting.
    #[must_use]
    pub const fn life(&self) -> &Lifecycle {
        &self.life
    }

    /// Waits until every component is ready.
    pub async fn ready(&self) -> anyhow::Result<()> {
        let readiness = self.life.readiness();
        let ready = timeout(PATIENCE, readiness.ready()).await;
        ready.with_context(|| format!("not ready: {:?}", readiness.components()))
    }

    /// Stops it and waits for its end.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.life.stop();
        (&mut self.running).await??;
        Ok(())
    }
}

impl Drop for TestService {
    fn drop(&mut self) {
        self.life.abort();
    }
}

/// Tries until `attempt` gives a value, for as long as a test is patient.
pub async fn eventually<T>(
    what: &str,
    mut attempt: impl AsyncFnMut() -> Option<T>,
) -> anyhow::Result<T> {
    let tried = async {
        loop {
            if let Some(value) = attempt().await {
                return value;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let value = timeout(PATIENCE, tried).await;
    value.with_context(|| format!("{what} did not happen within {PATIENCE:?}"))
}
