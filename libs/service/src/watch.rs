//! Readiness after the start: whether Postgres and Valkey still answer.

use std::time::Duration;

use mosaic_bus::Health;
use mosaic_runtime::Lifecycle;
use mosaic_storage::Storage;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How often Postgres is asked.
const EVERY: Duration = Duration::from_secs(2);
/// How long the answer may take. More than a moment of load, less than a client's patience.
const PATIENCE: Duration = Duration::from_secs(5);

/// Publishes, as the component `postgres`, whether the record answers. It does when this is called, right after the
/// connection was made.
pub fn watch_storage(life: &Lifecycle, storage: Storage) {
    let component = life.readiness().component("postgres");
    component.ready();
    let soft = life.soft().clone();
    life.spawn(async move {
        let mut turns = interval(EVERY);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let answer = tokio::select! {
                () = soft.cancelled() => return,
                answer = async {
                    turns.tick().await;
                    timeout(PATIENCE, storage.ping()).await
                } => answer,
            };
            match answer {
                Ok(Ok(())) => component.ready(),
                Ok(Err(error)) => component.not_ready(error),
                Err(_) => component.not_ready(format_args!("no answer within {PATIENCE:?}")),
            }
        }
    });
}

/// Publishes, under the name of the component, what a part of the bus says of itself.
pub fn watch_bus(life: &Lifecycle, name: &'static str, mut health: watch::Receiver<Health>) {
    let component = life.readiness().component(name);
    let soft = life.soft().clone();
    life.spawn(async move {
        loop {
            match &*health.borrow_and_update() {
                Health::Starting => component.not_ready("starting"),
                Health::Healthy => component.ready(),
                Health::Failing { reason } => component.not_ready(reason),
            }
            tokio::select! {
                () = soft.cancelled() => return,
                changed = health.changed() => if changed.is_err() { return },
            }
        }
    });
}
