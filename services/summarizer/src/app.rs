//! Building and running the service.

use std::sync::Arc;

use mosaic_config::Config;
use mosaic_runtime::{Addresses, App, Failure, Lifecycle, StartError};
use mosaic_service::{EventCounter, EventService, EventServiceOptions};

/// The service, connected and with its ports open.
#[derive(Debug)]
pub struct Summarizer {
    service: EventService,
}

impl App for Summarizer {
    const NAME: &'static str = "summarizer";

    async fn build(config: Arc<Config>, life: Lifecycle) -> Result<Self, StartError> {
        let options = EventServiceOptions {
            section: "summarizer",
            listen: &config.summarizer.service(),
            domains: &["message"],
        };
        let service = EventService::build(&config, life, options).await?;
        Ok(Self { service })
    }

    fn addresses(&self) -> Addresses {
        self.service.addresses()
    }

    async fn run(self) -> Result<(), Failure> {
        let counters = self.service.counters().clone();
        self.service
            .run(EventCounter::new(Self::NAME, counters))
            .await
    }
}
