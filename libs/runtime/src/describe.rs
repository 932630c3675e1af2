//! What an instance says of itself: `mosaic.health.v1.HealthService`, asked by peers, and by operators with a token of
//! `mosaic-migrate service-token`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mosaic_domain::InstanceId;
use mosaic_proto::health::v1::health_service_server::{HealthService, HealthServiceServer};
use mosaic_proto::health::v1::{Component, DescribeRequest, DescribeResponse};
use tokio::time::Instant;
use tonic::{Request, Response, Status};

/// Counts of what an instance has done since its start, for people who ask one instance. Metrics are for the rest.
#[derive(Debug, Clone, Default)]
pub struct Counters(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counters {
    /// Adds to a counter; the first time makes it.
    pub fn add(&self, name: &str, count: u64) {
        let mut counts = self.lock();
        match counts.get_mut(name) {
            Some(value) => *value = value.saturating_add(count),
            None => {
                counts.insert(name.to_owned(), count);
            }
        }
    }

    /// The value of a counter; 0 when nothing was counted.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        self.lock().get(name).copied().unwrap_or_default()
    }

    fn all(&self) -> HashMap<String, u64> {
        self.lock()
            .iter()
            .map(|(name, value)| (name.clone(), *value))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        // Numbers are whole after every statement, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thing an instance depends on, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentState {
    /// e.g. `postgres`.
    pub name: String,
    /// Why it is not ready; `None` when it is.
    pub problem: Option<String>,
}

/// Tells how the components stand at this moment.
pub type ComponentsSource = Arc<dyn Fn() -> Vec<ComponentState> + Send + Sync>;

/// What an instance says of itself.
pub struct Description {
    /// e.g. `agent-worker`.
    pub service: &'static str,
    /// The replica.
    pub instance_id: InstanceId,
    /// Version of the build.
    pub version: &'static str,
    /// What it has done.
    pub counters: Counters,
    /// What it depends on.
    pub components: ComponentsSource,
}

impl Description {
    /// The gRPC service that answers with this description. Its uptime counts from now.
    #[must_use]
    pub fn into_service(self) -> HealthServiceServer<impl HealthService> {
        HealthServiceServer::new(Describer {
            description: self,
            since: Instant::now(),
        })
    }
}

struct Describer {
    description: Description,
    since: Instant,
}

#[tonic::async_trait]
impl HealthService for Describer {
    async fn describe(
        &self,
        _: Request<DescribeRequest>,
    ) -> Result<Response<DescribeResponse>, Status> {
        let Description {
            service,
            instance_id,
            version,
            counters,
            components,
        } = &self.description;
        Ok(Response::new(DescribeResponse {
            service: (*service).to_owned(),
            instance_id: instance_id.to_string(),
            version: (*version).to_owned(),
            uptime_seconds: self.since.elapsed().as_secs(),
            components: components().into_iter().map(component).collect(),
            counters: counters.all(),
        }))
    }
}

fn component(state: ComponentState) -> Component {
    let ComponentState { name, problem } = state;
    Component {
        name,
        ready: problem.is_none(),
        reason: problem.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_description_tells_what_was_counted_and_what_is_not_ready() {
        let counters = Counters::default();
        let describer = Describer {
            since: Instant::now(),
            description: Description {
                service: "summarizer",
                instance_id: InstanceId::new(Uuid::from_u128(7)),
                version: "1.2.3",
                counters: counters.clone(),
                components: Arc::new(|| {
                    let problem = Some("does not answer".to_owned());
                    vec![ComponentState {
                        name: "postgres".to_owned(),
                        problem,
                    }]
                }),
            },
        };
        counters.add("events_seen", 2);
        counters.add("events_seen", 1);
        tokio::time::advance(std::time::Duration::from_secs(61)).await;
        let answer = describer.describe(Request::new(DescribeRequest {})).await;
        let answer = answer.unwrap().into_inner();
        assert_eq!(answer.service, "summarizer");
        assert_eq!(answer.uptime_seconds, 61);
        assert_eq!(answer.counters["events_seen"], 3);
        assert!(!answer.components[0].ready);
        assert_eq!(answer.components[0].reason, "does not answer");
    }
}
