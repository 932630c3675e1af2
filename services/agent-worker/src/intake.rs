//! Takes run jobs from the queue, as many as there are free slots, while the gate is open.

use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::{Consumer, Delivery};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::gate::Gate;
use crate::run::Executor;

/// Jobs taken at once at the most.
const BATCH: usize = 16;

/// How often a closed gate looks whether something has come through nevertheless.
const SWEEP: Duration = Duration::from_secs(1);

/// Takes jobs until `soft` asks it to stop; what it has taken goes on. That no more will be taken is known by
/// `_taking` being dropped.
pub(crate) async fn run(
    mut consumer: Consumer,
    executor: Arc<Executor>,
    slots: Arc<Semaphore>,
    gate: Gate,
    tracker: TaskTracker,
    soft: CancellationToken,
    _taking: DropGuard,
) {
    loop {
        if gate.is_closed() {
            give_back(&mut consumer).await;
            tokio::select! {
                biased;
                () = soft.cancelled() => return,
                () = gate.opened() => {}
                () = tokio::time::sleep(SWEEP) => {}
            }
            continue;
        }
        let first = tokio::select! {
            biased;
            () = soft.cancelled() => return,
            () = gate.shut() => continue,
            permit = Arc::clone(&slots).acquire_owned() => permit,
        };
        let Ok(first) = first else { return };
        let mut permits = vec![first];
        while permits.len() < BATCH {
            match Arc::clone(&slots).try_acquire_owned() {
                Ok(permit) => permits.push(permit),
                Err(_) => break,
            }
        }
        let deliveries = tokio::select! {
            biased;
            () = soft.cancelled() => return,
            () = gate.shut() => continue,
            deliveries = consumer.next(permits.len()) => deliveries,
        };
        match deliveries {
            Ok(deliveries) if gate.is_closed() => release(deliveries).await,
            Ok(deliveries) => {
                for (delivery, permit) in deliveries.into_iter().zip(permits) {
                    let executor = Arc::clone(&executor);
                    tracker.spawn(async move {
                        executor.handle(delivery).await;
                        drop(permit);
                    });
                }
            }
            Err(error) => {
                tracing::error!(%error, "the queue of runs cannot be read");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// What was taken in the moment in which the gate closed goes to others.
async fn give_back(consumer: &mut Consumer) {
    if let Ok(Ok(deliveries)) = tokio::time::timeout(Duration::ZERO, consumer.next(BATCH)).await {
        release(deliveries).await;
    }
}

async fn release(deliveries: Vec<Delivery>) {
    for delivery in deliveries {
        if let Err(error) = delivery.release().await {
            tracing::debug!(%error, "a job is given back by its silence only");
        }
    }
}
