//! Whether this replica takes runs: an operator may have it take no more, while it goes on to finish what it has.

use std::sync::Arc;

use tokio::sync::watch;

/// Open while runs are taken. Cloning shares it.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    state: Arc<watch::Sender<State>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    closed: bool,
    /// How often somebody said something.
    words: u64,
}

/// What the gate had been told when the record was asked what it is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked(u64);

impl Default for Gate {
    fn default() -> Self {
        Self {
            state: Arc::new(watch::Sender::new(State::default())),
        }
    }
}

impl Gate {
    /// Takes no more runs.
    pub(crate) fn close(&self, reason: &str) {
        if self.set(true, None) {
            tracing::info!(reason, "drained: no more runs are taken");
        }
    }

    /// Takes runs again.
    pub(crate) fn open(&self) {
        if self.set(false, None) {
            tracing::info!("runs are taken again");
        }
    }

    /// To be called before the record is asked; goes with its answer to [`Gate::heed`].
    pub(crate) fn ask(&self) -> Asked {
        Asked(self.state.borrow().words)
    }

    /// Does what the record says, unless the gate was told something newer since the record was asked.
    pub(crate) fn heed(&self, asked: Asked, closed: bool) {
        if self.set(closed, Some(asked)) {
            tracing::info!(closed, "the register says whether runs are taken");
        }
    }

    /// Whether that changed anything.
    fn set(&self, closed: bool, asked: Option<Asked>) -> bool {
        let mut turned = false;
        self.state.send_if_modified(|state| {
            if asked.is_some_and(|asked| asked.0 != state.words) {
                return false;
            }
            turned = state.closed != closed;
            state.closed = closed;
            state.words += u64::from(asked.is_none());
            turned
        });
        turned
    }

    /// Whether no runs are taken.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.borrow().closed
    }

    /// Completes when runs are taken.
    pub(crate) async fn opened(&self) {
        self.becomes(false).await;
    }

    /// Completes when no runs are taken.
    pub(crate) async fn shut(&self) {
        self.becomes(true).await;
    }

    async fn becomes(&self, closed: bool) {
        // The sender lives as long as this does.
        let _ = self
            .state
            .subscribe()
            .wait_for(|state| state.closed == closed)
            .await;
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_gate_is_open_until_it_is_closed() {
        let gate = Gate::default();
        assert!(gate.opened().now_or_never().is_some());
        assert!(gate.shut().now_or_never().is_none());
        let closing = gate.clone();
        tokio::join!(gate.shut(), async { closing.close("an upgrade") });
        assert!(gate.is_closed());
        gate.open();
        assert!(!gate.is_closed());
    }

    #[test]
    fn what_the_record_said_before_somebody_spoke_counts_no_more() {
        let gate = Gate::default();
        let asked = gate.ask();
        gate.close("an upgrade");
        gate.heed(asked, false);
        assert!(gate.is_closed());
        gate.heed(gate.ask(), false);
        assert!(!gate.is_closed());
    }
}
