//! Who may call this service over gRPC: services of the installation that show a token made for it, each what the list of
//! access says.

use std::sync::Arc;

use mosaic_config::InternalConfig;
use mosaic_identity::ServiceKeys;
use mosaic_runtime::{Admission, PeerIdentity, clock};
use tonic::Status;
use tonic::codegen::http::HeaderMap;

use crate::access::callers;

/// Lets calls pass that carry a token of a service which may make them. Without `internal.token` nothing passes.
#[derive(Debug, Clone)]
pub struct Guard {
    service: &'static str,
    keys: Option<ServiceKeys>,
}

impl Guard {
    /// The guard of this service.
    #[must_use]
    pub fn new(service: &'static str, config: &InternalConfig) -> Arc<Self> {
        Arc::new(Self {
            service,
            keys: keys(config),
        })
    }
}

/// What the installation's services sign and verify with.
pub(crate) fn keys(config: &InternalConfig) -> Option<ServiceKeys> {
    let InternalConfig {
        token,
        previous_tokens,
    } = config;
    let token = token.as_ref()?;
    Some(ServiceKeys::new(token, previous_tokens))
}

impl Admission for Guard {
    fn admit(
        &self,
        service: &str,
        method: &str,
        headers: &HeaderMap,
    ) -> Result<PeerIdentity, Status> {
        let Some(keys) = &self.keys else {
            let told =
                "this service answers nobody: set internal.token, the same for every service";
            return Err(Status::unauthenticated(told));
        };
        let shown = headers.get("authorization");
        let shown = shown.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let Some(shown) = shown else {
            return Err(Status::unauthenticated(
                "only services that sign are answered",
            ));
        };
        let claims = keys
            .verify(shown, self.service, clock::now().timestamp())
            .map_err(|error| {
                Status::unauthenticated(format!("this service token is refused: {error}"))
            })?;
        if !callers(service, method).contains(&claims.service.as_str()) {
            tracing::warn!(
                caller = claims.service,
                instance = claims.instance,
                service,
                method,
                "a service called what it may not call"
            );
            let told = format!("{} may not call {service}/{method}", claims.service);
            return Err(Status::permission_denied(told));
        }
        Ok(PeerIdentity {
            service: claims.service,
            instance: claims.instance,
        })
    }
}

#[cfg(test)]
mod tests {
    use mosaic_config::SecretString;
    use mosaic_identity::ServiceClaims;
    use tonic::Code;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    const MEMORY: &str = "mosaic.memory.v1.MemoryService";

    fn config(token: Option<&str>) -> InternalConfig {
        InternalConfig {
            token: token.map(SecretString::from),
            previous_tokens: Vec::new(),
        }
    }

    fn guard() -> Arc<Guard> {
        Guard::new("memory-indexer", &config(Some(TOKEN)))
    }

    fn showing(header: &str) -> HeaderMap {
        let header = ("authorization".parse().unwrap(), header.parse().unwrap());
        HeaderMap::from_iter([header])
    }

    fn signed(caller: &str, audience: &str) -> HeaderMap {
        let claims = ServiceClaims::new(caller, "1", audience, clock::now().timestamp());
        let keys = keys(&config(Some(TOKEN))).unwrap();
        showing(&format!("Bearer {}", keys.sign(&claims).unwrap()))
    }

    #[test]
    fn a_service_on_the_list_passes_and_is_known() {
        let peer = guard().admit(MEMORY, "Search", &signed("gateway", "memory-indexer"));
        assert_eq!(peer.unwrap().service, "gateway");
    }

    #[test]
    fn a_service_that_is_not_on_the_list_is_refused_although_it_signs() {
        for caller in ["summarizer", "operator", "", "gateway "] {
            let refused = guard().admit(MEMORY, "Search", &signed(caller, "memory-indexer"));
            assert_eq!(
                refused.unwrap_err().code(),
                Code::PermissionDenied,
                "{caller}"
            );
        }
    }

    #[test]
    fn nobody_else_passes_not_even_to_health() {
        let bare = showing(&format!("Bearer {TOKEN}"));
        let elsewhere = signed("gateway", "agent-worker");
        for headers in [
            HeaderMap::new(),
            showing("Bearer "),
            showing(TOKEN),
            bare,
            elsewhere,
        ] {
            for (service, method) in [(MEMORY, "Search"), ("grpc.health.v1.Health", "Check")] {
                let refused = guard().admit(service, method, &headers).unwrap_err();
                assert_eq!(refused.code(), Code::Unauthenticated, "{headers:?}");
                assert!(!refused.message().contains(TOKEN));
            }
        }
    }

    #[test]
    fn without_a_token_nothing_passes() {
        let guard = Guard::new("memory-indexer", &config(None));
        let refused = guard.admit(MEMORY, "Search", &signed("gateway", "memory-indexer"));
        assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
    }
}
