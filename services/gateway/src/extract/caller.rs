//! The caller of a request.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use mosaic_error::ErrorCode;
use mosaic_identity::{Action, Caller, Identified, Proof, TokenScope, may};
use mosaic_storage::Actor;

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
    /// Refuses callers whose role, workspace or token does not allow this.
    pub(crate) fn allow(&self, action: Action) -> Result<(), ApiError> {
        if may(&self.caller, action) {
            Ok(())
        } else {
            Err(ApiError::denied(&self.caller, action))
        }
    }

    /// Who this is, for the audit log.
    pub(crate) fn actor(&self, address: IpAddr) -> Actor {
        Actor {
            workspace_id: self.caller.scope.workspace_id,
            user_id: Some(self.caller.scope.user_id),
            name: self.caller.name.to_string(),
            address: Some(address),
        }
    }

    /// Refuses to change anything for a token that is only good for reading, whatever the route asks for.
    fn may_change(&self) -> Result<(), ApiError> {
        let scopes = self.caller.credential.scopes();
        let changes = [TokenScope::Converse, TokenScope::Operate];
        if changes.into_iter().any(|scope| scopes.contains(scope)) {
            return Ok(());
        }
        let detail = "This token is only good for reading.";
        Err(ApiError::new(ErrorCode::PermissionDenied, detail))
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
        let identity = Self::from(identified);
        if !parts.method.is_safe() {
            identity.may_change()?;
        }
        Ok(identity)
    }
}
