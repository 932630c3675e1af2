//! What the API says of all people of an installation to those who look after it.

use chrono::{DateTime, Utc};
use mosaic_domain::{UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::Secret;

/// Somebody with an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What they are called.
    pub name: String,
    /// Where mail reaches them.
    #[serde(default)]
    pub email: Option<String>,
    /// `active`, `deactivated` or `banned`.
    #[serde(default)]
    pub state: String,
    /// Why, as an admin said.
    #[serde(default)]
    pub state_reason: Option<String>,
    /// The workspaces they are in.
    #[serde(default)]
    pub workspaces: Vec<UserWorkspace>,
    /// When they were last seen.
    #[serde(default)]
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Since when there is the account.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// What is theirs, where one person is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owns: Option<Owns>,
}

/// A workspace that somebody is in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserWorkspace {
    /// Its id.
    pub id: WorkspaceId,
    /// What it is called.
    pub name: String,
    /// Their role there.
    #[serde(default)]
    pub role: String,
}

/// How much is somebody's.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Owns {
    /// Conversations.
    pub conversations: u64,
    /// Runs.
    pub runs: u64,
    /// Memories.
    pub memories: u64,
    /// API tokens.
    pub tokens: u64,
    /// Sessions.
    pub sessions: u64,
    /// Accounts of chat channels.
    pub channel_links: u64,
}

/// Which people.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    /// Only those whose name or address has this in it.
    pub search: Option<String>,
    /// How many at the most.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// An account to be made for somebody.
#[derive(Debug, Clone, Serialize)]
pub struct NewUser {
    /// What they are called.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Their role in the home workspace.
    pub role: String,
    /// Their password; without one there is a link with which they set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
}

/// An account that was made for somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MadeUser {
    /// The person.
    #[serde(flatten)]
    pub user: User,
    /// With which they set a password, once; shown this time alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Secret>,
}

/// A link with which somebody sets a password, once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordLink {
    /// What is passed on; shown this time alone.
    pub link: Secret,
    /// Until when it holds.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}
