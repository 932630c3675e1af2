//! All services in this process.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{join_all, select_all};
use mosaic_config::{Config, EX_CONFIG};
use mosaic_runtime::{Addresses, App, Lifecycle, StartError};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::exit::Exit;
use crate::failure::Failure;

/// How long services may take to be ready once they serve.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// The running services.
pub(super) struct Fleet {
    services: Vec<Service>,
    url: String,
}

/// One running service. Dropped, it ends at once.
struct Service {
    life: Lifecycle,
    addresses: Addresses,
    task: JoinHandle<Result<(), mosaic_runtime::Failure>>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.life.abort();
    }
}

impl Fleet {
    /// Starts every service and waits until all are ready.
    pub(super) async fn start(
        config: &Arc<Config>,
        tracker: &TaskTracker,
    ) -> Result<Self, Failure> {
        let start = Start { config, tracker };
        let (gateway, worker, indexer, summarizer, bridge) = tokio::try_join!(
            start.service::<mosaic_gateway::App>(),
            start.service::<mosaic_agent_worker::App>(),
            start.service::<mosaic_memory_indexer::MemoryIndexer>(),
            start.service::<mosaic_summarizer::Summarizer>(),
            start.service::<mosaic_channel_bridge::ChannelBridge>(),
        )?;
        let services = vec![gateway, worker, indexer, summarizer, bridge];
        let public = services.iter().find_map(|service| service.addresses.public);
        let port = public.unwrap_or(config.gateway.listen).port();
        let fleet = Self {
            services,
            url: format!("http://127.0.0.1:{port}"),
        };
        fleet.ready().await?;
        Ok(fleet)
    }

    /// Where the gateway is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    async fn ready(&self) -> Result<(), Failure> {
        let all = join_all(
            self.services
                .iter()
                .map(|service| service.life.readiness().ready()),
        );
        if tokio::time::timeout(READY_WITHIN, all).await.is_ok() {
            return Ok(());
        }
        let problems = self.services.iter().flat_map(|service| {
            let name = service.life.service();
            let problems = service.life.readiness().components().into_iter();
            problems.filter_map(move |one| {
                one.problem
                    .map(|why| format!("{name}: {}: {why}", one.name))
            })
        });
        let problems = problems.collect::<Vec<_>>().join("; ");
        Err(Failure::new(
            Exit::Unavailable,
            format!("not everything became ready: {problems}"),
        )
        .with_remedy("`mosaic up -v` shows the log"))
    }

    /// Waits for a service that ends although nobody asked it to.
    pub(super) async fn ended(&mut self) -> Failure {
        let tasks = self.services.iter_mut().map(|service| &mut service.task);
        let (result, index, _) = select_all(tasks).await;
        let service = self.services.remove(index);
        let why = match result {
            Ok(Ok(())) => "it ended by itself".to_owned(),
            Ok(Err(failure)) => failure.to_string(),
            Err(error) => error.to_string(),
        };
        Failure::new(
            Exit::Failed,
            format!("{} ended: {why}", service.life.service()),
        )
    }

    /// Lets every service finish what it has in hand.
    pub(super) async fn stop(mut self) {
        for service in &self.services {
            service.life.stop();
        }
        for service in &mut self.services {
            let name = service.life.service();
            match (&mut service.task).await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => tracing::error!(service = name, %failure, "the service failed"),
                Err(error) => tracing::error!(service = name, %error, "the service broke off"),
            }
        }
    }
}

struct Start<'a> {
    config: &'a Arc<Config>,
    tracker: &'a TaskTracker,
}

impl Start<'_> {
    async fn service<S: App>(&self) -> Result<Service, Failure> {
        let life = Lifecycle::new(S::NAME, self.config.shutdown.grace());
        let build = S::build(Arc::clone(self.config), life.clone());
        let built = mosaic_telemetry::service::scope(S::NAME, Box::pin(build)).await;
        let app = built.map_err(|error| {
            life.abort();
            explain(S::NAME, &error)
        })?;
        let addresses = app.addresses();
        let run = mosaic_telemetry::service::scope(S::NAME, app.run());
        let task = self.tracker.spawn(run);
        Ok(Service {
            life,
            addresses,
            task,
        })
    }
}

fn explain(name: &str, error: &StartError) -> Failure {
    let StartError {
        what,
        problem,
        remedy,
        exit,
    } = error;
    let exit = if *exit == EX_CONFIG {
        Exit::Config
    } else {
        Exit::Unavailable
    };
    Failure::new(exit, format!("{name} cannot start: {what}: {problem}")).with_remedy(remedy)
}
