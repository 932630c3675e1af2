//! Calling a service under test over gRPC as another service of the installation would.

use mosaic_config::{InternalConfig, SecretString};
use mosaic_identity::{ServiceClaims, ServiceKeys};
use mosaic_runtime::clock;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};

/// What services of tests share.
pub const INTERNAL_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// The section `[internal]` of a service under test.
#[must_use]
pub fn internal() -> InternalConfig {
    InternalConfig {
        token: Some(SecretString::from(INTERNAL_TOKEN)),
        previous_tokens: Vec::new(),
    }
}

/// Shows a token of one service to another, signed at the moment of the call.
#[derive(Debug, Clone)]
pub struct ServiceCaller {
    keys: ServiceKeys,
    service: &'static str,
    audience: &'static str,
}

impl ServiceCaller {
    /// Calls `audience` as `service`.
    #[must_use]
    pub fn new(service: &'static str, audience: &'static str) -> Self {
        Self {
            keys: ServiceKeys::new(&SecretString::from(INTERNAL_TOKEN), &[]),
            service,
            audience,
        }
    }
}

impl Interceptor for ServiceCaller {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let now = clock::now().timestamp();
        let claims = ServiceClaims::new(self.service, "test", self.audience, now);
        let token = self.keys.sign(&claims).unwrap_or_default();
        let bearer: Result<MetadataValue<Ascii>, _> = format!("Bearer {token}").parse();
        let bearer = bearer.map_err(|error| Status::internal(error.to_string()))?;
        request.metadata_mut().insert("authorization", bearer);
        Ok(request)
    }
}
