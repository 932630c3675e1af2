//! Who may do what, as plain functions of facts. Whether a *thing* is theirs is decided elsewhere: storage only finds what lies in
//! the caller's scope.

mod people;

use crate::caller::{Caller, WorkspaceRole};
use crate::token_scope::{TokenScope, TokenScopes};

pub use people::{
    Refusal, RoleChange, TeamChange, TeamRole, UnknownTeamRole, role_change, team_change,
};

/// Something that needs more than being somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read own conversations, runs and messages.
    Read,
    /// Begin, rename and delete own conversations, send messages, stop runs.
    Converse,
    /// See queues, services, providers and the events of the whole workspace.
    Operate,
    /// Command the runs of everybody in the workspace.
    Command,
    /// Command what every workspace shares: whole queues, and the workers. Only from the home workspace.
    OperateInstallation,
    /// Look after oneself: own tokens, sessions, password and identities.
    ManageSelf,
    /// Give roles in the workspace, and remove people from it.
    ManageMembers,
    /// Make and change every team of the workspace.
    ManageTeams,
    /// Invite people into the workspace.
    Invite,
    /// Rename the workspace.
    ManageWorkspace,
    /// Read who did what in the workspace.
    ReadAudit,
    /// Make, deactivate and delete the accounts of the installation. Only from the home workspace.
    ManageUsers,
    /// Make more workspaces. Only from the home workspace.
    CreateWorkspace,
}

/// What somebody lacks who may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// At least this role.
    Role(WorkspaceRole),
    /// To be in the home workspace.
    Home,
    /// A token that is good for this.
    Scope(TokenScope),
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 13] = [
        Self::Read,
        Self::Converse,
        Self::Operate,
        Self::Command,
        Self::OperateInstallation,
        Self::ManageSelf,
        Self::ManageMembers,
        Self::ManageTeams,
        Self::Invite,
        Self::ManageWorkspace,
        Self::ReadAudit,
        Self::ManageUsers,
        Self::CreateWorkspace,
    ];

    /// The name used on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Converse => "converse",
            Self::Operate => "operate",
            Self::Command => "command",
            Self::OperateInstallation => "operate_installation",
            Self::ManageSelf => "manage_self",
            Self::ManageMembers => "manage_members",
            Self::ManageTeams => "manage_teams",
            Self::Invite => "invite",
            Self::ManageWorkspace => "manage_workspace",
            Self::ReadAudit => "read_audit",
            Self::ManageUsers => "manage_users",
            Self::CreateWorkspace => "create_workspace",
        }
    }

    /// The least role that suffices.
    #[must_use]
    pub const fn least_role(self) -> WorkspaceRole {
        match self {
            Self::Read | Self::ManageSelf => WorkspaceRole::Guest,
            Self::Converse => WorkspaceRole::Member,
            Self::Operate
            | Self::Command
            | Self::OperateInstallation
            | Self::ManageMembers
            | Self::ManageTeams
            | Self::Invite
            | Self::ManageWorkspace
            | Self::ReadAudit
            | Self::ManageUsers
            | Self::CreateWorkspace => WorkspaceRole::Admin,
        }
    }

    /// What a token must be good for.
    #[must_use]
    pub const fn least_scope(self) -> TokenScope {
        match self {
            Self::Read => TokenScope::Read,
            Self::Converse => TokenScope::Converse,
            Self::Operate | Self::Command | Self::OperateInstallation | Self::ReadAudit => {
                TokenScope::Operate
            }
            Self::ManageSelf
            | Self::ManageMembers
            | Self::ManageTeams
            | Self::Invite
            | Self::ManageWorkspace
            | Self::ManageUsers
            | Self::CreateWorkspace => TokenScope::Admin,
        }
    }

    /// Whether it is about the whole installation, which is run from its home workspace.
    #[must_use]
    pub const fn only_at_home(self) -> bool {
        matches!(
            self,
            Self::OperateInstallation | Self::ManageUsers | Self::CreateWorkspace
        )
    }

    /// Completes "you may not …" for people.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Read => "read here",
            Self::Converse => "talk to agents",
            Self::Operate => "look into the operation of this installation",
            Self::Command => "command what others run here",
            Self::OperateInstallation => "command what all workspaces of this installation share",
            Self::ManageSelf => "change how you sign in",
            Self::ManageMembers => "manage the people of this workspace",
            Self::ManageTeams => "manage the teams of this workspace",
            Self::Invite => "invite people into this workspace",
            Self::ManageWorkspace => "change this workspace",
            Self::ReadAudit => "read who did what in this workspace",
            Self::ManageUsers => "manage the accounts of this installation",
            Self::CreateWorkspace => "make workspaces",
        }
    }
}

/// Whether the caller may do this: their role, their workspace and what they proved their identity with all allow it.
#[must_use]
pub fn may(caller: &Caller, action: Action) -> bool {
    check(caller, action).is_ok()
}

/// The same, and if not, what they lack: first what another token would help with least.
pub fn check(caller: &Caller, action: Action) -> Result<(), Lack> {
    let (role, scope) = (action.least_role(), action.least_scope());
    if action.only_at_home() && !caller.home {
        Err(Lack::Home)
    } else if caller.role < role {
        Err(Lack::Role(role))
    } else if !caller.credential.scopes().contains(scope) {
        Err(Lack::Scope(scope))
    } else {
        Ok(())
    }
}

/// Whether the caller may make a token that is good for this: never more than what they came with.
#[must_use]
pub fn may_mint(caller: &Caller, scopes: TokenScopes) -> bool {
    may(caller, Action::ManageSelf) && caller.credential.scopes().includes(scopes)
}

#[cfg(test)]
mod tests;
