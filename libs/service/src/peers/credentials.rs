//! What a service shows its peers.

use mosaic_config::{ExposeSecret as _, SecretString};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};

/// Adds `authorization: Bearer <internal.token>` to calls. Never formatted: the value is marked as sensitive.
#[derive(Debug, Clone)]
pub struct Credentials {
    bearer: Option<MetadataValue<Ascii>>,
}

impl Credentials {
    /// What is shown for this token; without one, nothing is, and peers refuse.
    #[must_use]
    pub fn new(token: Option<&SecretString>) -> Self {
        let bearer = token.and_then(|token| {
            let text = format!("Bearer {}", token.expose_secret());
            let mut value: MetadataValue<Ascii> = text.parse().ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Self { bearer }
    }
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(bearer) = &self.bearer {
            request
                .metadata_mut()
                .insert("authorization", bearer.clone());
        }
        Ok(request)
    }
}
