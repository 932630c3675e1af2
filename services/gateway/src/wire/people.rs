//! Workspaces, who belongs to them, teams and invitations on the wire.

mod invitation;
mod team;
mod user;

use chrono::{DateTime, Utc};
use mosaic_domain::WorkspaceId;
use mosaic_identity::{EmailAddress, WorkspaceRole};
use mosaic_storage::{Member, MemberTeam, Workspace};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::check::Check;
use crate::error::ApiResult;

pub(crate) use invitation::{
    AcceptBody, InvitationList, InvitationLookBody, LookBody, MadeInvitationBody, NewInvitationBody,
};
pub(crate) use team::{TeamBody, TeamList, TeamNameBody, TeamRoleBody};
pub(crate) use user::{
    MadeUserBody, NewUserBody, PasswordLinkBody, SignUserOutQuery, StateReasonBody, UserBody,
    UserList, UserQuery,
};

/// The longest name of a person, workspace or team.
pub(crate) const NAME_CHARS: usize = 100;

/// A name as it is kept: without spaces around it.
pub(crate) fn name(check: &mut Check, field: &str, text: &str) -> String {
    check.text(field, text, NAME_CHARS);
    if text.chars().any(char::is_control) {
        check.fault(field, "contains control characters");
    }
    text.trim().to_owned()
}

/// An address as it is kept. Whether anybody reads what is sent there is not for this to say.
pub(crate) fn email(check: &mut Check, field: &str, text: &str) -> String {
    match EmailAddress::parse(text) {
        Ok(address) => address.as_str().to_owned(),
        Err(malformed) => {
            check.fault(field, malformed.to_string());
            String::new()
        }
    }
}

/// A role in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleName {
    /// Reads what was shared with them.
    Guest,
    /// Works with agents.
    Member,
    /// Runs the workspace.
    Admin,
    /// Owns the workspace.
    Owner,
}

impl From<RoleName> for WorkspaceRole {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Guest => Self::Guest,
            RoleName::Member => Self::Member,
            RoleName::Admin => Self::Admin,
            RoleName::Owner => Self::Owner,
        }
    }
}

/// A workspace of the caller's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkspaceBody {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// The caller's role there: `owner`, `admin`, `member` or `guest`.
    pub role: String,
    /// Whether the installation is run from there.
    pub home: bool,
    /// Whether the caller is in it now.
    pub current: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl WorkspaceBody {
    /// As somebody sees it who is in `current` now.
    pub(crate) fn seen_from(current: WorkspaceId, workspace: Workspace) -> Self {
        let Workspace {
            id,
            name,
            role,
            home,
            created_at,
        } = workspace;
        Self {
            id: id.uuid(),
            name,
            role,
            home,
            current: id == current,
            created_at,
        }
    }
}

/// The caller's workspaces.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkspaceList {
    /// By name.
    pub items: Vec<WorkspaceBody>,
}

/// What a workspace is to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct WorkspaceNameBody {
    /// The name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

impl WorkspaceNameBody {
    /// Checks it.
    pub(crate) fn into_name(self) -> ApiResult<String> {
        let mut check = Check::default();
        let name = name(&mut check, "name", &self.name);
        check.done()?;
        Ok(name)
    }
}

/// Says again what is to be deleted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ConfirmBody {
    /// Its name, or for a person their address.
    #[schema(min_length = 1, max_length = 254)]
    pub confirm: String,
}

impl ConfirmBody {
    /// Refuses what says something else: an address is written in whatever case, a name as it is.
    pub(crate) fn require(&self, name: &str, email: Option<&str>) -> ApiResult<()> {
        let said = self.confirm.trim();
        let same = |email: &str| email.to_lowercase() == said.to_lowercase();
        let mut check = Check::default();
        if said != name && !email.is_some_and(same) {
            check.fault("confirm", "does not name what is to be deleted");
        }
        check.done()
    }
}

/// Somebody who belongs to the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberBody {
    /// Their id.
    pub user_id: Uuid,
    /// What they are called.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// `owner`, `admin`, `member` or `guest`.
    pub role: String,
    /// `active`, `deactivated` or `banned`.
    pub state: String,
    /// Since when they belong to it.
    pub created_at: DateTime<Utc>,
    /// Their teams.
    pub teams: Vec<MemberTeamBody>,
}

/// A team of somebody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberTeamBody {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// `owner`, `admin` or `member`.
    pub role: String,
}

impl From<Member> for MemberBody {
    fn from(member: Member) -> Self {
        let Member {
            user_id,
            name,
            email,
            role,
            state,
            created_at,
            teams,
        } = member;
        let teams = teams
            .into_iter()
            .map(|MemberTeam { id, name, role }| MemberTeamBody {
                id: id.uuid(),
                name,
                role,
            });
        Self {
            user_id: user_id.uuid(),
            name,
            email,
            role,
            state,
            created_at,
            teams: teams.collect(),
        }
    }
}

/// Who belongs to the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberList {
    /// By name.
    pub items: Vec<MemberBody>,
}

/// A role that somebody is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RoleBody {
    /// The role.
    pub role: RoleName,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_deleted() {
        let confirm = |text: &str| ConfirmBody {
            confirm: text.to_owned(),
        };
        assert!(confirm("Ada ").require("Ada", None).is_ok());
        assert!(
            confirm("ADA@example.org")
                .require("Ada", Some("ada@Example.org"))
                .is_ok()
        );
        assert!(confirm("ada").require("Ada", None).is_err());
        assert!(confirm("").require("Ada", None).is_err());
    }
}
