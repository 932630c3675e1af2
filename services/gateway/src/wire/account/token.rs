//! API tokens on the wire.

use chrono::{DateTime, Utc};
use mosaic_domain::TokenId;
use mosaic_identity::{ShownOnce, TokenScope, TokenScopes};
use mosaic_storage::Token;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::ApiResult;
use crate::wire::check::Check;

/// The longest that a token may count, if it ends at all.
const DAYS: std::ops::RangeInclusive<u32> = 1..=3_650;

/// What a token is good for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeName {
    /// Read what belongs to its person.
    Read,
    /// Talk to agents, and read.
    Converse,
    /// Look into the operation and command it, and read.
    Operate,
    /// Everything.
    Admin,
}

impl From<ScopeName> for TokenScope {
    fn from(name: ScopeName) -> Self {
        match name {
            ScopeName::Read => Self::Read,
            ScopeName::Converse => Self::Converse,
            ScopeName::Operate => Self::Operate,
            ScopeName::Admin => Self::Admin,
        }
    }
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewTokenBody {
    /// What its person calls it, e.g. where it is used.
    name: String,
    /// What it is good for; `["converse"]` if nothing is said.
    scopes: Option<Vec<ScopeName>>,
    /// After how many days it ends; never if nothing is said, and no later than a token with which it is made.
    #[serde(default, deserialize_with = "crate::wire::whole::optional")]
    expires_in_days: Option<u32>,
}

/// The same, checked.
#[derive(Debug)]
pub(crate) struct TokenRequest {
    /// What its person calls it.
    pub name: String,
    /// What it is good for.
    pub scopes: TokenScopes,
    /// After how many days it ends.
    pub days: Option<u32>,
}

impl NewTokenBody {
    /// Checks everything at once.
    pub(crate) fn into_request(self) -> ApiResult<TokenRequest> {
        let mut check = Check::default();
        let name = check.name("name", &self.name);
        let scopes = match self.scopes {
            Some(names) => names.into_iter().map(TokenScope::from).collect(),
            None => TokenScopes::from(TokenScope::Converse),
        };
        if scopes.is_empty() {
            check.fault("scopes", "is empty: such a token is good for nothing");
        }
        if let Some(days) = self.expires_in_days
            && !DAYS.contains(&days)
        {
            let (least, most) = (DAYS.start(), DAYS.end());
            let problem = format!("is {days}, it goes from {least} to {most}");
            check.fault("expiresInDays", problem);
        }
        check.done()?;
        Ok(TokenRequest {
            name,
            scopes,
            days: self.expires_in_days,
        })
    }
}

/// A token of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenBody {
    /// Its id.
    pub id: Uuid,
    /// What its person calls it.
    pub name: String,
    /// What it is good for: `read`, `converse`, `operate`, `admin`.
    pub scopes: Vec<String>,
    /// What it ends in, to tell it by.
    pub hint: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was used, to the hour.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Until when it counts, if not for ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl TokenBody {
    /// As somebody sees it who came with `current`.
    pub(crate) fn seen_from(current: Option<TokenId>, token: Token) -> Self {
        let Token {
            id,
            name,
            scopes,
            hint,
            created_at,
            last_used_at,
            expires_at,
        } = token;
        Self {
            id: id.uuid(),
            name,
            scopes,
            hint,
            created_at,
            last_used_at,
            expires_at,
            current: current == Some(id),
        }
    }
}

/// The tokens of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenList {
    /// The newest first. All of them: there are few.
    pub items: Vec<TokenBody>,
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MadeTokenBody {
    /// What is kept of it.
    #[serde(flatten)]
    pub item: TokenBody,
    /// The token itself. It is shown once.
    #[schema(value_type = String)]
    pub token: ShownOnce,
}
