//! Who may give which role to whom, in workspaces and in teams. Nobody manages above their own role, and no workspace or team
//! loses its last owner.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::caller::WorkspaceRole;

/// Why a change of roles is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It takes more of a role to manage people at all.
    #[error("your role does not let you manage others here")]
    NotAllowed,
    /// Of somebody above, or to a role above.
    #[error("nobody manages above their own role")]
    AboveOwn,
    /// There would be no owner any more.
    #[error("the last owner cannot leave or step down; make somebody else an owner first")]
    LastOwner,
}

/// A person's role in a workspace is to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleChange {
    /// The role of whoever changes it.
    pub by: WorkspaceRole,
    /// The role as it is.
    pub of: WorkspaceRole,
    /// The role as it shall be; none where the person is to be removed.
    pub to: Option<WorkspaceRole>,
    /// Whether they change their own.
    pub own: bool,
    /// How many owners the workspace has.
    pub owners: u32,
}

/// Whether a role in a workspace may change so.
pub fn role_change(change: &RoleChange) -> Result<(), Refusal> {
    let RoleChange {
        by,
        of,
        to,
        own,
        owners,
    } = *change;
    // Everybody may leave and step down.
    if !own && by < WorkspaceRole::Admin {
        return Err(Refusal::NotAllowed);
    }
    if of > by || to.is_some_and(|to| to > by) {
        return Err(Refusal::AboveOwn);
    }
    let loses_owner = of == WorkspaceRole::Owner && to != Some(WorkspaceRole::Owner);
    if loses_owner && owners <= 1 {
        return Err(Refusal::LastOwner);
    }
    Ok(())
}

/// A person's role in a team, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamRole {
    /// Belongs to it.
    Member,
    /// Manages its people.
    Admin,
    /// Owns it.
    Owner,
}

impl TeamRole {
    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for TeamRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no role in a team.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a role in a team; the roles are owner, admin and member")]
pub struct UnknownTeamRole(pub String);

impl FromStr for TeamRole {
    type Err = UnknownTeamRole;

    fn from_str(text: &str) -> Result<Self, UnknownTeamRole> {
        Ok(match text {
            "member" => Self::Member,
            "admin" => Self::Admin,
            "owner" => Self::Owner,
            _ => return Err(UnknownTeamRole(text.to_owned())),
        })
    }
}

/// A person's role in a team is to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamChange {
    /// The role in the workspace of whoever changes it. Admins there count as owners of every team.
    pub workspace: WorkspaceRole,
    /// Their role in the team, if they are in it.
    pub by: Option<TeamRole>,
    /// The role as it is; none for somebody who is to join.
    pub of: Option<TeamRole>,
    /// The role as it shall be; none for somebody who is to be removed.
    pub to: Option<TeamRole>,
    /// Whether they change their own.
    pub own: bool,
    /// How many owners the team has.
    pub owners: u32,
}

/// Whether a role in a team may change so.
pub fn team_change(change: &TeamChange) -> Result<(), Refusal> {
    let TeamChange {
        workspace,
        by,
        of,
        to,
        own,
        owners,
    } = *change;
    // Who runs the workspace can put a team right that has no owner left.
    if workspace >= WorkspaceRole::Admin {
        return Ok(());
    }
    let Some(by) = by else {
        return Err(Refusal::NotAllowed);
    };
    if !own && by < TeamRole::Admin {
        return Err(Refusal::NotAllowed);
    }
    if of > Some(by) || to > Some(by) {
        return Err(Refusal::AboveOwn);
    }
    let loses_owner = of == Some(TeamRole::Owner) && to != Some(TeamRole::Owner);
    if loses_owner && owners <= 1 {
        return Err(Refusal::LastOwner);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
