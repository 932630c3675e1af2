//! Reading the audit log.

use chrono::{DateTime, Utc};
use mosaic_domain::{UserId, WorkspaceId};

use super::AuditOutcome;
use crate::{Error, Storage};

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Later entries have higher numbers.
    pub id: i64,
    /// The person.
    pub actor_id: Option<UserId>,
    /// What they were called.
    pub actor: String,
    /// What they did.
    pub action: String,
    /// Kind of what they did it to.
    pub target_type: String,
    /// Its id or name.
    pub target_id: String,
    /// Why.
    pub reason: Option<String>,
    /// How it went.
    pub outcome: String,
    /// From where.
    pub address: Option<String>,
    /// When, or when first.
    pub at: DateTime<Utc>,
    /// How often; more than once only what was refused.
    pub repeated: i64,
    /// When last, where it was more than once.
    pub last_at: Option<DateTime<Utc>>,
}

/// Which entries of the audit log.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditFilter<'a> {
    /// Only this action, or actions that begin like it where it ends in `*`.
    pub action: Option<&'a str>,
    /// Only what this person did.
    pub actor_id: Option<UserId>,
    /// Only what somebody did who was called so then.
    pub actor: Option<&'a str>,
    /// Only what went like this.
    pub outcome: Option<AuditOutcome>,
    /// Only from then on.
    pub since: Option<DateTime<Utc>>,
    /// Only before then.
    pub until: Option<DateTime<Utc>>,
    /// Only before this entry.
    pub before: Option<i64>,
}

impl Storage {
    /// What was done in a workspace, the newest first.
    pub async fn audit_log(
        &self,
        workspace_id: WorkspaceId,
        filter: &AuditFilter<'_>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, Error> {
        let AuditFilter {
            action,
            actor_id,
            actor,
            outcome,
            since,
            until,
            before,
        } = *filter;
        let prefix = action.and_then(|action| action.strip_suffix('*'));
        let exact = action.filter(|_| prefix.is_none());
        let mut tx = self.within(workspace_id).read().await?;
        // What is repeated is so within a minute.
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT a.id AS "id!",
                      a.actor_id,
                      a.actor AS "actor!",
                      a.action AS "action!",
                      a.target_type AS "target_type!",
                      a.target_id AS "target_id!",
                      a.reason,
                      a.outcome AS "outcome!",
                      a.address,
                      a.at AS "at!",
                      COALESCE(r.repeated, 1) AS "repeated!",
                      r.last_at AS "last_at?"
               FROM audit_log a
               LEFT JOIN audit_repeats r ON r.id = a.repeats_id
               WHERE a.workspace_id = $1
                 AND a.id < COALESCE($2, 9223372036854775807)
                 AND ($3::text IS NULL OR a.action = $3)
                 AND ($4::text IS NULL OR starts_with(a.action, $4))
                 AND ($5::uuid IS NULL OR a.actor_id = $5)
                 AND ($6::text IS NULL OR lower(a.actor) = lower($6))
                 AND ($7::text IS NULL OR a.outcome = $7)
                 AND ($8::timestamptz IS NULL
                      OR (a.at >= $8 - interval '1 minute' AND COALESCE(r.last_at, a.at) >= $8))
                 AND ($9::timestamptz IS NULL OR a.at < $9)
               ORDER BY a.id DESC
               LIMIT $10"#,
            workspace_id.uuid(),
            before,
            exact,
            prefix,
            actor_id.map(UserId::uuid),
            actor,
            outcome.map(AuditOutcome::as_str),
            since,
            until,
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }
}

struct Row {
    id: i64,
    actor_id: Option<uuid::Uuid>,
    actor: String,
    action: String,
    target_type: String,
    target_id: String,
    reason: Option<String>,
    outcome: String,
    address: Option<String>,
    at: DateTime<Utc>,
    repeated: i64,
    last_at: Option<DateTime<Utc>>,
}

impl From<Row> for AuditEntry {
    fn from(row: Row) -> Self {
        let Row {
            id,
            actor_id,
            actor,
            action,
            target_type,
            target_id,
            reason,
            outcome,
            address,
            at,
            repeated,
            last_at,
        } = row;
        Self {
            id,
            actor_id: actor_id.map(UserId::new),
            actor,
            action,
            target_type,
            target_id,
            reason,
            outcome,
            address,
            at,
            repeated,
            last_at: last_at.filter(|_| repeated > 1),
        }
    }
}
