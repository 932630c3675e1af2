//! The caller of a request.

use axum::extract::FromRequestParts;
use http::request::Parts;
use mosaic_identity::{Action, Caller, Identified, Proof, may};

use crate::error::ApiError;
use crate::state::Gateway;

/// Whoever proved their identity. A handler that takes this is protected.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Who.
    pub caller: Caller,
    /// By what; streams ask again.
    pub proof: Proof,
}

impl Identity {
    /// Refuses callers whose role does not allow this.
    pub(crate) fn allow(&self, action: Action) -> Result<(), ApiError> {
        if may(&self.caller, action) {
            Ok(())
        } else {
            Err(ApiError::forbidden(action))
        }
    }
}

impl From<Identified> for Identity {
    fn from(identified: Identified) -> Self {
        let Identified { caller, proof } = identified;
        Self { caller, proof }
    }
}

impl FromRequestParts<Gateway> for Identity {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, ApiError> {
        let identified = gateway.authenticator.authenticate(&parts.headers).await?;
        Ok(identified.into())
    }
}
