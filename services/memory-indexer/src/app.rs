//! Building and running the service.

use std::sync::Arc;
use std::time::Duration;

use mosaic_config::Config;
use mosaic_memory::Embedder;
use mosaic_proto::memory::v1::memory_service_server::MemoryServiceServer;
use mosaic_runtime::{Addresses, App, Failure, Lifecycle, StartError};
use mosaic_service::{EventCounter, EventService, EventServiceOptions};
use tokio::sync::Notify;

use crate::capture::{Capture, Hearing};
use crate::embed::{Embedding, Held};
use crate::metrics::Metrics;
use crate::past::catch_up;
use crate::question::Questions;
use crate::search::Search;

/// The service, connected and with its ports open.
#[derive(Debug)]
pub struct MemoryIndexer {
    service: EventService,
    embedder: Arc<dyn Embedder>,
    statement_timeout: Option<Duration>,
}

impl App for MemoryIndexer {
    const NAME: &'static str = "memory-indexer";

    async fn build(config: Arc<Config>, life: Lifecycle) -> Result<Self, StartError> {
        let embedder = mosaic_memory::embedder(&config).map_err(|error| {
            let remedy = error.remedy.clone();
            StartError::new("the embedder of memory", error, &remedy)
        })?;
        let options = EventServiceOptions {
            section: "memory_indexer",
            listen: &config.memory_indexer,
            domains: &["message", "memory"],
        };
        let service = EventService::build(&config, life, options).await?;
        Ok(Self {
            service,
            embedder,
            statement_timeout: config.postgres.statement_timeout(),
        })
    }

    fn addresses(&self) -> Addresses {
        self.service.addresses()
    }

    async fn run(self) -> Result<(), Failure> {
        let Self {
            service,
            embedder,
            statement_timeout,
        } = self;
        let (life, storage) = (service.life().clone(), service.storage().clone());
        let (metrics, counters) = (Metrics::new(), service.counters().clone());
        if let Some(note) = embedder.note() {
            tracing::info!(
                model = embedder.name(),
                note,
                "memory is searched with this embedder"
            );
        }
        let pending = Arc::new(Notify::new());
        let embedding = Embedding {
            storage: storage.clone(),
            embedder: Arc::clone(&embedder),
            pending: Arc::clone(&pending),
            metrics: metrics.clone(),
            counters: counters.clone(),
            soft: life.soft().clone(),
            held: Held::default(),
        };
        life.spawn(embedding.run());
        let search = Search {
            storage: storage.clone(),
            questions: Questions::new(embedder),
            metrics: metrics.clone(),
            statement_timeout,
        };
        let seen = EventCounter::new(Self::NAME, counters.clone());
        let capture = Capture {
            storage,
            pending,
            metrics,
            counters,
        };
        life.spawn(catch_up(capture.clone(), life.soft().clone()));
        let soft = life.soft().clone();
        let hearing = Hearing {
            capture,
            seen,
            soft,
        };
        service
            .run_with(hearing, |routes| {
                routes.add_service(MemoryServiceServer::new(search));
            })
            .await
    }
}
