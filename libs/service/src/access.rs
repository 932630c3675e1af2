//! Which service may call which, rpc by rpc. What is not listed may be called by nobody: a new rpc is listed here before
//! it answers.

use mosaic_proto::agent::v1::agent_control_service_server::SERVICE_NAME as AGENT_CONTROL;
use mosaic_proto::channel::v1::channel_service_server::SERVICE_NAME as CHANNELS;
use mosaic_proto::health::v1::health_service_server::SERVICE_NAME as DESCRIPTION;
use mosaic_proto::memory::v1::memory_service_server::SERVICE_NAME as MEMORY;
use mosaic_proto::summary::v1::summary_service_server::SERVICE_NAME as SUMMARIES;

const GATEWAY: &str = "gateway";
const AGENT_WORKER: &str = "agent-worker";
const CHANNEL_BRIDGE: &str = "channel-bridge";
/// People with access to the host, by `mosaic-migrate service-token`: they look, and command nothing.
const OPERATOR: &str = "operator";
const HEALTH: &str = "grpc.health.v1.Health";
const REFLECTION: &str = "grpc.reflection.v1.ServerReflection";
/// Whoever belongs to the installation.
const EVERYBODY: &[&str] = &[
    GATEWAY,
    AGENT_WORKER,
    "memory-indexer",
    "summarizer",
    CHANNEL_BRIDGE,
    OPERATOR,
];

/// Who may call an rpc.
pub(crate) fn callers(service: &str, method: &str) -> &'static [&'static str] {
    match (service, method) {
        (MEMORY, "Search") => &[GATEWAY, AGENT_WORKER],
        (AGENT_CONTROL, "Cancel") => &[GATEWAY, CHANNEL_BRIDGE],
        (AGENT_CONTROL, "Pause" | "Inject" | "Kill" | "Drain" | "Undrain" | "ListRuns")
        | (CHANNELS, "ListChannels" | "ReceiveUpdate")
        | (SUMMARIES, "Summarize") => &[GATEWAY],
        (DESCRIPTION, "Describe") | (HEALTH, "Check" | "List" | "Watch") => EVERYBODY,
        (REFLECTION, "ServerReflectionInfo") => &[OPERATOR],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;

    /// Every rpc of the contracts.
    fn rpcs() -> Vec<(String, String)> {
        let contracts = FileDescriptorSet::decode(mosaic_proto::DESCRIPTORS).unwrap();
        let mut found = Vec::new();
        for file in contracts.file {
            for service in &file.service {
                let name = format!("{}.{}", file.package(), service.name());
                let methods = service.method.iter();
                found.extend(methods.map(|method| (name.clone(), method.name().to_owned())));
            }
        }
        found
    }

    #[test]
    fn every_rpc_of_the_contracts_says_who_may_call_it() {
        let rpcs = rpcs();
        assert!(rpcs.len() >= 11, "{rpcs:?}");
        for (service, method) in rpcs {
            assert!(!callers(&service, &method).is_empty(), "{service}/{method}");
        }
    }

    #[test]
    fn what_is_not_listed_may_be_called_by_nobody() {
        assert!(callers(MEMORY, "DeleteEverything").is_empty());
        assert!(callers("mosaic.unknown.v1.Service", "Do").is_empty());
        assert!(callers("", "").is_empty());
    }

    #[test]
    fn only_those_who_show_memories_may_search_them() {
        assert_eq!(callers(MEMORY, "Search"), [GATEWAY, AGENT_WORKER]);
        assert!(!callers(AGENT_CONTROL, "Kill").contains(&CHANNEL_BRIDGE));
        assert!(!callers(AGENT_CONTROL, "Kill").contains(&OPERATOR));
    }
}
