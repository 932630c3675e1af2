//! The service: what it connects to, what it opens, what runs in it.

mod clock;
mod drain;
mod register;

use std::sync::Arc;
use std::time::Duration;

use mosaic_agent::Settings;
use mosaic_bus::{Bus, Consumer, ConsumerOptions, Outbox, Queue, Relay, RelayHandle};
use mosaic_config::Config;
use mosaic_domain::InstanceId;
use mosaic_llm::Registry;
use mosaic_proto::agent::v1::agent_control_service_server::AgentControlServiceServer;
use mosaic_proto::job::RUNS_QUEUE;
use mosaic_runtime::describe::Counters;
use mosaic_runtime::registration::stay_registered;
use mosaic_runtime::{Addresses, Admin, Failure, Grpc, Lifecycle, StartError};
use mosaic_service::{
    Credentials, Guard, Peers, connect_bus, connect_storage, describe, providers, registration,
    watch_bus, watch_storage,
};
use mosaic_storage::Storage;
use mosaic_tools::Toolbox;
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::control::Control;
use crate::gate::Gate;
use crate::intake;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::run::{Executor, Heartbeat, HeldRuns, Personas};
use clock::SystemClock;
use drain::Drain;
use register::WorkerRegister;

/// The name of the service and of its consumer group.
const NAME: &str = "agent-worker";

/// A run's own claims are counted in Postgres, where a crash loop is noticed; the queue only delivers.
const MAX_DELIVERIES: u32 = 100_000;

/// Earlier messages that a run reads at the most; what does not fit the model's window is left out later.
const HISTORY_LIMIT: u32 = 400;

/// Attempts at one model call, and the waits between them.
const MODEL_ATTEMPTS: u32 = 4;
const RETRY_DELAY: Duration = Duration::from_secs(1);
const MAX_RETRY_DELAY: Duration = Duration::from_secs(30);

/// The service, built and ready to run.
#[derive(Debug)]
pub struct App {
    life: Lifecycle,
    config: Arc<Config>,
    id: InstanceId,
    storage: Storage,
    bus: Bus,
    providers: Registry,
    toolbox: Toolbox,
    admin: Admin,
    grpc: Grpc,
}

/// Builds the service with other tools than the built-in ones.
#[derive(Debug, Clone)]
pub struct Builder {
    toolbox: Toolbox,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            toolbox: Toolbox::built_in(),
        }
    }
}

impl Builder {
    /// Adds a tool.
    #[must_use]
    pub fn with_tool(mut self, tool: Arc<dyn mosaic_tools::Tool>) -> Self {
        self.toolbox.add(tool);
        self
    }

    /// Connects and opens the ports, or says what is in the way.
    pub async fn build(self, config: Arc<Config>, life: Lifecycle) -> Result<App, StartError> {
        let providers = providers::registry(&config.providers).map_err(|error| {
            StartError::new(
                "the model providers",
                error,
                "Correct the section [providers].",
            )
        })?;
        let storage = connect_storage(&config.postgres, NAME).await?;
        let bus = connect_bus(&config.valkey).await?;
        let section = &config.agent_worker;
        let admin = Admin::bind("agent_worker.admin_listen", section.admin_listen).await?;
        let grpc = Grpc::bind("agent_worker.grpc_listen", section.grpc_listen).await?;
        let id = mosaic_runtime::clock::id();
        let toolbox = self.toolbox;
        Ok(App {
            life,
            config,
            id,
            storage,
            bus,
            providers,
            toolbox,
            admin,
            grpc,
        })
    }
}

impl mosaic_runtime::App for App {
    const NAME: &'static str = NAME;

    async fn build(config: Arc<Config>, life: Lifecycle) -> Result<Self, StartError> {
        Builder::default().build(config, life).await
    }

    fn addresses(&self) -> Addresses {
        Addresses {
            admin: self.admin.address(),
            grpc: self.grpc.address(),
            public: None,
        }
    }

    async fn run(self) -> Result<(), Failure> {
        let (life, storage) = (self.life.clone(), self.storage.clone());
        if let Err(error) = self.start() {
            life.abort();
            life.finish().await?;
            return Err(Failure {
                task: "start",
                reason: error.to_string(),
            });
        }
        let ended = life.finish().await;
        storage.close().await;
        ended
    }
}

