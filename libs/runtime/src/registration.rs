//! Being found: an instance enters the register when it serves, says every few seconds that it lives, and takes itself
//! out when it stops.
//!
//! The register itself lies in the record, which this crate does not know; whoever has a record implements [`Register`].
//! An instance that is killed stays in the register until its heartbeat is older than readers accept (15 s), so a
//! restart of the record of a few seconds makes nobody disappear.

use std::error::Error as StdError;
use std::future::Future;
use std::time::Duration;

use mosaic_domain::InstanceId;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::Lifecycle;

/// How often an instance says that it lives.
pub const HEARTBEAT: Duration = Duration::from_secs(5);
/// Stopping does not wait longer than this for a record that does not answer.
const FAREWELL: Duration = Duration::from_secs(1);

/// Whatever the register fails with.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// What the register says of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The replica.
    pub id: InstanceId,
    /// e.g. `agent-worker`.
    pub service: &'static str,
    /// Version of the build.
    pub version: &'static str,
    /// Where peers reach its gRPC server, `host:port`.
    pub grpc_address: String,
    /// Where its admin server listens, `host:port`.
    pub admin_address: String,
}

/// The register of running instances.
pub trait Register: Send + Sync + 'static {
    /// Enters an instance, or renews its entry and the time it was last heard of.
    fn enter(
        &self,
        registration: &Registration,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Takes an instance out; one that is not there is fine.
    fn leave(&self, id: InstanceId) -> impl Future<Output = Result<(), BoxError>> + Send;
}

/// Keeps an instance registered until its service has drained, so that what it still works on can be controlled.
pub fn stay_registered(life: &Lifecycle, register: impl Register, registration: Registration) {
    life.spawn_beside(keep(register, registration, life.drained().clone()));
}

/// Keeps an instance registered until `shutdown`, then takes it out.
///
/// A register that cannot be reached is tried again with the next heartbeat: being found is no condition for doing the
/// work that is in hand. Whoever wants the start to fail instead calls [`Register::enter`] before.
async fn keep(register: impl Register, registration: Registration, shutdown: CancellationToken) {
    let mut beat = interval(HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut lost = false;
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            _ = beat.tick() => {}
        }
        let entered = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            entered = register.enter(&registration) => entered,
        };
        lost = report(&registration, entered, lost);
    }
    leave(&register, &registration).await;
}

/// Says once that the register is lost and once that it is back.
fn report(registration: &Registration, entered: Result<(), BoxError>, lost: bool) -> bool {
    let service = registration.service;
    match (entered, lost) {
        (Ok(()), true) => tracing::info!(service, "the instance is registered again"),
        (Err(error), false) => {
            tracing::warn!(service, %error, "the instance could not be registered; trying on");
            return true;
        }
        (Ok(()), false) => {}
        (Err(_), true) => return true,
    }
    false
}

async fn leave(register: &impl Register, registration: &Registration) {
    let service = registration.service;
    match timeout(FAREWELL, register.leave(registration.id)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(service, %error, "the instance stays in the register until its heartbeat is too old");
        }
        Err(_) => {
            tracing::warn!(
                service,
                "the register did not answer in time; the entry stays until its heartbeat is too old"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::task::JoinHandle;
    use uuid::Uuid;

    use super::*;

    #[derive(Clone, Default)]
    struct Book(Arc<Pages>);

    #[derive(Default)]
    struct Pages {
        entered: AtomicU32,
        left: AtomicU32,
        broken: AtomicU32,
        silent: bool,
    }

    impl Register for Book {
        async fn enter(&self, _: &Registration) -> Result<(), BoxError> {
            let tried = self.0.entered.fetch_add(1, Ordering::SeqCst);
            if tried < self.0.broken.load(Ordering::SeqCst) {
                return Err("the record is restarting".into());
            }
            Ok(())
        }

        async fn leave(&self, _: InstanceId) -> Result<(), BoxError> {
            self.0.left.fetch_add(1, Ordering::SeqCst);
            if self.0.silent {
                std::future::pending::<()>().await;
            }
            Ok(())
        }
    }

    fn registered(book: &Book) -> (CancellationToken, JoinHandle<()>) {
        let shutdown = CancellationToken::new();
        let registration = Registration {
            id: InstanceId::new(Uuid::from_u128(1)),
            service: "summarizer",
            version: "1.0.0",
            grpc_address: "127.0.0.1:1".into(),
            admin_address: "127.0.0.1:2".into(),
        };
        let kept = keep(book.clone(), registration, shutdown.clone());
        #[expect(
            clippy::disallowed_methods,
            reason = "the test waits for it by its handle"
        )]
        let task = tokio::spawn(kept);
        (shutdown, task)
    }

    #[tokio::test(start_paused = true)]
    async fn an_instance_says_every_five_seconds_that_it_lives_and_leaves_at_the_end() {
        let book = Book::default();
        let (shutdown, task) = registered(&book);
        tokio::time::sleep(HEARTBEAT * 3 + HEARTBEAT / 2).await;
        assert_eq!(book.0.entered.load(Ordering::SeqCst), 4);
        shutdown.cancel();
        task.await.unwrap();
        assert_eq!(book.0.left.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_register_that_fails_for_a_while_is_tried_on() {
        let book = Book::default();
        book.0.broken.store(2, Ordering::SeqCst);
        let (shutdown, task) = registered(&book);
        tokio::time::sleep(HEARTBEAT * 3 + HEARTBEAT / 2).await;
        assert_eq!(book.0.entered.load(Ordering::SeqCst), 4);
        shutdown.cancel();
        task.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_register_that_does_not_answer_does_not_hold_up_the_stop() {
        let book = Book(Arc::new(Pages {
            silent: true,
            ..Pages::default()
        }));
        let (shutdown, task) = registered(&book);
        tokio::time::sleep(HEARTBEAT / 2).await;
        shutdown.cancel();
        timeout(FAREWELL * 2, task).await.unwrap().unwrap();
    }
}
