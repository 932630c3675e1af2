//! What the API says of workspaces, who is in them, teams and invitations.

use chrono::{DateTime, Utc};
use mosaic_domain::{InvitationId, TeamId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::Secret;

/// A workspace that one is in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// What it is called.
    pub name: String,
    /// One's own role there.
    #[serde(default)]
    pub role: String,
    /// Whether the installation is looked after from there.
    #[serde(default)]
    pub home: bool,
    /// Whether it is the one that one acts in.
    #[serde(default)]
    pub current: bool,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

/// Somebody in a workspace.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The person.
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// Where mail reaches them.
    #[serde(default)]
    pub email: Option<String>,
    /// `owner`, `admin`, `member` or `guest`.
    pub role: String,
    /// `active`, `deactivated` or `banned`.
    #[serde(default)]
    pub state: String,
    /// Since when they are in it.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// The teams they are in.
    #[serde(default)]
    pub teams: Vec<MemberTeam>,
}

/// A team that somebody is in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MemberTeam {
    /// Its id.
    pub id: TeamId,
    /// What it is called.
    pub name: String,
    /// Their role there.
    #[serde(default)]
    pub role: String,
}

/// A team.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// What it is called.
    pub name: String,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// Who is in it.
    #[serde(default)]
    pub members: Vec<TeamMember>,
}

/// Somebody in a team.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamMember {
    /// The person.
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// `owner`, `admin` or `member`.
    pub role: String,
}

/// An invitation into a workspace.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// For whom alone.
    #[serde(default)]
    pub email: Option<String>,
    /// The role that who takes it gets.
    pub role: String,
    /// The team that they join.
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// Who invites.
    #[serde(default)]
    pub inviter: String,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
    /// `open`, `accepted`, `revoked` or `expired`.
    #[serde(default)]
    pub state: String,
}

/// An invitation to be made.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewInvitation {
    /// For whom alone; for whoever has the link otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The role that who takes it gets.
    pub role: String,
    /// The team that they join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// For how many days it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_days: Option<u32>,
}

/// An invitation that was made; the only time that its link is shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MadeInvitation {
    /// What there is to know about it.
    #[serde(flatten)]
    pub about: Invitation,
    /// What is in the link.
    pub secret: Secret,
    /// What is passed on.
    pub link: Secret,
}

/// What an invitation is for, as those see it who have its link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationLook {
    /// The workspace's name.
    pub workspace: String,
    /// The role.
    #[serde(default)]
    pub role: String,
    /// Who invites.
    #[serde(default)]
    pub inviter: String,
    /// For whom alone.
    #[serde(default)]
    pub email: Option<String>,
    /// Until when it holds.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether that address has an account already.
    #[serde(default)]
    pub has_account: bool,
}

/// Who takes an invitation. Those who are signed in say nothing of themselves.
#[derive(Debug, Clone, Serialize)]
pub struct Acceptor {
    /// What is in the link.
    pub secret: Secret,
    /// What a new person is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where mail reaches them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their password: the one they have, or the one they want.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
}
