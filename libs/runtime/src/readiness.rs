//! Whether a service is ready: state that its components publish and health checks only read.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::describe::ComponentState;

type Problems = BTreeMap<&'static str, Option<String>>;

/// The readiness of a service. It is ready when it has components and every one is.
#[derive(Debug, Clone)]
pub struct Readiness {
    problems: Arc<watch::Sender<Problems>>,
}

/// A component's end: it says how it is.
#[derive(Debug, Clone)]
pub struct Component {
    name: &'static str,
    readiness: Readiness,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            problems: Arc::new(watch::Sender::new(Problems::new())),
        }
    }
}

impl Readiness {
    /// Declares a component, not ready until it says so.
    #[must_use]
    pub fn component(&self, name: &'static str) -> Component {
        let component = Component {
            name,
            readiness: self.clone(),
        };
        component.not_ready("starting");
        component
    }

    /// Whether everything is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        all_ready(&self.problems.borrow())
    }

    /// Every component and what is wrong with it.
    #[must_use]
    pub fn components(&self) -> Vec<ComponentState> {
        let problems = self.problems.borrow();
        problems
            .iter()
            .map(|(name, problem)| ComponentState {
                name: (*name).to_owned(),
                problem: problem.clone(),
            })
            .collect()
    }

    /// Completes when everything is ready.
    pub async fn ready(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.problems.subscribe().wait_for(all_ready).await;
    }

    /// Completes with every change of the whole, starting with the state as it is.
    pub(crate) fn changes(&self) -> watch::Receiver<Problems> {
        let mut changes = self.problems.subscribe();
        changes.mark_changed();
        changes
    }
}

impl Component {
    /// All is well.
    pub fn ready(&self) {
        self.publish(None);
    }

    /// Something is wrong.
    pub fn not_ready(&self, reason: impl ToString) {
        self.publish(Some(reason.to_string()));
    }

    fn publish(&self, problem: Option<String>) {
        self.readiness.problems.send_if_modified(|problems| {
            let before = problems.get(self.name);
            let changed = before != Some(&problem);
            if changed {
                report(self.name, before, problem.as_deref());
                problems.insert(self.name, problem);
            }
            changed
        });
    }
}

/// Says once that a component that was ready no longer is. How it comes up at the start is no news.
fn report(component: &str, before: Option<&Option<String>>, problem: Option<&str>) {
    if let (Some(None), Some(reason)) = (before, problem) {
        tracing::warn!(component, reason, "a component is not ready any more");
    }
}

fn all_ready(problems: &Problems) -> bool {
    !problems.is_empty() && problems.values().all(Option::is_none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_is_ready_when_every_component_is() {
        let readiness = Readiness::default();
        assert!(!readiness.is_ready(), "nothing has been declared yet");
        let (postgres, valkey) = (
            readiness.component("postgres"),
            readiness.component("valkey"),
        );
        postgres.ready();
        assert!(!readiness.is_ready());
        valkey.ready();
        readiness.ready().await;
        valkey.not_ready("connection refused");
        let problems: Vec<_> = readiness
            .components()
            .into_iter()
            .map(|one| one.problem)
            .collect();
        assert_eq!(problems, [None, Some("connection refused".to_owned())]);
    }
}
