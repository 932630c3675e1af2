//! Who is calling: tokens, the caller they prove, and what that caller may do.
//!
//! [`Authenticate`] is the seam between a surface and the ways to prove an identity: personal API tokens and the session cookies
//! that stand for one in a browser ([`Authenticator`]). Who signs in at an identity provider ([`OidcProvider`]) gets such a session too. Decisions about what a caller may
//! do are pure functions of their role and their credential ([`policy`]).

mod authenticate;
mod authenticator;
mod caller;
mod email;
mod link_code;
mod link_secret;
mod oidc;
mod password;
pub mod policy;
mod seal;
mod service_token;
mod session;
mod shown_once;
mod token;
mod token_scope;

pub use authenticate::{Authenticate, Denied, Identified, Proof};
pub use authenticator::{Authenticator, CACHE_TTL, CredentialLookup, Known, LookupError};
pub use caller::{
    Caller, Credential, CredentialId, SignInMethod, UnknownMethod, UnknownRole, WorkspaceRole,
};
pub use email::{EmailAddress, MalformedEmail};
pub use link_code::{LinkCode, MalformedCode};
pub use link_secret::{LinkSecret, MalformedLink};
pub use oidc::{
    BegunLogin, GroupRoles, KeptRefresh, LoginSecrets, MalformedGroupRole, MalformedSecrets,
    OidcAnswer, OidcError, OidcProvider, OidcSettings, ProvenIdentity, Refreshed, ReturnTo,
    RoleDecision,
};
pub use password::{
    LONGEST_PASSWORD, PasswordError, PasswordRules, Passwords, Verdict, WeakPassword,
    hash_password, verify_password,
};
pub use policy::{Action, Lack, may};
pub use seal::{MalformedKey, OpenError, SealedColumn, Sealer};
pub use service_token::{ServiceClaims, ServiceKeys, ServiceTokenError};
pub use session::{MalformedSession, SessionHash, SessionSecret};
pub use shown_once::ShownOnce;
pub use token::{ApiToken, MalformedToken, TOKEN_PREFIX, TokenHash};
pub use token_scope::{TokenScope, TokenScopes, UnknownScope};
