//! The leader fires what is due, the others stand by.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_bus::RelayHandle;
use mosaic_proto::job::OutboxEntry;
use mosaic_runtime::{Lifecycle, clock};
use mosaic_storage::{Error, Lead, Leader, ScheduleEntry, Storage};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Schedule;

/// How often one that stands by tries to lead.
const STAND_BY: Duration = Duration::from_secs(2);
/// How often the leader looks for what is due. Each look also proves that it still leads.
const LOOK: Duration = Duration::from_secs(1);
/// A look that takes longer means that the connection, and with it the lead, is as good as lost.
const PATIENCE: Duration = Duration::from_secs(15);

type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
type Publish = Arc<dyn Fn(Vec<OutboxEntry>) + Send + Sync>;

/// Fires the schedules of a service while it leads.
#[derive(Clone)]
pub struct ScheduleRunner {
    service: &'static str,
    storage: Storage,
    entries: Arc<[ScheduleEntry]>,
    publish: Publish,
    clock: Clock,
}

impl fmt::Debug for ScheduleRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScheduleRunner")
            .field("service", &self.service)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

/// Fires these schedules, and no others, in the name of the service until it stops.
pub fn run_schedules(
    life: &Lifecycle,
    storage: Storage,
    relay: RelayHandle,
    schedules: Vec<Schedule>,
) {
    let publish = move |entries| relay.publish(entries);
    let runner = ScheduleRunner::new(life.service(), storage, schedules, publish, clock::now);
    let soft = life.soft().clone();
    life.spawn(async move { runner.run(&soft).await });
}

impl ScheduleRunner {
    /// A runner that reads the time from `clock` and hands what its transactions wrote to `publish`.
    pub fn new(
        service: &'static str,
        storage: Storage,
        schedules: Vec<Schedule>,
        publish: impl Fn(Vec<OutboxEntry>) + Send + Sync + 'static,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        let entries = schedules.into_iter().map(|one| one.entry(service));
        Self {
            service,
            storage,
            entries: entries.collect(),
            publish: Arc::new(publish),
            clock: Arc::new(clock),
        }
    }

    /// Leads when it can, and fires while it does, until the stop. A firing in hand is rolled back or done.
    pub async fn run(&self, stop: &CancellationToken) {
        let work = async {
            loop {
                match self.storage.lead(Lead::Schedules(self.service)).await {
                    Ok(Some(leader)) => {
                        tracing::info!(service = self.service, "this replica fires the schedules");
                        if let Err(error) = self.serve(leader).await {
                            tracing::warn!(service = self.service, %error, "this replica does not fire schedules any more");
                        }
                    }
                    Ok(None) => {}
                    Err(error) => {
                        tracing::debug!(service = self.service, %error, "nobody can lead now");
                    }
                }
                sleep(STAND_BY).await;
            }
        };
        stop.run_until_cancelled(work).await;
    }

    async fn serve(&self, mut leader: Leader) -> Result<(), LeadLost> {
        let registered = leader.register_schedules(self.service, &self.entries, (self.clock)());
        timeout(PATIENCE, registered)
            .await
            .map_err(|_| LeadLost::Silent)??;
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            timeout(PATIENCE, self.look(&mut leader))
                .await
                .map_err(|_| LeadLost::Silent)??;
        }
    }

    async fn look(&self, leader: &mut Leader) -> Result<(), Error> {
        while let Some(firing) = leader.fire_schedule(&self.entries, (self.clock)()).await? {
            tracing::info!(schedule = firing.name, due_at = %firing.due_at, next_at = ?firing.next_at, "a schedule was due");
            (self.publish)(vec![firing.outbox]);
        }
        Ok(())
    }
}

/// Why a leader leads no more.
#[derive(Debug, thiserror::Error)]
enum LeadLost {
    #[error("Postgres did not answer within {PATIENCE:?}")]
    Silent,
    #[error(transparent)]
    Storage(#[from] Error),
}
