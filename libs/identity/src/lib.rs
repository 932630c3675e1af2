//! Who is calling: tokens, the caller they prove, and what that caller may do.
//!
//! [`Authenticate`] is the seam between a surface and the ways to prove an identity: personal API tokens and the session cookies
//! that stand for one in a browser ([`Authenticator`]), later OIDC behind the same calls. Decisions about what a caller may
//! do are pure functions of their role ([`policy`]).

mod authenticate;
mod authenticator;
mod caller;
mod link_code;
pub mod policy;
mod session;
mod token;

pub use authenticate::{Authenticate, Denied, Identified, Proof};
pub use authenticator::{Authenticator, CACHE_TTL, CredentialLookup, LookupError};
pub use caller::{Caller, UnknownRole, WorkspaceRole};
pub use link_code::{LinkCode, MalformedCode};
pub use policy::{Action, may};
pub use session::{MalformedSession, SessionHash, SessionSecret};
pub use token::{ApiToken, MalformedToken, TOKEN_PREFIX, TokenHash};
