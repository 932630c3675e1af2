//! Building and running the service.

use std::sync::Arc;

use mosaic_bus::{Consumer, ConsumerOptions, Outbox, Relay};
use mosaic_config::{Config, SummarizerConfig};
use mosaic_proto::job::SUMMARIES_QUEUE;
use mosaic_proto::summary::v1::summary_service_server::SummaryServiceServer;
use mosaic_runtime::{Addresses, App, Failure, Lifecycle, StartError};
use mosaic_service::schedule::{Schedule, run_schedules, work_schedules};
use mosaic_service::{EventCounter, EventService, EventServiceOptions, watch_bus};

use crate::archive::Archive;
use crate::grpc::Summaries;
use crate::jobs::{ATTEMPTS, Jobs, VISIBILITY};
use crate::make::Maker;
use crate::metrics::Metrics;
use crate::models::Models;
use crate::sweep::{SESSION_SUMMARIES, Sweep};
use crate::trigger::Trigger;

/// The service, connected and with its ports open.
#[derive(Debug)]
pub struct Summarizer {
    service: EventService,
    config: SummarizerConfig,
    models: Models,
    schedules: Vec<Schedule>,
}

impl App for Summarizer {
    const NAME: &'static str = "summarizer";

    async fn build(config: Arc<Config>, life: Lifecycle) -> Result<Self, StartError> {
        let models = Models::new(&config)?;
        let schedules = schedules(&config.summarizer)?;
        let options = EventServiceOptions {
            section: "summarizer",
            listen: &config.summarizer.service(),
            domains: &["message"],
        };
        let service = EventService::build(&config, life, options).await?;
        Ok(Self {
            service,
            config: config.summarizer.clone(),
            models,
            schedules,
        })
    }

    fn addresses(&self) -> Addresses {
        self.service.addresses()
    }

    async fn run(self) -> Result<(), Failure> {
        let Self {
            service,
            config,
            models,
            schedules,
        } = self;
        let (life, storage) = (service.life().clone(), service.storage().clone());
        let (bus, counters) = (service.bus().clone(), service.counters().clone());
        let outbox: Arc<dyn Outbox> = Arc::new(storage.clone());
        let relay = Relay::start(bus.clone(), outbox, life.tracker(), life.soft().clone());
        watch_bus(&life, "outbox relay", relay.health());
        let archive = Archive {
            storage: storage.clone(),
            bus: bus.clone(),
            id: service.id(),
            days: config.event_log_days,
            counters: counters.clone(),
        };
        archive.start(&life);
        let maker = Maker::new(storage.clone(), models, &config);
        let jobs = Jobs {
            maker: maker.clone(),
            metrics: Metrics::new(counters.clone()),
            tracker: life.tracker().clone(),
            soft: life.soft().clone(),
        };
        let options = ConsumerOptions {
            visibility: VISIBILITY,
            max_attempts: ATTEMPTS,
            ..ConsumerOptions::new(SUMMARIES_QUEUE, Self::NAME, service.id())
        };
        let consumer = Consumer::open(&bus, options, life.tracker(), life.soft());
        watch_bus(&life, "summaries", consumer.health());
        life.supervise("summaries", jobs.run(consumer, config.concurrency));
        run_schedules(&life, storage.clone(), relay.clone(), schedules);
        let sweep = Sweep {
            storage: storage.clone(),
            relay: relay.clone(),
            idle: config.session_idle(),
        };
        work_schedules(&life, service.id(), storage.clone(), &bus, sweep);
        let summaries = Summaries {
            storage,
            relay: relay.clone(),
        };
        let trigger = Trigger {
            maker,
            relay,
            seen: EventCounter::new(Self::NAME, counters),
        };
        service
            .run_with(trigger, |routes| {
                routes.add_service(SummaryServiceServer::new(summaries));
            })
            .await
    }
}

fn schedules(config: &SummarizerConfig) -> Result<Vec<Schedule>, StartError> {
    let SummarizerConfig {
        session_schedule,
        time_zone,
        ..
    } = config;
    let session =
        Schedule::new(SESSION_SUMMARIES, session_schedule, time_zone).map_err(|error| {
            let remedy = "Correct summarizer.session_schedule and summarizer.time_zone.";
            StartError::new("the schedules", error, remedy)
        })?;
    Ok(session.into_iter().collect())
}
