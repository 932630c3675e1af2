//! The configured model providers, as operators see them. Runs resolve their model in the agent-worker; here they are only asked
//! whether they answer, and not more often than needed.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use mosaic_config::ProvidersConfig;
use mosaic_llm::{HealthStatus, ModelInfo, Provider, Registry, context_window};
use mosaic_service::providers::registry;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::wire::{ModelBody, ProviderBody};

/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(30);
/// How long one provider may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// When they were asked, and what they said.
type Answers = (Instant, Vec<Answer>);

/// What one provider said.
#[derive(Debug, Clone)]
struct Answer {
    body: ProviderBody,
    models: Vec<ModelInfo>,
}

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
        let answers = self.ask().await;
        answers.into_iter().map(|answer| answer.body).collect()
    }

    /// The models that can be asked for, as of at most half a minute ago: those a provider lists, and the default model of one
    /// that lists none or does not answer.
    pub(crate) async fn models(&self) -> Vec<ModelBody> {
        let Ok(registry) = &self.registry else {
            return Vec::new();
        };
        let usual = registry.resolve(None).ok();
        let usual = usual.map(|(provider, model)| format!("{}/{model}", provider.name()));
        let mut models = Vec::new();
        for Answer {
            body,
            models: found,
        } in self.ask().await
        {
            let known = found.iter().any(|info| info.id == body.model);
            let default = (!known && !body.model.is_empty()).then(|| ModelInfo {
                id: body.model.clone(),
                context_window: context_window(&body.model),
            });
            for info in default.into_iter().chain(found) {
                let id = format!("{}/{}", body.name, info.id);
                let window = registry.configured_window(&body.name);
                models.push(ModelBody {
                    default: usual.as_ref() == Some(&id),
                    id,
                    provider: body.name.clone(),
                    context_window: window.unwrap_or(info.context_window),
                    available: body.ok,
                });
            }
        }
        models
    }

    /// Whether some provider can be asked for this model; if not, why and what to do.
    pub(crate) fn resolve(&self, model: &str) -> Result<(), String> {
        let registry = self.registry.as_ref().map_err(Clone::clone)?;
        let resolved = registry.resolve(Some(model));
        resolved.map(drop).map_err(|error| error.message)
    }

    async fn ask(&self) -> Vec<Answer> {
        let mut last = self.last.lock().await;
        if let Some((asked, answers)) = &*last
            && asked.elapsed() < FRESH
        {
            return answers.clone();
        }
        let answers = match &self.registry {
            Ok(registry) => join_all(registry.providers().map(|one| check(registry, one))).await,
            Err(error) => vec![Answer {
                body: ProviderBody {
                    name: "providers".to_owned(),
                    kind: String::new(),
                    model: String::new(),
                    ok: false,
                    detail: error.clone(),
                },
                models: Vec::new(),
            }],
        };
        *last = Some((Instant::now(), answers.clone()));
        answers
    }
}

async fn check(registry: &Registry, provider: &Arc<dyn Provider>) -> Answer {
    let name = provider.name().to_owned();
    let model = registry
        .resolve(Some(&name))
        .map(|(_, model)| model)
        .unwrap_or_default();
    let mut models = Vec::new();
    let (ok, detail) = match timeout(PATIENCE, provider.check()).await {
        Ok(Ok(health)) => {
            let found = format!(
                "{} models, {} ms",
                health.models.len(),
                health.latency.as_millis()
            );
            models = health.models;
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
    let body = ProviderBody {
        kind: provider.kind().to_string(),
        name,
        model,
        ok,
        detail,
    };
    Answer { body, models }
}
