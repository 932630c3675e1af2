//! Stopping in order: intake first, then the work in hand within its grace, then everything.

use std::fmt::Display;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Readiness;

/// How long tasks get to notice that the grace is over.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// Completes a moment after `hard`, for servers that close their connections gracefully until then.
pub(crate) async fn hurry(hard: CancellationToken) {
    hard.cancelled().await;
    tokio::time::sleep(LAST_MOMENT / 2).await;
}

/// A task that was to live as long as its service and did not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{task} ended: {reason}")]
pub struct Failure {
    /// Which task.
    pub task: &'static str,
    /// Why it ended.
    pub reason: String,
}

/// The life of one service: its tasks and the two tokens that end them.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    service: &'static str,
    tracker: TaskTracker,
    ports: TaskTracker,
    soft: CancellationToken,
    drained: CancellationToken,
    hard: CancellationToken,
    readiness: Readiness,
    grace: Duration,
    failure: Arc<Mutex<Option<Failure>>>,
}

impl Lifecycle {
    /// A life that begins. `grace` is how long work in hand may go on after the stop.
    #[must_use]
    pub fn new(service: &'static str, grace: Duration) -> Self {
        Self {
            service,
            tracker: TaskTracker::new(),
            ports: TaskTracker::new(),
            soft: CancellationToken::new(),
            drained: CancellationToken::new(),
            hard: CancellationToken::new(),
            readiness: Readiness::default(),
            grace,
            failure: Arc::default(),
        }
    }

    /// The service whose life it is.
    #[must_use]
    pub const fn service(&self) -> &'static str {
        self.service
    }

    /// Where components say how they are.
    #[must_use]
    pub const fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Cancelled when nothing new is to be begun.
    #[must_use]
    pub const fn soft(&self) -> &CancellationToken {
        &self.soft
    }

    /// Cancelled when the work in hand is done: health, metrics and control are reachable until then.
    #[must_use]
    pub const fn drained(&self) -> &CancellationToken {
        &self.drained
    }

    /// Cancelled when everything is to end at once.
    #[must_use]
    pub const fn hard(&self) -> &CancellationToken {
        &self.hard
    }

    /// Where tasks are counted that libraries spawn.
    #[must_use]
    pub const fn tracker(&self) -> &TaskTracker {
        &self.tracker
    }

    /// Spawns a task of this service; stopping waits for it.
    pub fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let service = self.service;
        self.tracker
            .spawn(mosaic_telemetry::service::scope(service, task));
    }

    /// Spawns a task that stays beside the work until everything has drained.
    pub(crate) fn spawn_beside<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.ports
            .spawn(mosaic_telemetry::service::scope(self.service, task));
    }

    /// Spawns a task that is to live until the service stops. If it ends before, the service stops and fails.
    pub fn supervise<F, E>(&self, name: &'static str, task: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        self.spawn(self.clone().watched(name, task));
    }

    /// Like [`Lifecycle::supervise`], for what is reachable from outside while the rest drains: it ends on
    /// [`Lifecycle::drained`].
    pub(crate) fn supervise_port<F, E>(&self, name: &'static str, task: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        self.spawn_beside(self.clone().watched(name, task));
    }

    async fn watched<F, E>(self, name: &'static str, task: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let result = task.await;
        if self.soft.is_cancelled() {
            return;
        }
        let reason = match result {
            Ok(()) => "it returned although nobody asked it to".to_owned(),
            Err(error) => error.to_string(),
        };
        tracing::error!(
            service = self.service,
            task = name,
            reason,
            "a task failed; the service stops"
        );
        self.fail(Failure { task: name, reason });
    }

    fn fail(&self, failure: Failure) {
        let mut slot = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert(failure);
        drop(slot);
        self.stop();
    }

    /// Asks the service to stop.
    pub fn stop(&self) {
        self.soft.cancel();
    }

    /// Asks the service to stop at once.
    pub fn abort(&self) {
        self.soft.cancel();
        self.hard.cancel();
    }

    /// Waits for the stop, then for the tasks: within the grace by themselves, after it by force.
    pub async fn finish(&self) -> Result<(), Failure> {
        self.soft.cancelled().await;
        self.tracker.close();
        self.ports.close();
        tokio::select! {
            _ = tokio::time::timeout(self.grace, self.tracker.wait()) => {}
            () = self.hard.cancelled() => {}
        }
        self.drained.cancel();
        self.hard.cancel();
        let rest = async {
            self.tracker.wait().await;
            self.ports.wait().await;
        };
        if tokio::time::timeout(LAST_MOMENT, rest).await.is_err() {
            tracing::warn!(
                service = self.service,
                tasks = self.tracker.len() + self.ports.len(),
                "tasks did not end in time and are abandoned"
            );
        }
        let failure = self
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        failure.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life() -> Lifecycle {
        Lifecycle::new("test", Duration::from_secs(10))
    }

    #[tokio::test(start_paused = true)]
    async fn work_in_hand_is_finished_before_the_service_ends() {
        let life = life();
        let (done, mut finished) = tokio::sync::oneshot::channel();
        let soft = life.soft().clone();
        life.spawn(async move {
            soft.cancelled().await;
            tokio::time::sleep(Duration::from_secs(5)).await;
            let _ = done.send(());
        });
        life.stop();
        life.finish().await.unwrap();
        assert!(finished.try_recv().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_outlasts_the_grace_is_ended_by_the_hard_token() {
        let life = life();
        let hard = life.hard().clone();
        life.spawn(async move { hard.cancelled().await });
        life.stop();
        let begun = tokio::time::Instant::now();
        life.finish().await.unwrap();
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn an_abort_does_not_wait_for_the_grace() {
        let life = life();
        let hard = life.hard().clone();
        life.spawn(async move { hard.cancelled().await });
        life.abort();
        let begun = tokio::time::Instant::now();
        life.finish().await.unwrap();
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_task_that_ends_early_stops_the_service_and_fails_it() {
        let life = life();
        life.supervise("intake", async { Err("the queue is gone") });
        let failure = life.finish().await.unwrap_err();
        assert_eq!(failure.to_string(), "intake ended: the queue is gone");
    }
}
