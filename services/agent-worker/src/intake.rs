//! Takes run jobs from the queue, as many as there are free slots.

use std::sync::Arc;

use mosaic_bus::Consumer;
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::run::Executor;

/// Jobs taken at once at the most.
const BATCH: usize = 16;

/// Takes jobs until `soft` asks it to stop; what it has taken goes on. That no more will be taken is known by
/// `_taking` being dropped.
pub(crate) async fn run(
    mut consumer: Consumer,
    executor: Arc<Executor>,
    slots: Arc<Semaphore>,
    tracker: TaskTracker,
    soft: CancellationToken,
    _taking: DropGuard,
) {
    loop {
        let first = tokio::select! {
            biased;
            () = soft.cancelled() => return,
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
            deliveries = consumer.next(permits.len()) => deliveries,
        };
        match deliveries {
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
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
    }
}
