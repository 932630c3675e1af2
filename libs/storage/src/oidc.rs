//! Signing in at identity providers: what is under way, who is who there, and whether that still holds.

mod account;
mod identity;
mod login;
mod refresh;
mod sign_in;

pub use identity::{IdentityRemoval, OidcIdentity};
pub use login::{Linker, NewOidcLogin, OidcBegun, OidcLogin};
pub use refresh::DueRefresh;
pub use sign_in::{OidcPerson, OidcRefusal, OidcRules, OidcSignIn, OidcSignedIn, RoleVerdict};
