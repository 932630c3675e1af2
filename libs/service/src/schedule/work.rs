//! Doing what was due: jobs of schedules, one at a time in each replica.

use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_bus::{Backoff, Bus, Consumer, ConsumerOptions, Delivery};
use mosaic_domain::InstanceId;
use mosaic_proto::job::Job;
use mosaic_proto::schedule::v1::ScheduleJob;
use mosaic_runtime::Lifecycle;
use mosaic_storage::Storage;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::queue_of;
use crate::{Rejected, watch_bus};

/// Waits between attempts.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A schedule that was due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Which one.
    pub name: String,
    /// The time that was due; what was missed before it is covered, too.
    pub at: DateTime<Utc>,
}

/// What a service does when a schedule is due.
pub trait ScheduledWork: Send + Sync + 'static {
    /// Makes the effect durable. May be called again for the same time, after a crash or by another replica.
    fn due(&self, due: &Due) -> impl Future<Output = Result<(), Rejected>> + Send;
}

/// Does the jobs of the service's schedules until it stops.
pub fn work_schedules(
    life: &Lifecycle,
    id: InstanceId,
    storage: Storage,
    bus: &Bus,
    work: impl ScheduledWork,
) {
    let options = ConsumerOptions::new(&queue_of(life.service()), life.service(), id);
    let consumer = Consumer::open(bus, options, life.tracker(), life.soft());
    watch_bus(life, "schedules", consumer.health());
    let hard = life.hard().clone();
    life.supervise("schedules", consume(consumer, storage, work, hard));
}

async fn consume(
    mut consumer: Consumer,
    storage: Storage,
    work: impl ScheduledWork,
    hard: CancellationToken,
) -> Result<(), mosaic_bus::Error> {
    let all = async {
        loop {
            let deliveries = match consumer.next(1).await {
                Ok(deliveries) => deliveries,
                Err(mosaic_bus::Error::Closed) => return Ok(()),
                Err(error) => return Err(error),
            };
            for delivery in deliveries {
                let span =
                    tracing::info_span!(parent: None, "schedule.work", job = %delivery.job.id);
                work_on(&storage, &work, delivery).instrument(span).await;
            }
        }
    };
    hard.run_until_cancelled(all).await.unwrap_or(Ok(()))
}

async fn work_on(storage: &Storage, work: &impl ScheduledWork, delivery: Delivery) {
    let (id, attempt) = (delivery.job.id, delivery.attempt);
    let outcome = match read(&delivery.job) {
        Ok(due) => work.due(&due).await,
        Err(reason) => Err(Rejected::Fail(reason)),
    };
    // Also a job that can never be done has ended: its schedule is due again before long.
    let ended = match &outcome {
        Err(Rejected::Retry(_)) => Ok(()),
        Ok(()) | Err(Rejected::Fail(_)) => storage.end_schedule_job(id).await,
    };
    let outcome = match ended {
        Ok(()) => outcome,
        Err(error) => Err(Rejected::Retry(error.to_string())),
    };
    let settled = match outcome {
        Ok(()) => delivery.ack().await,
        Err(Rejected::Retry(reason)) => {
            tracing::warn!(job = %id, reason, attempt, "a scheduled job is to be tried again");
            let wait = Backoff::new(FIRST_WAIT, LONGEST_WAIT).ceiling(attempt);
            delivery.retry_because(wait, &reason).await
        }
        Err(Rejected::Fail(reason)) => {
            tracing::error!(job = %id, reason, "a scheduled job is given up");
            delivery.fail(&reason).await
        }
    };
    if let Err(error) = settled {
        tracing::info!(job = %id, %error, "a job was not settled and will come again");
    }
}

fn read(job: &Job) -> Result<Due, String> {
    let payload: ScheduleJob = job.payload().map_err(|error| error.to_string())?;
    let at = payload.due_at.parse();
    Ok(Due {
        at: at.map_err(|error| format!("its due time {:?} is none: {error}", payload.due_at))?,
        name: payload.name,
    })
}
