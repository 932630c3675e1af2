//! The audit log on the wire.

use chrono::{DateTime, Utc};
use mosaic_domain::UserId;
use mosaic_storage::{AuditEntry, AuditFilter, AuditOutcome};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::check::{Check, KEY_CHARS};
use crate::error::ApiResult;

/// The longest name of a person.
const NAME_CHARS: usize = 200;

/// Something that somebody did, or tried to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditBody {
    /// Later entries have higher numbers.
    pub id: i64,
    /// The person; none when the installation itself acted.
    pub actor_id: Option<Uuid>,
    /// What they were called.
    pub actor: String,
    /// What they did, e.g. `run.kill`.
    pub action: String,
    /// Kind of what they did it to.
    pub target_type: String,
    /// Its id or name. Where somebody was refused more than once, that of the first time.
    pub target_id: String,
    /// Why, as they said.
    pub reason: Option<String>,
    /// `done`, `requested`, `unchanged`, `refused`, `denied` or `failed`. What takes longer is first `requested`,
    /// and has an entry of its own for how it went.
    pub outcome: String,
    /// From where.
    pub address: Option<String>,
    /// When; where somebody was refused more than once, when first.
    pub at: DateTime<Utc>,
    /// How often. More than once only if it was refused: refusals of a minute that are alike are one entry.
    pub repeated: i64,
    /// When last, if it was more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<DateTime<Utc>>,
}

impl From<AuditEntry> for AuditBody {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id,
            actor_id: entry.actor_id.map(UserId::uuid),
            actor: entry.actor,
            action: entry.action,
            target_type: entry.target_type,
            target_id: entry.target_id,
            reason: entry.reason,
            outcome: entry.outcome,
            address: entry.address,
            at: entry.at,
            repeated: entry.repeated,
            last_at: entry.last_at,
        }
    }
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditList {
    /// The newest first.
    pub items: Vec<AuditBody>,
    /// Where the list goes on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Which entries of the audit log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only this action, or actions that begin like this when it ends in `*`.
    pub action: Option<String>,
    /// Only what this person did: their id, or what they were called then.
    pub actor: Option<String>,
    /// Only what went like this: `done`, `requested`, `unchanged`, `refused`, `denied` or `failed`.
    pub outcome: Option<String>,
    /// That happened at this time (RFC 3339) or later.
    pub since: Option<DateTime<Utc>>,
    /// That happened before this time (RFC 3339).
    pub until: Option<DateTime<Utc>>,
    /// How many at the most, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// What a query asks for, checked.
#[derive(Debug)]
pub(crate) struct AuditPage {
    query: AuditQuery,
    actor_id: Option<UserId>,
    outcome: Option<AuditOutcome>,
    before: Option<i64>,
    /// How many at the most.
    pub limit: u32,
}

impl AuditPage {
    /// Which entries are wanted.
    pub(crate) fn filter(&self) -> AuditFilter<'_> {
        let Self {
            query,
            actor_id,
            outcome,
            before,
            limit: _,
        } = self;
        AuditFilter {
            action: query.action.as_deref(),
            actor_id: *actor_id,
            actor: query.actor.as_deref().filter(|_| actor_id.is_none()),
            outcome: *outcome,
            since: query.since,
            until: query.until,
            before: *before,
        }
    }
}

impl AuditQuery {
    /// Checks it.
    pub(crate) fn into_page(self) -> ApiResult<AuditPage> {
        let mut check = Check::default();
        let limit = check.limit(self.limit);
        check.optional("action", self.action.as_deref(), KEY_CHARS);
        check.optional("actor", self.actor.as_deref(), NAME_CHARS);
        let outcome = self.outcome.as_deref().and_then(|name| {
            let known = AuditOutcome::ALL.into_iter();
            let found = known.clone().find(|outcome| outcome.as_str() == name);
            if found.is_none() {
                let names: Vec<_> = known.map(AuditOutcome::as_str).collect();
                check.fault("outcome", format!("is none of {}", names.join(", ")));
            }
            found
        });
        if let (Some(since), Some(until)) = (self.since, self.until)
            && until <= since
        {
            check.fault("until", "is not later than `since`");
        }
        let before = self.cursor.as_deref().and_then(|text| {
            let before = text.parse().ok();
            if before.is_none() {
                check.fault("cursor", "is not the `nextCursor` of a page");
            }
            before
        });
        check.done()?;
        let actor_id = self.actor.as_deref().and_then(|text| text.parse().ok());
        Ok(AuditPage {
            actor_id: actor_id.map(UserId::new),
            outcome,
            before,
            limit,
            query: self,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(actor: &str) -> AuditQuery {
        AuditQuery {
            actor: Some(actor.to_owned()),
            ..AuditQuery::default()
        }
    }

    #[test]
    fn somebody_is_named_by_their_id_or_their_name() {
        let id = Uuid::from_u128(7);
        let page = query(&id.to_string()).into_page().unwrap();
        assert_eq!(page.filter().actor_id, Some(UserId::new(id)));
        assert_eq!(page.filter().actor, None);
        let page = query("Ada").into_page().unwrap();
        assert_eq!(page.filter().actor_id, None);
        assert_eq!(page.filter().actor, Some("Ada"));
    }

    #[test]
    fn everything_that_does_not_fit_is_told_at_once() {
        let now = DateTime::UNIX_EPOCH;
        let query = AuditQuery {
            outcome: Some("fine".to_owned()),
            since: Some(now),
            until: Some(now),
            cursor: Some("x".to_owned()),
            limit: Some(0),
            ..query(" ")
        };
        let errors = query.into_page().unwrap_err().problem.errors;
        let fields: Vec<_> = errors.iter().map(|error| &*error.field).collect();
        assert_eq!(fields, ["limit", "actor", "outcome", "until", "cursor"]);
    }
}
