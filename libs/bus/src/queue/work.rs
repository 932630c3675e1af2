//! A loop that works on the jobs of a queue, for services that have nothing special to do around a job.
//!
//! It takes only as many jobs as it has free slots for, so a busy replica leaves the rest to others. Each job runs in a
//! task of its own while the delivery gives signs of life. What the handler answers is the verdict: done, again after a
//! while (exponential with full jitter, unless the handler names the time), or never. A panic counts as a failed
//! attempt. A job that another consumer has claimed is dropped at once.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use mosaic_proto::job::Job;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Consumer, Delivery};
use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::group::Verdict;

/// How jobs are worked on.
#[derive(Debug, Clone, Copy)]
pub struct WorkOptions {
    /// Jobs in work at once.
    pub concurrency: usize,
    /// How long a failed job waits for its next attempt.
    pub backoff: Backoff,
}

impl WorkOptions {
    /// So many jobs at once, with waits up to a second after the first failure, doubling up to five minutes.
    #[must_use]
    pub const fn new(concurrency: usize) -> Self {
        Self {
            concurrency,
            backoff: Backoff::new(Duration::from_secs(1), Duration::from_mins(5)),
        }
    }
}

/// What a handler gets besides the job.
#[derive(Debug, Clone)]
pub struct JobContext {
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// Whether the job is given up on if this attempt fails.
    pub last: bool,
    /// Cancelled when the service is to stop; the work may be finished or given back with [`JobError::Release`].
    pub stopping: CancellationToken,
}

/// What a handler answers.
pub type JobResult = Result<(), JobError>;

/// Why a job is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobError {
    /// Another attempt may succeed.
    Retry {
        /// What is in the way.
        reason: String,
        /// When to try again, if that is known.
        after: Option<Duration>,
    },
    /// It can never be done; it becomes a dead letter at once.
    Permanent {
        /// Why.
        reason: String,
    },
    /// It was not worked on: somebody else may have it, and the attempt does not count.
    Release,
}

impl JobError {
    /// Another attempt after the usual wait.
    pub fn retry(reason: impl ToString) -> Self {
        Self::Retry {
            reason: reason.to_string(),
            after: None,
        }
    }

    /// Another attempt after this time.
    pub fn retry_after(after: Duration, reason: impl ToString) -> Self {
        Self::Retry {
            reason: reason.to_string(),
            after: Some(after),
        }
    }

    /// Never.
    pub fn permanent(reason: impl ToString) -> Self {
        Self::Permanent {
            reason: reason.to_string(),
        }
    }
}

impl<E: std::error::Error> From<E> for JobError {
    fn from(error: E) -> Self {
        Self::retry(error)
    }
}

/// Works on jobs until the consumer's stop; then no more are taken, and what is in work is finished. Dropping the future
/// ends the taking and leaves what is in work to the tracker.
pub async fn work<H, F>(
    mut consumer: Consumer,
    options: WorkOptions,
    tracker: &TaskTracker,
    stopping: &CancellationToken,
    handler: H,
) -> Result<()>
where
    H: Fn(Job, JobContext) -> F + Send + Sync + 'static,
    F: Future<Output = JobResult> + Send + 'static,
{
    let concurrency = u32::try_from(options.concurrency.max(1)).unwrap_or(u32::MAX);
    let slots = Arc::new(Semaphore::new(concurrency as usize));
    let handler = Arc::new(handler);
    let most = consumer.max_attempts();
    let ended = loop {
        let Some(mut free) = free_slots(&slots).await else {
            break Ok(());
        };
        let deliveries = match consumer.next(free.num_permits()).await {
            Ok(deliveries) => deliveries,
            Err(Error::Closed) => break Ok(()),
            Err(error) => break Err(error),
        };
        for delivery in deliveries {
            let slot = free.split(1);
            let context = JobContext {
                attempt: delivery.attempt,
                last: delivery.attempt >= most,
                stopping: stopping.clone(),
            };
            let handler = Arc::clone(&handler);
            tracker.spawn(async move {
                attend(delivery, context, options.backoff, &*handler).await;
                drop(slot);
            });
        }
    };
    // Everything that was begun has ended when all slots are free.
    drop(slots.acquire_many(concurrency).await);
    ended
}

/// Waits for a free slot and takes all that are.
async fn free_slots(slots: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    let mut free = Arc::clone(slots).acquire_owned().await.ok()?;
    // Short jobs that are just ending give their slots back first, so that one round brings enough for all.
    tokio::task::yield_now().await;
    let more = u32::try_from(slots.available_permits()).unwrap_or(u32::MAX);
    if let Ok(more) = Arc::clone(slots).try_acquire_many_owned(more) {
        free.merge(more);
    }
    Some(free)
}

async fn attend<H, F>(delivery: Delivery, context: JobContext, backoff: Backoff, handler: &H)
where
    H: Fn(Job, JobContext) -> F,
    F: Future<Output = JobResult>,
{
    let Delivery {
        job,
        attempt,
        receipt,
    } = delivery;
    let (id, lost) = (job.id, receipt.lost().clone());
    let handled = AssertUnwindSafe(async { handler(job, context).await }).catch_unwind();
    let Some(answer) = lost.run_until_cancelled(handled).await else {
        tracing::warn!(job = %id, attempt, "a job was claimed by another consumer; it is dropped here");
        return;
    };
    let answer = answer.unwrap_or_else(|panic| {
        Err(JobError::retry(format!(
            "the work panicked: {}",
            message(&*panic)
        )))
    });
    let settled = match answer {
        Ok(()) => return receipt.pronounce(Verdict::Ack),
        Err(JobError::Release) => receipt.settle(Verdict::Release).await,
        Err(JobError::Permanent { reason }) => {
            tracing::error!(job = %id, attempt, reason, "a job is given up");
            receipt.settle(Verdict::Bury { reason }).await
        }
        Err(JobError::Retry { reason, after }) => {
            tracing::warn!(job = %id, attempt, reason, "a job failed and is to be tried again");
            let after = after.unwrap_or_else(|| backoff.jittered(attempt.saturating_sub(1)));
            receipt.settle(Verdict::Retry { after, reason }).await
        }
    };
    if let Err(error) = settled {
        tracing::info!(job = %id, %error, "a job was not settled and will come again");
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = || panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(owned).unwrap_or("without a word")
}
