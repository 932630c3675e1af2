//! Doing what was due: jobs of schedules, one at a time in each replica.

use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_bus::{Backoff, Bus, Consumer, ConsumerOptions, Delivery, Settled};
use mosaic_domain::InstanceId;
use mosaic_proto::job::Job;
use mosaic_proto::schedule::v1::ScheduleJob;
use mosaic_runtime::Lifecycle;
use mosaic_storage::Storage;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::queue_of;
use crate::{Rejected, watch_bus};

/// After this many attempts a job is a dead letter: with the waits below, about a day. Nothing that passes, such as
/// Postgres being away, costs a firing, and what never works does not pile up for ever.
const ATTEMPTS: u32 = 1_440;
/// Waits between attempts.
const WAITS: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));

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
    let options = ConsumerOptions {
        max_attempts: ATTEMPTS,
        ..ConsumerOptions::new(&queue_of(life.service()), life.service(), id)
    };
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
    let (job, attempt) = (delivery.job.clone(), delivery.attempt);
    let id = job.id;
    let outcome = match read(&job) {
        Ok(due) => work.due(&due).await,
        Err(reason) => Err(Rejected::Fail(reason)),
    };
    // Also a job that can never be done has ended: its schedule is due again before long.
    let ended = match &outcome {
        Err(Rejected::Retry(_)) => Ok(()),
        Ok(()) | Err(Rejected::Fail(_)) => storage.end_schedule_job(&job).await,
    };
    let outcome = match ended {
        Ok(()) => outcome,
        Err(error) => Err(Rejected::Retry(error.to_string())),
    };
    let settled = match outcome {
        Ok(()) => delivery.ack().await,
        Err(Rejected::Retry(reason)) => {
            tracing::warn!(job = %id, reason, attempt, "a scheduled job is to be tried again");
            delivery
                .retry_because(WAITS.stretched(attempt), &reason)
                .await
        }
        Err(Rejected::Fail(reason)) => {
            tracing::error!(job = %id, reason, "a scheduled job is given up");
            delivery.fail(&reason).await
        }
    };
    match settled {
        Ok(Settled::Dead) => forget(storage, &job).await,
        Ok(_) => {}
        Err(error) => {
            tracing::info!(job = %id, %error, "a job was not settled and will come again");
        }
    }
}

/// What is a dead letter must not come again with the next life of Valkey.
async fn forget(storage: &Storage, job: &Job) {
    if let Err(error) = storage.end_schedule_job(job).await {
        tracing::warn!(job = %job.id, %error, "a job that was given up may be tried once more");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_survives_most_of_a_day_without_postgres_and_not_for_ever() {
        let waits = (1..ATTEMPTS).map(|attempt| WAITS.ceiling(attempt));
        let all: Duration = waits.sum();
        assert!(all > Duration::from_hours(23), "{all:?}");
        assert!(all < Duration::from_hours(25), "{all:?}");
    }
}
