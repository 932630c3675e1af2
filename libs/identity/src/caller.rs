//! The caller: on whose behalf a request acts, and with which role.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use mosaic_domain::{Scope, TokenId};
use serde::{Deserialize, Serialize};

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
    /// The token they showed, or with which they signed in.
    pub token_id: TokenId,
}
