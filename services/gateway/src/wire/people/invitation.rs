//! Invitations on the wire.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::TeamId;
use mosaic_identity::ShownOnce;
use mosaic_storage::{Invitation, OpenInvitation};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Check, RoleName, email};
use crate::error::ApiResult;

/// For how many days an invitation holds unless it is said.
const USUAL_DAYS: u32 = 7;
/// For how many days one may hold.
const MOST_DAYS: u32 = 90;

/// An invitation to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewInvitationBody {
    /// Only an account with this address may accept it; whoever has the link otherwise.
    #[schema(min_length = 3, max_length = 254)]
    pub email: Option<String>,
    /// The role that whoever accepts it gets: never above one's own.
    pub role: RoleName,
    /// A team of the workspace that they join as well.
    pub team_id: Option<Uuid>,
    /// For how many days it holds: 7 unless said.
    #[schema(minimum = 1, maximum = 90)]
    #[serde(default, deserialize_with = "crate::wire::whole::optional")]
    pub expires_in_days: Option<u32>,
}

/// The same, checked.
pub(crate) struct WantedInvitation {
    pub email: Option<String>,
    pub role: RoleName,
    pub team_id: Option<TeamId>,
    pub lifetime: Duration,
}

impl NewInvitationBody {
    /// Checks it.
    pub(crate) fn into_wanted(self) -> ApiResult<WantedInvitation> {
        let mut check = Check::default();
        let email = self.email.map(|text| email(&mut check, "email", &text));
        let days = self.expires_in_days.unwrap_or(USUAL_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            check.fault(
                "expiresInDays",
                format!("is {days}, it goes from 1 to {MOST_DAYS}"),
            );
        }
        check.done()?;
        Ok(WantedInvitation {
            email,
            role: self.role,
            team_id: self.team_id.map(TeamId::new),
            lifetime: Duration::from_hours(u64::from(days) * 24),
        })
    }
}

/// An invitation to the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationBody {
    /// Its id.
    pub id: Uuid,
    /// Only an account with this address may accept it.
    pub email: Option<String>,
    /// The role that whoever accepts it gets.
    pub role: String,
    /// A team that they join as well.
    pub team_id: Option<Uuid>,
    /// Who made it.
    pub inviter: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
    /// `open`, `accepted`, `revoked` or `expired`.
    pub state: String,
}

impl From<Invitation> for InvitationBody {
    fn from(invitation: Invitation) -> Self {
        let Invitation {
            id,
            email,
            role,
            team_id,
            inviter,
            created_at,
            expires_at,
            state,
        } = invitation;
        Self {
            id: id.uuid(),
            email,
            role,
            team_id: team_id.map(TeamId::uuid),
            inviter,
            created_at,
            expires_at,
            state,
        }
    }
}

/// Invitations to the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationList {
    /// The newest first, and only so many.
    pub items: Vec<InvitationBody>,
}

/// An invitation that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MadeInvitationBody {
    /// What there is to know about it.
    #[serde(flatten)]
    pub invitation: InvitationBody,
    /// What is in the link; shown this time alone.
    #[schema(value_type = String)]
    pub secret: ShownOnce,
    /// What is passed on; shown this time alone.
    #[schema(value_type = String)]
    pub link: ShownOnce,
}

/// Somebody looks at an invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct LookBody {
    /// What is in its link.
    #[schema(value_type = String, format = Password)]
    pub secret: SecretString,
}

/// An open invitation as whoever has its link sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationLookBody {
    /// What the workspace is called.
    pub workspace: String,
    /// The role that whoever accepts it gets.
    pub role: String,
    /// Who made it.
    pub inviter: String,
    /// Only an account with this address may accept it.
    pub email: Option<String>,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
    /// Whether there is an account with that address.
    pub has_account: bool,
}

impl From<OpenInvitation> for InvitationLookBody {
    fn from(open: OpenInvitation) -> Self {
        let OpenInvitation {
            workspace_id: _,
            workspace,
            role,
            inviter,
            email,
            expires_at,
            has_account,
        } = open;
        Self {
            workspace,
            role,
            inviter,
            email,
            expires_at,
            has_account,
        }
    }
}

/// Somebody accepts an invitation. Who is signed in says nothing but the secret; who has an account shows its address and password;
/// who has none says what they are called and which password they want.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct AcceptBody {
    /// What is in its link.
    #[schema(value_type = String, format = Password)]
    pub secret: SecretString,
    /// What they are called.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Their address; may be left out where the invitation says it.
    #[schema(min_length = 3, max_length = 254)]
    pub email: Option<String>,
    /// The password that they have, or want.
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<SecretString>,
}
