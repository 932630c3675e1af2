//! Who may command a service over gRPC: whoever shows the token that the installation's services share.

use mosaic_config::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::{Request, Status};

/// Lets calls pass that carry `authorization: Bearer <internal.token>`. Without a token nothing passes.
#[derive(Debug, Clone)]
pub struct Guard {
    token: Option<SecretString>,
}

impl Guard {
    /// A guard that knows this token.
    #[must_use]
    pub fn new(token: Option<&SecretString>) -> Self {
        Self {
            token: token.cloned(),
        }
    }
}

impl Interceptor for Guard {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let Some(token) = &self.token else {
            return Err(Status::unauthenticated(
                "this service takes no commands: set internal.token, the same for every service",
            ));
        };
        let shown = request
            .metadata()
            .get("authorization")
            .map(MetadataValue::as_bytes);
        let shown = shown
            .and_then(|value| value.strip_prefix(b"Bearer "))
            .unwrap_or_default();
        if bool::from(shown.ct_eq(token.expose_secret().as_bytes())) {
            return Ok(request);
        }
        Err(Status::unauthenticated(
            "internal.token is missing or not that of this service: it must be the same for every service",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn showing(header: Option<&str>) -> Request<()> {
        let mut request = Request::new(());
        if let Some(header) = header {
            request
                .metadata_mut()
                .insert("authorization", header.parse().unwrap());
        }
        request
    }

    #[test]
    fn only_the_right_token_passes() {
        let mut guard = Guard::new(Some(&SecretString::from(TOKEN)));
        assert!(
            guard
                .call(showing(Some(&format!("Bearer {TOKEN}"))))
                .is_ok()
        );
        for wrong in [
            None,
            Some("Bearer "),
            Some(TOKEN),
            Some("Bearer 0123456789abcdef0123456789abcdeF"),
        ] {
            let refusal = guard.call(showing(wrong)).unwrap_err();
            assert_eq!(refusal.code(), tonic::Code::Unauthenticated, "{wrong:?}");
            assert!(!refusal.message().contains(TOKEN));
        }
    }

    #[test]
    fn without_a_token_nothing_passes() {
        let mut guard = Guard::new(None);
        assert!(guard.call(showing(Some("Bearer "))).is_err());
    }
}
