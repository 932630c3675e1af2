//! The seam between a surface and the ways to prove an identity.

use async_trait::async_trait;
use http::HeaderMap;

use crate::authenticator::LookupError;
use crate::caller::Caller;
use crate::token::{MalformedToken, TokenHash};

/// What a caller proved their identity with, kept to ask again later whether it still counts. Opaque to surfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof(pub(crate) ProofKind);

/// The ways to prove an identity; cookies and OIDC sessions will stand here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProofKind {
    Token(TokenHash),
}

/// A caller and what they proved it with.
#[derive(Debug, Clone)]
pub struct Identified {
    /// Who.
    pub caller: Caller,
    /// By what; for [`Authenticate::renew`].
    pub proof: Proof,
}

/// Why nobody was identified.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// The request carries nothing to identify its sender.
    #[error("the request carries no token")]
    Missing,
    /// The header is not of the form that is understood.
    #[error("the `Authorization` header is not `Bearer <token>`")]
    Scheme,
    /// What it carries is no token.
    #[error(transparent)]
    Malformed(#[from] MalformedToken),
    /// The token is unknown, expired or revoked; which of them is nobody's business.
    #[error("the token is not valid; it may have expired or been revoked")]
    Invalid,
    /// It could not be looked up now.
    #[error("the token could not be checked: {0}")]
    Unavailable(#[source] LookupError),
}

/// Turns requests into callers.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// Identifies the sender of a request by its headers.
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Identified, Denied>;

    /// Identifies by a token that came another way than in a header, e.g. in the first frame of a WebSocket.
    async fn authenticate_token(&self, token: &str) -> Result<Identified, Denied>;

    /// Asks again, for what is open longer than a request.
    async fn renew(&self, proof: &Proof) -> Result<Caller, Denied>;
}
