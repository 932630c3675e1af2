//! What a caller may do, as plain functions of their role. Whether a *thing* is theirs is decided elsewhere: storage only finds
//! what lies in the caller's scope.

use crate::caller::{Caller, WorkspaceRole};

/// Something that needs more than being somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read own conversations, runs and messages.
    Read,
    /// Begin, rename and delete own conversations, send messages, stop runs.
    Converse,
    /// See queues, services, providers and the events of the whole workspace.
    Operate,
    /// Command the runs of everybody in the workspace; read who did so.
    Command,
    /// Command what every workspace shares: whole queues, and the workers. Only from the home workspace.
    OperateInstallation,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Converse,
        Self::Operate,
        Self::Command,
        Self::OperateInstallation,
    ];

    /// The least role that suffices.
    #[must_use]
    pub const fn least_role(self) -> WorkspaceRole {
        match self {
            Self::Read => WorkspaceRole::Guest,
            Self::Converse => WorkspaceRole::Member,
            Self::Operate | Self::Command | Self::OperateInstallation => WorkspaceRole::Admin,
        }
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
        }
    }
}

/// Whether the caller may do this.
#[must_use]
pub fn may(caller: &Caller, action: Action) -> bool {
    let there = caller.home || action != Action::OperateInstallation;
    there && caller.role >= action.least_role()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mosaic_domain::{Scope, TokenId, UserId, WorkspaceId};
    use uuid::Uuid;

    use super::*;

    fn caller(role: WorkspaceRole) -> Caller {
        Caller {
            scope: Scope {
                workspace_id: WorkspaceId::new(Uuid::nil()),
                user_id: UserId::new(Uuid::nil()),
            },
            role,
            home: true,
            name: Arc::from("Ada"),
            token_id: TokenId::new(Uuid::nil()),
        }
    }

    #[test]
    fn an_owner_may_do_everything() {
        for action in Action::ALL {
            assert!(may(&caller(WorkspaceRole::Owner), action));
        }
    }

    #[test]
    fn a_member_talks_and_does_not_operate() {
        let member = caller(WorkspaceRole::Member);
        assert!(may(&member, Action::Converse));
        assert!(!may(&member, Action::Operate));
        assert!(!may(&member, Action::Command));
    }

    #[test]
    fn what_all_workspaces_share_is_commanded_by_admins_of_the_home_workspace() {
        let action = Action::OperateInstallation;
        assert!(may(&caller(WorkspaceRole::Admin), action));
        assert!(!may(&caller(WorkspaceRole::Member), action));
        let elsewhere = Caller {
            home: false,
            ..caller(WorkspaceRole::Owner)
        };
        assert!(!may(&elsewhere, action));
        assert!(may(&elsewhere, Action::Operate));
    }

    #[test]
    fn a_guest_only_reads() {
        let guest = caller(WorkspaceRole::Guest);
        assert!(may(&guest, Action::Read));
        assert!(!may(&guest, Action::Converse));
    }

    #[test]
    fn a_role_is_known_by_its_name() {
        for role in ["guest", "member", "admin", "owner"] {
            assert_eq!(role.parse::<WorkspaceRole>().unwrap().as_str(), role);
        }
        assert!("root".parse::<WorkspaceRole>().is_err());
    }
}
