//! The caller: on whose behalf a request acts, and with which role.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use mosaic_domain::{Scope, SessionId, TokenId};
use serde::{Deserialize, Serialize};

use crate::token_scope::TokenScopes;

/// A person's role in a workspace, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceRole {
    /// Reads what was shared with them.
    Guest,
    /// Works with agents.
    Member,
    /// Runs the workspace.
    Admin,
    /// Owns the workspace.
    Owner,
}

impl WorkspaceRole {
    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for WorkspaceRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a role; the roles are owner, admin, member and guest")]
pub struct UnknownRole(pub String);

impl FromStr for WorkspaceRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Ok(match text {
            "guest" => Self::Guest,
            "member" => Self::Member,
            "admin" => Self::Admin,
            "owner" => Self::Owner,
            _ => return Err(UnknownRole(text.to_owned())),
        })
    }
}

/// How a session was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// With an API token; the session ends with it and may do no more than it.
    Token,
    /// With email and password.
    Password,
    /// At an identity provider.
    Oidc,
    /// With a password although passwords are off, because the identity provider is down.
    BreakGlass,
}

impl SignInMethod {
    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Password => "password",
            Self::Oidc => "oidc",
            Self::BreakGlass => "break_glass",
        }
    }
}

/// A name that is no way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a way to sign in")]
pub struct UnknownMethod(pub String);

impl FromStr for SignInMethod {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        Ok(match text {
            "token" => Self::Token,
            "password" => Self::Password,
            "oidc" => Self::Oidc,
            "break_glass" => Self::BreakGlass,
            _ => return Err(UnknownMethod(text.to_owned())),
        })
    }
}

/// What a caller proved their identity with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A personal API token.
    Token {
        /// The token.
        id: TokenId,
        /// What it is good for.
        scopes: TokenScopes,
    },
    /// The cookie of a browser.
    Session {
        /// The session.
        id: SessionId,
        /// How it was begun.
        method: SignInMethod,
        /// The token with which it was begun, if it was with one.
        token: Option<TokenId>,
        /// All, unless it was begun with a token: then what that is good for.
        scopes: TokenScopes,
    },
}

/// What is counted as one credential: whoever has a token begins as many sessions with it as they like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialId {
    /// A token, with the sessions that were begun with it.
    Token(TokenId),
    /// Another session of a browser.
    Session(SessionId),
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Session(id) => write!(f, "session:{id}"),
        }
    }
}

impl Credential {
    /// What it counts as where credentials are held to limits.
    #[must_use]
    pub const fn id(&self) -> CredentialId {
        match self {
            Self::Token { id, .. }
            | Self::Session {
                token: Some(id), ..
            } => CredentialId::Token(*id),
            Self::Session {
                id, token: None, ..
            } => CredentialId::Session(*id),
        }
    }

    /// What it is good for, whatever its person may do.
    #[must_use]
    pub const fn scopes(&self) -> TokenScopes {
        match self {
            Self::Token { scopes, .. } | Self::Session { scopes, .. } => *scopes,
        }
    }

    /// `token` or `session`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Token { .. } => "token",
            Self::Session { .. } => "session",
        }
    }

    /// The token, where it is one.
    #[must_use]
    pub const fn token_id(&self) -> Option<TokenId> {
        match self {
            Self::Token { id, .. } => Some(*id),
            Self::Session { .. } => None,
        }
    }

    /// The session, where it is one.
    #[must_use]
    pub const fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::Session { id, .. } => Some(*id),
            Self::Token { .. } => None,
        }
    }
}

/// Whoever proved their identity with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Workspace and person: what every query is narrowed to.
    pub scope: Scope,
    /// Their role in the workspace.
    pub role: WorkspaceRole,
    /// Whether the workspace is the home of the installation: the first one that was made. Who runs it runs the installation.
    pub home: bool,
    /// Their name.
    pub name: Arc<str>,
    /// Their email address, where it is known.
    pub email: Option<Arc<str>>,
    /// What they proved their identity with.
    pub credential: Credential,
}
