//! The jobs of the queue `summaries`.
//!
//! A job may be delivered twice at once, after Valkey lost its memory or a replica was silent for too long. Who works on one
//! holds an advisory lock in its name, on a connection that dies with its process; so the same summary is not paid for
//! twice, and what is recorded is recorded once whatever the lock does ([`Storage::record_summary`]).

use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::{Backoff, Consumer, Delivery, Settled};
use mosaic_domain::SummaryKind;
use mosaic_proto::job::Job;
use mosaic_proto::summary::v1::SummaryJob;
use mosaic_storage::{Lead, Storage};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::make::{Failure, Maker, Wanted};
use crate::metrics::Metrics;

/// After this many attempts a job is a dead letter: with the waits below, an hour of failing.
pub(crate) const ATTEMPTS: u32 = 12;
/// Without a sign of life for this long a job is given to another replica.
pub(crate) const VISIBILITY: Duration = Duration::from_secs(10);
/// Waits between attempts, also when a provider asks for more.
const WAITS: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_mins(30));
/// Wait when another replica is at it.
const HELD: Duration = Duration::from_secs(30);

/// Works on jobs.
#[derive(Debug, Clone)]
pub(crate) struct Jobs {
    pub(crate) maker: Maker,
    pub(crate) metrics: Metrics,
    pub(crate) tracker: TaskTracker,
    pub(crate) soft: CancellationToken,
}

enum Outcome {
    Ended,
    Held,
    Failed(Failure),
}

impl Jobs {
    /// Takes jobs, so many at a time, until the stop; those in hand go back then.
    pub(crate) async fn run(
        self,
        mut consumer: Consumer,
        concurrency: usize,
    ) -> Result<(), mosaic_bus::Error> {
        let slots = Arc::new(Semaphore::new(concurrency));
        loop {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                return Ok(());
            };
            let slot = Arc::new(slot);
            let deliveries = match consumer.next(1).await {
                Ok(deliveries) => deliveries,
                Err(mosaic_bus::Error::Closed) => return Ok(()),
                Err(error) => return Err(error),
            };
            for delivery in deliveries {
                let span = tracing::info_span!(
                    parent: None,
                    "summarizer.job.work",
                    job.id = %delivery.job.id,
                    attempt = delivery.attempt,
                );
                if let Some(cause) = &delivery.job.traceparent {
                    mosaic_telemetry::propagation::link(&span, cause);
                }
                let (jobs, slot) = (self.clone(), Arc::clone(&slot));
                let work = async move {
                    jobs.handle(delivery).await;
                    drop(slot);
                };
                self.tracker.spawn(work.instrument(span));
            }
        }
    }

    async fn handle(&self, delivery: Delivery) {
        let (id, attempt) = (delivery.job.id, delivery.attempt);
        let job = delivery.job.clone();
        let outcome = tokio::select! {
            outcome = self.work(&job) => outcome,
            () = self.soft.cancelled() => {
                // The summary is not recorded yet, so another replica may go on at once.
                drop(delivery.release().await);
                return;
            }
        };
        let settled = match outcome {
            Outcome::Ended => delivery.ack().await,
            Outcome::Held => {
                delivery
                    .retry_because(HELD, "another replica is at it")
                    .await
            }
            Outcome::Failed(failure) => {
                self.metrics.failed();
                self.failed(delivery, attempt, failure).await
            }
        };
        if let Err(error) = settled {
            tracing::info!(job = %id, %error, "a job was not settled and will come again");
        }
    }

    async fn failed(
        &self,
        delivery: Delivery,
        attempt: u32,
        failure: Failure,
    ) -> mosaic_bus::Result<Settled> {
        let job = delivery.job.clone();
        let id = job.id;
        let settled = match failure {
            Failure::Retry { reason, after } => {
                let usual = WAITS.stretched(attempt.saturating_sub(1));
                let wait = after
                    .map_or(usual, |asked| asked.max(usual))
                    .min(WAITS.ceiling(u32::MAX));
                tracing::warn!(job = %id, attempt, reason, "a summary failed and is to be tried again");
                delivery.retry_because(wait, &reason).await?
            }
            Failure::Never(reason) => {
                tracing::error!(job = %id, reason, "a summary can never be made");
                delivery.fail(&reason).await?
            }
        };
        if settled == Settled::Dead {
            self.forget(&job).await;
        }
        Ok(settled)
    }

    /// What is a dead letter must not come again with the next life of Valkey, nor with the next message.
    async fn forget(&self, job: &Job) {
        let ended = match read(job) {
            Ok(wanted) => {
                let Wanted {
                    conversation_id,
                    kind,
                    ..
                } = wanted;
                let storage = self.storage();
                storage.bury_summary_job(job, conversation_id, kind).await
            }
            Err(_) => self.storage().end_summary_job(job).await,
        };
        if let Err(error) = ended {
            tracing::warn!(job = %job.id, %error, "a job that was given up may be tried once more");
        }
    }

    async fn work(&self, job: &Job) -> Outcome {
        let wanted = match read(job) {
            Ok(wanted) => wanted,
            Err(reason) => return Outcome::Failed(Failure::Never(reason)),
        };
        let lock = match self.storage().lead(Lead::Job(job.id)).await {
            Ok(Some(lock)) => lock,
            Ok(None) => return Outcome::Held,
            Err(error) => return Outcome::Failed(error.into()),
        };
        let made = self.maker.make(job, wanted).await;
        if let Err(error) = lock.step_down().await {
            tracing::debug!(%error, "the lock of a job went with its connection");
        }
        match made {
            Ok(true) => {
                self.metrics.made(wanted.kind);
                tracing::info!(conversation = %wanted.conversation_id, kind = wanted.kind.as_str(), "a conversation was summarised");
                Outcome::Ended
            }
            Ok(false) => Outcome::Ended,
            Err(failure) => Outcome::Failed(failure),
        }
    }

    const fn storage(&self) -> &Storage {
        &self.maker.storage
    }
}

fn read(job: &Job) -> Result<Wanted, String> {
    let payload: SummaryJob = job.payload().map_err(|error| error.to_string())?;
    let kind: SummaryKind = payload
        .kind
        .parse()
        .map_err(|error: mosaic_domain::message::UnknownName| error.to_string())?;
    let conversation_id = payload
        .conversation_id
        .parse()
        .map_err(|error: mosaic_domain::id::InvalidId| error.to_string())?;
    Ok(Wanted {
        conversation_id,
        kind,
        forced: payload.forced,
    })
}
