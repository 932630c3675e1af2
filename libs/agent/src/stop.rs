//! Telling a running loop to stop, or to halt before its next step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mosaic_domain::EndState;
use tokio_util::sync::CancellationToken;

/// Why a run is to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// End it, like this.
    End(EndState),
    /// Write nothing more: another claim goes on, now or soon.
    Leave,
}

/// The end that holds the signal. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Stopper {
    inner: Arc<Inner>,
}

/// The end that listens.
#[derive(Debug, Clone)]
pub struct StopSignal {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    token: CancellationToken,
    stop: Mutex<Option<Stop>>,
    pause: Mutex<Pause>,
}

/// A wish that the run halts. Unlike a stop it interrupts no call, and it can be withdrawn.
#[derive(Debug, Default)]
struct Pause {
    reason: Option<String>,
    /// Cancelled when the wish is there; a withdrawn wish leaves a fresh one.
    token: CancellationToken,
}

impl Inner {
    fn pause(&self) -> MutexGuard<'_, Pause> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stopper {
    /// A signal that nobody has given yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to stop. The first reason counts, except that leaving overrides ending: a run that another
    /// claim holds must not be ended by this one.
    pub fn stop(&self, stop: Stop) {
        let mut slot = self
            .inner
            .stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() || stop == Stop::Leave {
            *slot = Some(stop);
        }
        drop(slot);
        self.inner.token.cancel();
    }

    /// Asks the run to halt before its next step. The first reason counts.
    pub fn pause(&self, reason: &str) {
        let mut pause = self.inner.pause();
        pause.reason.get_or_insert_with(|| reason.to_owned());
        pause.token.cancel();
    }

    /// A listener.
    #[must_use]
    pub fn signal(&self) -> StopSignal {
        StopSignal {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl StopSignal {
    /// The reason, if the run is to stop.
    #[must_use]
    pub fn stopped(&self) -> Option<Stop> {
        self.inner
            .stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Why the run is to halt before its next step, if it is.
    #[must_use]
    pub fn pausing(&self) -> Option<String> {
        self.inner.pause().reason.clone()
    }

    /// Completes when the run is to halt before its next step.
    pub async fn wait_for_pause(&self) {
        let token = self.inner.pause().token.clone();
        token.cancelled().await;
    }

    /// The wish to halt does not stand any more.
    pub fn withdraw_pause(&self) {
        *self.inner.pause() = Pause::default();
    }

    /// Completes when the run is to stop.
    pub async fn wait(&self) -> Stop {
        self.inner.token.cancelled().await;
        self.stopped().unwrap_or(Stop::Leave)
    }
}
