//! The model providers: reached, key accepted, default model offered.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use mosaic_llm::{HealthStatus, Provider, ProviderKind};
use mosaic_service::providers::registry;

use super::Patient;
use super::report::{Check, Report};

const CONFIGURE: &str = "for a real model set ANTHROPIC_API_KEY, OPENAI_API_KEY or OLLAMA_HOST, or providers.<name> in mosaic.toml";
const TIMEOUT: Duration = Duration::from_secs(15);

pub(super) async fn probe(patient: &Patient, report: &mut Report) {
    let registry = match registry(&patient.context.config.providers) {
        Ok(registry) => registry,
        Err(error) => {
            for fault in error.faults {
                report.add(Check::fail("providers", fault, "correct this setting"));
            }
            return;
        }
    };
    let answering = registry.default_name();
    let checks = registry
        .providers()
        .map(|provider| check(provider, provider.name() == answering));
    for check in join_all(checks).await {
        report.add(check);
    }
}

async fn check(provider: &Arc<dyn Provider>, answering: bool) -> Check {
    let name = provider.name();
    if provider.kind() == ProviderKind::Offline {
        if !answering {
            return Check::ok(
                "providers",
                format!("{name}: always there, answers by rules"),
            );
        }
        let told = "the offline assistant answers: it follows rules and is no model";
        return Check::warn("providers", told, CONFIGURE);
    }
    let role = if answering {
        ", and is the one that answers"
    } else {
        ""
    };
    match tokio::time::timeout(TIMEOUT, provider.check()).await {
        Err(_) => Check::fail(
            "providers",
            format!("{name} did not answer within 15 s"),
            "check its address and the network",
        ),
        Ok(Err(error)) => Check::fail("providers", error.to_string(), &error.remedy()),
        Ok(Ok(health)) => {
            let latency = health.latency.as_millis();
            let found = format!(
                "{name} answers in {latency} ms, {} models{role}",
                health.models.len()
            );
            match (health.status, health.note) {
                (HealthStatus::Healthy, None) => Check::ok("providers", found),
                (_, note) => Check::warn("providers", found, &note.unwrap_or_default()),
            }
        }
    }
}