impl App {
    /// Starts everything that lives as long as the service.
    fn start(self) -> Result<(), StartError> {
        let addresses = mosaic_runtime::App::addresses(&self);
        let life = self.life.clone();
        let section = self.config.agent_worker.clone();
        let slots = Arc::new(Semaphore::new(section.concurrency));
        let held = HeldRuns::default();
        let gate = Gate::default();
        // Runs that are finished after the stop still need their lease and the relay.
        let background = CancellationToken::new();
        let work = TaskTracker::new();
        let outbox: Arc<dyn Outbox> = Arc::new(self.storage.clone());
        let relay = Relay::start(self.bus.clone(), outbox, life.tracker(), background.clone());
        let entry = registration(&life, self.id, addresses, section.grpc_advertise.as_deref());
        let register = WorkerRegister {
            storage: self.storage.clone(),
            capacity: section.concurrency,
            gate: gate.clone(),
        };
        stay_registered(&life, register, entry);
        life.spawn(self.heartbeat(&held, background.clone()));
        life.spawn(housekeeping(
            self.storage.clone(),
            self.bus.queue(RUNS_QUEUE),
            life.soft().clone(),
        ));
        let taken = CancellationToken::new();
        self.take_jobs(
            &held,
            &slots,
            &gate,
            relay.clone(),
            &work,
            taken.clone().drop_guard(),
        );
        watch_storage(&life, self.storage.clone());
        watch_bus(&life, "outbox relay", relay.health());
        let drain = Drain {
            work,
            held: held.clone(),
            taken,
            background,
            soft: life.soft().clone(),
            hard: life.hard().clone(),
            grace: self.config.shutdown.grace(),
        };
        life.spawn(drain.run());
        self.admin.serve(&life);
        let guard = Guard::new(NAME, &self.config.internal);
        self.grpc.serve(&life, guard, |routes| {
            routes.add_service(describe(&life, self.id, Counters::default()));
            let control = Control {
                held,
                slots,
                capacity: section.concurrency,
                gate,
            };
            routes.add_service(AgentControlServiceServer::new(control));
        })
    }

    fn heartbeat(
        &self,
        held: &HeldRuns,
        background: CancellationToken,
    ) -> impl Future<Output = ()> + use<> {
        let section = &self.config.agent_worker;
        let heartbeat = Heartbeat {
            runs: held.clone(),
            storage: self.storage.clone(),
            clock: Arc::new(SystemClock),
            worker_id: self.id,
            lease: section.lease(),
            every: section.heartbeat(),
        };
        async move {
            tokio::select! {
                () = heartbeat.run() => {}
                () = background.cancelled() => {}
            }
        }
    }

    fn memory(&self, relay: &RelayHandle) -> Memory {
        let credentials = Credentials::new(NAME, self.id, &self.config.internal);
        Memory {
            storage: self.storage.clone(),
            peers: Peers::new(self.storage.clone(), credentials),
            relay: relay.clone(),
        }
    }

    fn take_jobs(
        &self,
        held: &HeldRuns,
        slots: &Arc<Semaphore>,
        gate: &Gate,
        relay: RelayHandle,
        work: &TaskTracker,
        taking: DropGuard,
    ) {
        let section = &self.config.agent_worker;
        let options = ConsumerOptions {
            visibility: section.lease(),
            max_attempts: MAX_DELIVERIES,
            ..ConsumerOptions::new(RUNS_QUEUE, NAME, self.id)
        };
        let consumer = Consumer::open(&self.bus, options, self.life.tracker(), self.life.soft());
        watch_bus(&self.life, "valkey", consumer.health());
        let memory = self.memory(&relay);
        let mut toolbox = self.toolbox.clone();
        memory.equip(&mut toolbox);
        let executor = Executor {
            storage: self.storage.clone(),
            logs: self.bus.run_logs(),
            relay,
            providers: self.providers.clone(),
            toolbox: Arc::new(toolbox),
            recall: memory.recall(&self.config.memory),
            personas: Personas::new(&self.config.all_agents(), |system_prompt| Settings {
                system_prompt,
                max_model_steps: section.max_steps,
                model_attempts: MODEL_ATTEMPTS,
                retry_delay: RETRY_DELAY,
                max_retry_delay: MAX_RETRY_DELAY,
                tool_timeout: section.tool_timeout(),
            }),
            clock: Arc::new(SystemClock),
            held: held.clone(),
            metrics: Metrics::new(held),
            worker_id: self.id,
            lease: section.lease(),
            run_timeout: section.run_timeout(),
            history_limit: HISTORY_LIMIT,
            tracker: work.clone(),
            hard: self.life.hard().clone(),
        };
        let soft = self.life.soft().clone();
        self.life.spawn(intake::run(
            consumer,
            Arc::new(executor),
            Arc::clone(slots),
            gate.clone(),
            work.clone(),
            soft,
            taking,
        ));
    }
}

/// Puts runs back that fell out of the queue. Only Valkey knows what is still in it.
async fn reopen_stranded(
    storage: &Storage,
    queue: &Queue,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    const OVERDUE: Duration = Duration::from_secs(30);
    let (stats, dead) = (queue.stats().await?, queue.dead_ids().await?);
    let reopened = storage.outbox_reopen_stranded(OVERDUE, stats.oldest_age, &dead);
    Ok(reopened.await?)
}

/// Finds runs that fell out of the queue, and forgets events that everybody has seen.
async fn housekeeping(storage: Storage, queue: Queue, soft: CancellationToken) {
    const EVERY: Duration = Duration::from_secs(10);
    loop {
        tokio::select! {
            () = soft.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        match reopen_stranded(&storage, &queue).await {
            Ok(0) => {}
            Ok(runs) => tracing::warn!(
                runs,
                "runs that no worker has or took for long were put back into the queue"
            ),
            Err(error) => tracing::debug!(%error, "stranded runs cannot be looked for now"),
        }
        if let Err(error) = storage.outbox_prune().await {
            tracing::debug!(%error, "the outbox cannot be pruned now");
        }
    }
}
