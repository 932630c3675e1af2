//! Teams on the wire.

use chrono::{DateTime, Utc};
use mosaic_identity::policy::TeamRole;
use mosaic_storage::{Team, TeamMember};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Check, name};
use crate::error::ApiResult;

/// A team of the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamBody {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who belongs to it, by name.
    pub members: Vec<TeamMemberBody>,
}

/// Somebody of a team.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamMemberBody {
    /// Their id.
    pub user_id: Uuid,
    /// What they are called.
    pub name: String,
    /// `owner`, `admin` or `member`.
    pub role: String,
}

impl From<Team> for TeamBody {
    fn from(team: Team) -> Self {
        let Team {
            id,
            name,
            created_at,
            members,
        } = team;
        let members = members.into_iter().map(|member| {
            let TeamMember {
                user_id,
                name,
                role,
            } = member;
            TeamMemberBody {
                user_id: user_id.uuid(),
                name,
                role,
            }
        });
        Self {
            id: id.uuid(),
            name,
            created_at,
            members: members.collect(),
        }
    }
}

/// The teams of the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamList {
    /// By name.
    pub items: Vec<TeamBody>,
}

/// What a team is to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct TeamNameBody {
    /// The name; no two teams of a workspace have the same.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

impl TeamNameBody {
    /// Checks it.
    pub(crate) fn into_name(self) -> ApiResult<String> {
        let mut check = Check::default();
        let name = name(&mut check, "name", &self.name);
        check.done()?;
        Ok(name)
    }
}

/// A role in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TeamRoleName {
    /// Belongs to it.
    Member,
    /// Manages its people.
    Admin,
    /// Owns it.
    Owner,
}

/// A role that somebody is to have in a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct TeamRoleBody {
    /// The role.
    pub role: TeamRoleName,
}

impl From<TeamRoleBody> for TeamRole {
    fn from(body: TeamRoleBody) -> Self {
        match body.role {
            TeamRoleName::Member => Self::Member,
            TeamRoleName::Admin => Self::Admin,
            TeamRoleName::Owner => Self::Owner,
        }
    }
}
