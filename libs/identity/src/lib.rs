//! Who is calling: tokens, the caller they prove, and what that caller may do.
//!
//! [`Authenticate`] is the seam between a surface and the ways to prove an identity: today personal API tokens
//! ([`TokenAuthenticator`]), later session cookies and OIDC behind the same two calls. Decisions about what a caller may do
//! are pure functions of their role ([`policy`]).

mod authenticate;
mod authenticator;
mod caller;
pub mod policy;
mod token;

pub use authenticate::{Authenticate, Denied, Identified, Proof};
pub use authenticator::{LookupError, TOKEN_CACHE_TTL, TokenAuthenticator, TokenLookup};
pub use caller::{Caller, UnknownRole, WorkspaceRole};
pub use policy::{Action, may};
pub use token::{ApiToken, MalformedToken, TOKEN_PREFIX, TokenHash};
