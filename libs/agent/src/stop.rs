//! Telling a running loop to stop.

use std::sync::{Arc, Mutex, PoisonError};

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

    /// Completes when the run is to stop.
    pub async fn wait(&self) -> Stop {
        self.inner.token.cancelled().await;
        self.stopped().unwrap_or(Stop::Leave)
    }
}
