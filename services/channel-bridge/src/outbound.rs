//! What is to be shown in chats gets shown: jobs of the queue `channel-out`, one chat by one replica at a time.
//!
//! A job names a delivery and its chat. Whoever takes it holds the chat ([`hold`]) and makes every delivery that waits
//! there, in order; other jobs of the chat find their delivery made. While a chat is held by somebody else its jobs wait.
//! A holder that dies is noticed by its silence, and the next goes on with the messages that are written down
//! ([`writer`]).

mod follow;
mod hold;
mod story;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::{Consumer, ConsumerOptions};
use mosaic_channels::Adapter;
use mosaic_domain::DeliveryId;
use mosaic_proto::channel::v1::ChannelOutJob;
use mosaic_proto::job::{CHANNEL_OUT_QUEUE, Job};
use mosaic_runtime::Lifecycle;
use mosaic_storage::{ChatClaim, Error};
use mosaic_telemetry::propagation;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::bridge::Bridge;
use hold::{Held, LEASE};

/// Chats that one replica writes to at the same time.
const CHATS: usize = 256;
/// Deliveries fail by their own judgement; the queue only brings them again.
const MAX_DELIVERIES: u32 = 1_000_000;
/// When to try again what somebody else is at.
const BUSY: Duration = Duration::from_millis(700);
/// When to try again what needs somebody to change something.
const MUCH_LATER: Duration = Duration::from_secs(30);

/// What is to become of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Everything is shown.
    Done,
    /// To be tried again.
    Later(Duration, String),
    /// Somebody else may have it at once.
    Release,
    /// It will never work.
    Fail(String),
}

/// Opens the queue.
pub(crate) fn consumer(bridge: &Bridge) -> Consumer {
    let options = ConsumerOptions {
        visibility: LEASE,
        max_attempts: MAX_DELIVERIES,
        ..ConsumerOptions::new(CHANNEL_OUT_QUEUE, bridge.life.service(), bridge.id)
    };
    let life: &Lifecycle = &bridge.life;
    Consumer::open(&bridge.bus, options, life.tracker(), life.soft())
}

/// Takes jobs until the stop; what is in hand then is given back.
pub(crate) async fn run(bridge: Bridge, mut consumer: Consumer, work: TaskTracker) {
    let slots = Arc::new(Semaphore::new(CHATS));
    loop {
        let Ok(permit) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        // Fails only when the stop has begun.
        let Ok(deliveries) = consumer.next(1).await else {
            return;
        };
        // One at the most, so one permit is enough.
        if let Some(delivery) = deliveries.into_iter().next() {
            let bridge = bridge.clone();
            let span = tracing::info_span!(parent: None, "channel.deliver", job = %delivery.job.id);
            if let Some(cause) = &delivery.job.traceparent {
                propagation::link(&span, cause);
            }
            let task = async move {
                let verdict = bridge.handle(&delivery.job).await;
                settle(delivery, verdict).await;
                drop(permit);
            };
            work.spawn(task.instrument(span));
        }
    }
}

async fn settle(delivery: mosaic_bus::Delivery, verdict: Verdict) {
    let id = delivery.job.id;
    let settled = match verdict {
        Verdict::Done => delivery.ack().await,
        Verdict::Later(after, reason) => delivery.retry_because(after, &reason).await,
        Verdict::Release => delivery.release().await,
        Verdict::Fail(reason) => {
            tracing::error!(job = %id, reason, "a delivery is given up");
            delivery.fail(&reason).await
        }
    };
    if let Err(error) = settled {
        tracing::info!(job = %id, %error, "a job was not settled and will come again");
    }
}

impl Bridge {
    async fn handle(&self, job: &Job) -> Verdict {
        let (payload, id) = match read(job) {
            Ok(read) => read,
            Err(reason) => return Verdict::Fail(reason),
        };
        let Some(adapter) = self.channels.get(payload.channel.as_str()) else {
            let reason = format!("the channel {} is not configured", payload.channel);
            return Verdict::Later(MUCH_LATER, reason);
        };
        match self.bring_up(adapter, &payload, id, job).await {
            Ok(verdict) => verdict,
            Err(error) if error.is_transient() => {
                tracing::info!(delivery = %id, %error, "the record failed a delivery");
                Verdict::Later(BUSY, error.told().to_owned())
            }
            Err(error) => {
                tracing::error!(chat = payload.chat_id, %error, "a chat cannot be brought up to date");
                Verdict::Later(MUCH_LATER, error.told().to_owned())
            }
        }
    }

    /// Makes what is to be shown in the job's chat shown, unless somebody else is at it.
    async fn bring_up(
        &self,
        adapter: &Arc<dyn Adapter>,
        payload: &ChannelOutJob,
        id: DeliveryId,
        job: &Job,
    ) -> Result<Verdict, Error> {
        if !self.storage.is_delivery_pending(id).await? {
            self.storage.drop_channel_job(job).await?;
            return Ok(Verdict::Done);
        }
        let claim = self
            .storage
            .claim_chat(&payload.channel, &payload.chat_id, LEASE)
            .await?;
        match claim {
            ChatClaim::Missing => {
                self.storage.drop_channel_job(job).await?;
                Ok(Verdict::Done)
            }
            ChatClaim::Held => Ok(Verdict::Later(
                BUSY,
                "the chat is being written to".to_owned(),
            )),
            ChatClaim::Claimed(hold) => {
                let held = Held::new(self.clone(), Arc::clone(adapter), hold);
                held.make_deliveries().await
            }
        }
    }
}

fn read(job: &Job) -> Result<(ChannelOutJob, DeliveryId), String> {
    let payload: ChannelOutJob = job.payload().map_err(|error| error.to_string())?;
    let id = payload.delivery_id.parse();
    let id = id.map_err(|error: mosaic_domain::id::InvalidId| error.to_string())?;
    Ok((payload, id))
}
