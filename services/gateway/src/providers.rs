//! The configured model providers, as operators see them. Runs resolve their model in the agent-worker; here they are only asked
//! whether they answer, and not more often than needed.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use mosaic_config::ProvidersConfig;
use mosaic_llm::{HealthStatus, Provider, Registry};
use mosaic_service::providers::registry;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::wire::ProviderBody;

/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(30);
/// How long one provider may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// When they were asked, and what they said.
type Answers = (Instant, Vec<ProviderBody>);

/// The configured providers. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Providers {
    registry: Result<Arc<Registry>, String>,
    last: Arc<Mutex<Option<Answers>>>,
}

impl Providers {
    /// The providers of this configuration. A faulty one keeps no gateway from starting.
    #[must_use]
    pub(crate) fn new(config: &ProvidersConfig) -> Self {
        Self {
            registry: registry(config)
                .map(Arc::new)
                .map_err(|error| error.to_string()),
            last: Arc::default(),
        }
    }

    /// How they are, as of at most half a minute ago.
    pub(crate) async fn check(&self) -> Vec<ProviderBody> {
        let mut last = self.last.lock().await;
        if let Some((asked, bodies)) = &*last
            && asked.elapsed() < FRESH
        {
            return bodies.clone();
        }
        let bodies = match &self.registry {
            Ok(registry) => join_all(registry.providers().map(|one| check(registry, one))).await,
            Err(error) => vec![ProviderBody {
                name: "providers".to_owned(),
                kind: String::new(),
                model: String::new(),
                ok: false,
                detail: error.clone(),
            }],
        };
        *last = Some((Instant::now(), bodies.clone()));
        bodies
    }
}

async fn check(registry: &Registry, provider: &Arc<dyn Provider>) -> ProviderBody {
    let name = provider.name().to_owned();
    let model = registry
        .resolve(Some(&name))
        .map(|(_, model)| model)
        .unwrap_or_default();
    let (ok, detail) = match timeout(PATIENCE, provider.check()).await {
        Ok(Ok(health)) => {
            let found = format!(
                "{} models, {} ms",
                health.models.len(),
                health.latency.as_millis()
            );
            (
                health.status == HealthStatus::Healthy,
                health.note.unwrap_or(found),
            )
        }
        Ok(Err(error)) => (false, error.to_string()),
        Err(_) => (
            false,
            format!("did not answer within {} s", PATIENCE.as_secs()),
        ),
    };
    ProviderBody {
        kind: provider.kind().to_string(),
        name,
        model,
        ok,
        detail,
    }
}
