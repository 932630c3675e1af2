//! The runs this replica holds: their leases are renewed here, and here they are found by those who control them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_agent::{Clock, Stop, Stopper};
use mosaic_domain::{EndState, InstanceId, RunId};
use mosaic_storage::Storage;

use super::live_log::LiveLog;

/// After this much silence a run gives a sign of life.
const SILENCE: Duration = Duration::from_secs(25);

/// A run that this replica executes.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) epoch: u32,
    pub(crate) stopper: Stopper,
    pub(crate) log: Arc<LiveLog>,
}

/// A run that is held.
#[derive(Debug)]
pub(crate) struct Holding {
    runs: HeldRuns,
    run_id: RunId,
    held: Held,
}

impl Holding {
    /// The run goes on in another epoch of its holder.
    pub(crate) fn goes_on_in(&mut self, epoch: u32) {
        self.held.epoch = epoch;
        if let Some(held) = self.runs.lock().get_mut(&self.run_id) {
            held.epoch = epoch;
        }
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.held.log.close();
        self.runs.remove(self.run_id, self.held.epoch);
    }
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeldRuns {
    runs: Arc<Mutex<HashMap<RunId, Held>>>,
}

impl HeldRuns {
    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, Held>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds a run for as long as what is returned exists: whatever ends its task, also a panic, ends its lease.
    pub(crate) fn hold(&self, run_id: RunId, held: Held) -> Holding {
        let holding = Holding {
            runs: self.clone(),
            run_id,
            held: held.clone(),
        };
        self.lock().insert(run_id, held);
        holding
    }

    /// Takes a run out again, unless a later claim of this same replica has replaced it.
    fn remove(&self, run_id: RunId, epoch: u32) {
        let mut runs = self.lock();
        if runs.get(&run_id).is_some_and(|held| held.epoch == epoch) {
            runs.remove(&run_id);
        }
    }

    /// Tells a run to stop; false if it is not held here.
    pub(crate) fn stop(&self, run_id: RunId, stop: Stop) -> bool {
        let held = self.lock().get(&run_id).cloned();
        held.inspect(|held| held.stopper.stop(stop)).is_some()
    }

    /// Tells a run to halt before its next step; false if it is not held here.
    pub(crate) fn pause(&self, run_id: RunId, reason: &str) -> bool {
        let held = self.lock().get(&run_id).cloned();
        held.inspect(|held| held.stopper.pause(reason)).is_some()
    }

    /// Says something to whoever watches a run; false if it is not held here.
    pub(crate) fn say(&self, run_id: RunId, note: &str, now: DateTime<Utc>) -> bool {
        let held = self.lock().get(&run_id).cloned();
        held.inspect(|held| held.log.progress(note, now)).is_some()
    }

    /// Tells every run to stop.
    pub(crate) fn stop_all(&self, stop: &Stop) {
        for held in self.lock().values() {
            held.stopper.stop(stop.clone());
        }
    }

    /// The runs and the numbers of their claims.
    pub(crate) fn list(&self) -> Vec<(RunId, u32)> {
        let mut held: Vec<_> = self
            .lock()
            .iter()
            .map(|(id, held)| (*id, held.epoch))
            .collect();
        held.sort_unstable();
        held
    }

    /// How many runs are held.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether none is held.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

/// Renews leases and hears what was asked of runs meanwhile.
pub(crate) struct Heartbeat {
    pub(crate) runs: HeldRuns,
    pub(crate) storage: Storage,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) worker_id: InstanceId,
    pub(crate) lease: Duration,
    pub(crate) every: Duration,
}

impl Heartbeat {
    /// Beats until dropped.
    pub(crate) async fn run(self) {
        let mut ticks = tokio::time::interval(self.every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.beat().await;
        }
    }

    async fn beat(&self) {
        let held = self.runs.list();
        if held.is_empty() {
            return;
        }
        let now = self.clock.now();
        for run in self.runs.lock().values() {
            run.log.progress_after(SILENCE, "still working", now);
        }
        match self
            .storage
            .renew_leases(self.worker_id, &held, self.lease)
            .await
        {
            Ok(renewed) => {
                for (run_id, epoch) in held {
                    match renewed
                        .iter()
                        .find(|one| one.run_id == run_id && one.epoch == epoch)
                    {
                        None => self.lost(run_id, epoch),
                        Some(run) => {
                            if let Some(reason) = run.cancel_reason.clone() {
                                self.runs
                                    .stop(run_id, Stop::End(EndState::Cancelled { reason }));
                            } else if let Some(reason) = &run.pause_reason {
                                self.runs.pause(run_id, reason);
                            }
                        }
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, runs = held.len(), "leases cannot be renewed");
            }
        }
    }

    /// The lease is another's, or the run has just ended; whichever, this claim writes nothing more.
    fn lost(&self, run_id: RunId, epoch: u32) {
        let held = self
            .runs
            .lock()
            .get(&run_id)
            .filter(|held| held.epoch == epoch)
            .cloned();
        if let Some(held) = held {
            held.stopper.stop(Stop::Leave);
        }
    }
}
