//! Signing in at an OpenID Connect provider: Mosaic as the relying party.
//!
//! The protocol itself (requests, signatures, claims) is the `openidconnect` crate's; what is decided here is how strictly it is
//! used. Only the authorization code flow with PKCE (S256), `state` and `nonce`; only asymmetric signatures that the provider
//! says it makes; one audience, which is this client. A provider is asked for its metadata once an hour and for its keys again
//! when it signs with one that is not known, at most once a minute. Every address it names must be https, or loopback.

mod claims;
mod error;
mod http;
mod login;
mod provider;
mod return_to;
mod roles;
mod secrets;
mod verify;

pub use error::OidcError;
pub use login::{BegunLogin, OidcAnswer, ProvenIdentity, Refreshed};
pub use provider::{OidcProvider, OidcSettings};
pub use return_to::ReturnTo;
pub use roles::{GroupRoles, MalformedGroupRole, RoleDecision};
pub use secrets::{KeptRefresh, LoginSecrets, MalformedSecrets};
