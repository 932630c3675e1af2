//! The caller of a request.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use mosaic_identity::{Action, Caller, Identified, Proof, may};

use super::own_page;
use crate::cookie;
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

/// The session cookie of a request that proves its caller by nothing else.
pub(crate) fn cookie_of<'a>(parts: &'a Parts, gateway: &Gateway) -> Option<&'a str> {
    if parts.headers.contains_key(AUTHORIZATION) {
        return None;
    }
    let secure = own_page::is_secure(parts, &gateway.limits);
    cookie::find(&parts.headers, secure)
}

impl FromRequestParts<Gateway> for Identity {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, ApiError> {
        let authenticator = &gateway.authenticator;
        let identified = match cookie_of(parts, gateway) {
            Some(secret) => {
                own_page::require(parts, &gateway.limits)?;
                authenticator.authenticate_session(secret).await?
            }
            None => authenticator.authenticate(&parts.headers).await?,
        };
        Ok(identified.into())
    }
}
