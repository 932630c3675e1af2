//! What a background component says of itself.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether a component gets its work done. Passing faults show here instead of ending anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It has not got through to Valkey yet.
    Starting,
    /// Its last round went well.
    Healthy,
    /// It is retrying.
    Failing {
        /// Why the last attempt failed.
        reason: Arc<str>,
    },
}

impl Health {
    /// Whether the last round went well.
    #[must_use]
    pub const fn is_healthy(&self) -> bool {
        matches!(self, Self::Healthy)
    }
}

/// The writing end. Logs a change once, not every failed attempt.
#[derive(Debug)]
pub(crate) struct Reporter {
    component: String,
    state: watch::Sender<Health>,
}

impl Reporter {
    pub(crate) fn new(component: String) -> Self {
        Self {
            component,
            state: watch::Sender::new(Health::Starting),
        }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Health> {
        self.state.subscribe()
    }

    pub(crate) fn healthy(&self) {
        self.state.send_if_modified(|state| {
            let recovered = matches!(state, Health::Failing { .. });
            let changed = !state.is_healthy();
            if recovered {
                tracing::info!(component = %self.component, "the bus works again");
            }
            *state = Health::Healthy;
            changed
        });
    }

    pub(crate) fn failing(&self, error: &dyn std::fmt::Display) {
        let reason: Arc<str> = error.to_string().into();
        self.state.send_if_modified(|state| {
            if !matches!(state, Health::Failing { .. }) {
                tracing::warn!(component = %self.component, %reason, "the bus fails; retrying");
            }
            let next = Health::Failing { reason };
            let changed = *state != next;
            *state = next;
            changed
        });
    }
}
