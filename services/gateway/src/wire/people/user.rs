//! The people of the installation on the wire.

use chrono::{DateTime, Utc};
use mosaic_domain::UserId;
use mosaic_storage::{Belongings, User, UserWorkspace};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Check, RoleName, email, name};
use crate::error::ApiResult;
use crate::wire::check::REASON_CHARS;

/// The longest text that is searched for.
const SEARCH_CHARS: usize = 254;

/// Somebody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserBody {
    /// Their id.
    pub id: Uuid,
    /// What they are called.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// `active`, `deactivated` or `banned`.
    pub state: String,
    /// Why, where they are not active.
    pub state_reason: Option<String>,
    /// The workspaces they belong to.
    pub workspaces: Vec<UserWorkspaceBody>,
    /// When a token or session of theirs was last used, as far as that is known still.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Since when they have an account.
    pub created_at: DateTime<Utc>,
    /// How much is kept of them; only where one person is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owns: Option<BelongingsBody>,
}

/// A workspace of somebody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserWorkspaceBody {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// `owner`, `admin`, `member` or `guest`.
    pub role: String,
}

/// How much is kept of somebody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BelongingsBody {
    /// Conversations.
    pub conversations: u64,
    /// Runs.
    pub runs: u64,
    /// Memories.
    pub memories: u64,
    /// API tokens that count.
    pub tokens: u64,
    /// Sessions that have not ended.
    pub sessions: u64,
    /// Linked accounts of channels.
    pub channel_links: u64,
}

impl From<Belongings> for BelongingsBody {
    fn from(belongings: Belongings) -> Self {
        let Belongings {
            conversations,
            runs,
            memories,
            tokens,
            sessions,
            channel_links,
        } = belongings;
        Self {
            conversations,
            runs,
            memories,
            tokens,
            sessions,
            channel_links,
        }
    }
}

impl UserBody {
    /// Somebody with how much is kept of them.
    pub(crate) fn with(user: User, owns: Option<Belongings>) -> Self {
        let User {
            id,
            name,
            email,
            state,
            state_reason,
            workspaces,
            last_seen_at,
            created_at,
        } = user;
        let workspaces = workspaces.into_iter().map(|workspace| {
            let UserWorkspace { id, name, role } = workspace;
            UserWorkspaceBody {
                id: id.uuid(),
                name,
                role,
            }
        });
        Self {
            id: id.uuid(),
            name,
            email,
            state,
            state_reason,
            workspaces: workspaces.collect(),
            last_seen_at,
            created_at,
            owns: owns.map(BelongingsBody::from),
        }
    }
}

/// A page of people.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserList {
    /// The newest first.
    pub items: Vec<UserBody>,
    /// Where the list goes on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Which people.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct UserQuery {
    /// Only those whose name or address has this in it.
    pub search: Option<String>,
    /// The `nextCursor` of the page before.
    pub cursor: Option<String>,
    /// How many at the most: 50 unless said, 200 at most.
    pub limit: Option<u32>,
}

impl UserQuery {
    /// Checks it.
    pub(crate) fn into_list(self) -> ApiResult<mosaic_storage::UserList> {
        let mut check = Check::default();
        let limit = check.limit(self.limit);
        check.optional("search", self.search.as_deref(), SEARCH_CHARS);
        let after = self.cursor.map(|text| text.parse::<UserId>());
        if matches!(after, Some(Err(_))) {
            check.fault("cursor", "is not one that a list of people gave");
        }
        check.done()?;
        Ok(mosaic_storage::UserList {
            search: self.search.map(|text| text.trim().to_owned()),
            only: None,
            after: after.and_then(Result::ok),
            limit,
        })
    }
}

/// An account to be made for somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewUserBody {
    /// What they are called.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Where they are written to.
    #[schema(min_length = 3, max_length = 254)]
    pub email: String,
    /// Their role in the home workspace: never above one's own.
    pub role: RoleName,
    /// Their password; without one there is a link with which they set it.
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<SecretString>,
}

/// The same, checked but for the password.
pub(crate) struct WantedUser {
    pub name: String,
    pub email: String,
    pub role: RoleName,
    pub password: Option<SecretString>,
}

impl NewUserBody {
    /// Checks it.
    pub(crate) fn into_wanted(self) -> ApiResult<WantedUser> {
        let mut check = Check::default();
        let (name, email) = (
            name(&mut check, "name", &self.name),
            email(&mut check, "email", &self.email),
        );
        check.done()?;
        Ok(WantedUser {
            name,
            email,
            role: self.role,
            password: self.password,
        })
    }
}

/// An account that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MadeUserBody {
    /// Whose it is.
    #[serde(flatten)]
    pub user: UserBody,
    /// With which they set a password, once; shown this time alone, where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// A link with which somebody sets a password, once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PasswordLinkBody {
    /// What is passed on; shown this time alone.
    pub link: String,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
}

/// Why somebody is kept out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct StateReasonBody {
    /// Why; admins read it, and the audit log keeps it.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

impl StateReasonBody {
    /// Checks it.
    pub(crate) fn into_reason(self) -> ApiResult<String> {
        let mut check = Check::default();
        check.text("reason", &self.reason, REASON_CHARS);
        check.done()?;
        Ok(self.reason)
    }
}

/// How much of somebody's credentials ends.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct SignUserOutQuery {
    /// Revokes their API tokens as well.
    #[serde(default)]
    pub tokens: bool,
}
