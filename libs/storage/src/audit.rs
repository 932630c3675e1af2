//! Who did what to what, from where, and how it went. Rows are only ever added; what was said or answered is in none of them.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use mosaic_domain::{Scope, UserId, WorkspaceId};
use sqlx::PgConnection;

use crate::{Begin, Error, Storage};

/// Who acts, and from where.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Where they act.
    pub workspace_id: WorkspaceId,
    /// The person; none when the installation itself acts.
    pub user_id: Option<UserId>,
    /// What they are called, as it was when they acted.
    pub name: String,
    /// The other end of their connection.
    pub address: Option<IpAddr>,
}

/// How something went that is to be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It is done.
    Done,
    /// Whoever does it was asked to.
    Requested,
    /// It was so already.
    Unchanged,
    /// It contradicts what is stored.
    Refused,
    /// They may not.
    Denied,
    /// It went wrong, and how far it came is not known.
    Failed,
}

impl AuditOutcome {
    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Requested => "requested",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// Something that somebody did, or tried to.
#[derive(Debug, Clone)]
pub struct NewAudit<'a> {
    /// Who.
    pub by: &'a Actor,
    /// What, e.g. `run.kill`.
    pub action: &'a str,
    /// To what: its kind and its id or name.
    pub target: (&'a str, String),
    /// Why, as they said.
    pub reason: Option<&'a str>,
    /// How it went.
    pub outcome: AuditOutcome,
}

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
    /// When.
    pub at: DateTime<Utc>,
}

impl Storage {
    /// A transaction on behalf of whoever acts.
    pub(crate) fn acting(&self, by: &Actor) -> Begin<'_> {
        match by.user_id {
            Some(user_id) => self.scoped(&Scope {
                workspace_id: by.workspace_id,
                user_id,
            }),
            None => self.within(by.workspace_id),
        }
    }

    /// Writes down what somebody did.
    pub async fn audit(&self, entry: &NewAudit<'_>) -> Result<(), Error> {
        let mut tx = self.within(entry.by.workspace_id).await?;
        insert(&mut tx, entry).await?;
        tx.commit().await
    }

    /// What was done in a workspace, the newest first, before the entry `before`; only this action, or actions that begin
    /// like it where it ends in `*`.
    pub async fn audit_log(
        &self,
        workspace_id: WorkspaceId,
        action: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, Error> {
        let prefix = action.and_then(|action| action.strip_suffix('*'));
        let exact = action.filter(|_| prefix.is_none());
        let mut tx = self.within(workspace_id).read().await?;
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, actor_id, actor, action, target_type, target_id, reason, outcome, address, at
             FROM audit_log
             WHERE workspace_id = $1
               AND id < COALESCE($2, 9223372036854775807)
               AND ($3::text IS NULL OR action = $3)
               AND ($4::text IS NULL OR starts_with(action, $4))
             ORDER BY id DESC
             LIMIT $5",
            workspace_id.uuid(),
            before,
            exact,
            prefix,
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }
}

/// Writes an entry down as a part of what it tells of.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    entry: &NewAudit<'_>,
) -> Result<(), Error> {
    let NewAudit {
        by,
        action,
        target: (target_type, target_id),
        reason,
        outcome,
    } = entry;
    sqlx::query!(
        "INSERT INTO audit_log (workspace_id, actor_id, actor, action, target_type, target_id, reason, outcome, address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        by.workspace_id.uuid(),
        by.user_id.map(UserId::uuid),
        by.name,
        action,
        target_type,
        target_id,
        *reason,
        outcome.as_str(),
        by.address.map(|address| address.to_string()),
    )
    .execute(connection)
    .await?;
    Ok(())
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
        }
    }
}
