//! What a service shows its peers.

use std::sync::Arc;

use mosaic_config::InternalConfig;
use mosaic_domain::InstanceId;
use mosaic_identity::{ServiceClaims, ServiceKeys};
use mosaic_runtime::clock;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::guard::keys;

/// Who a service is and what it signs with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Credentials(Arc<Own>);

#[derive(Debug)]
struct Own {
    service: &'static str,
    instance: String,
    keys: Option<ServiceKeys>,
}

impl Credentials {
    /// Those of a replica; without `internal.token` nothing is shown, and peers refuse.
    #[must_use]
    pub fn new(service: &'static str, instance: InstanceId, config: &InternalConfig) -> Self {
        Self(Arc::new(Own {
            service,
            instance: instance.to_string(),
            keys: keys(config),
        }))
    }

    /// What is shown to replicas of this service.
    #[must_use]
    pub const fn to(self, audience: &'static str) -> Shown {
        Shown {
            credentials: self,
            audience,
        }
    }
}

/// Adds a token to calls of one service, signed at the moment of the call. Never formatted: the value is marked as sensitive.
#[derive(Debug, Clone)]
pub struct Shown {
    credentials: Credentials,
    audience: &'static str,
}

impl Shown {
    fn bearer(&self) -> Option<MetadataValue<Ascii>> {
        let Own {
            service,
            instance,
            keys,
        } = &*self.credentials.0;
        let now = clock::now().timestamp();
        let claims = ServiceClaims::new(service, instance, self.audience, now);
        let token = keys.as_ref()?.sign(&claims)?;
        let mut value: MetadataValue<Ascii> = format!("Bearer {token}").parse().ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl Interceptor for Shown {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(bearer) = self.bearer() {
            request.metadata_mut().insert("authorization", bearer);
        }
        Ok(request)
    }
}
