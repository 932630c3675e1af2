//! The seam between a surface and the ways to prove an identity.

use async_trait::async_trait;
use http::HeaderMap;
use mosaic_domain::UserId;

use crate::authenticator::LookupError;
use crate::caller::Caller;
use crate::session::{MalformedSession, SessionHash};
use crate::token::{MalformedToken, TokenHash};

/// What a caller proved their identity with, kept to ask again later whether it still counts. Opaque to surfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof(pub(crate) ProofKind);

impl Proof {
    /// The session, where it was a cookie.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionHash> {
        match &self.0 {
            ProofKind::Session(hash) => Some(hash),
            ProofKind::Token(_) => None,
        }
    }
}

/// The ways to prove an identity; OIDC will stand here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ProofKind {
    Token(TokenHash),
    Session(SessionHash),
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
    /// The cookie is no session's.
    #[error(transparent)]
    MalformedSession(#[from] MalformedSession),
    /// The session is unknown, was signed out, or has ended by itself; which of them is nobody's business.
    #[error("this session has ended")]
    Ended,
    /// It could not be looked up now.
    #[error("the credential could not be checked: {0}")]
    Unavailable(#[source] LookupError),
}

/// Turns requests into callers.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// Identifies the sender of a request by its headers.
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Identified, Denied>;

    /// Identifies by a token that came another way than in a header, e.g. in the first frame of a WebSocket.
    async fn authenticate_token(&self, token: &str) -> Result<Identified, Denied>;

    /// Identifies by the secret of a session, as its cookie carries it. Whether the request comes from an own page is for the
    /// surface to see.
    async fn authenticate_session(&self, secret: &str) -> Result<Identified, Denied>;

    /// Lets go of everything that is remembered of a person, whose rights or credentials were changed here. Elsewhere it is
    /// forgotten by itself, within a second.
    fn forget(&self, user_id: UserId);

    /// Asks again, for what is open longer than a request.
    async fn renew(&self, proof: &Proof) -> Result<Caller, Denied>;
}
