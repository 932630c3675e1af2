//! Who did what to what, from where, and how it went. Rows are only ever added; what was said or answered is in none of them.
//!
//! Whoever tries something in vain again and again fills no disk: refusals of one minute that are alike are one row, and the table
//! `audit_repeats` counts them. Alike is what the same person was refused from the same network, with the same target. Targets can
//! be made up, so after a few of them the others of that minute are one row as well, whose target is `*`.

mod log;

use std::net::{IpAddr, Ipv6Addr};

use mosaic_domain::{Scope, UserId, WorkspaceId};
use sqlx::PgConnection;

use crate::{Begin, Error, Storage};

pub use self::log::{AuditEntry, AuditFilter};

/// Targets of refusals of somebody that have a row of their own each, in one minute.
const SEVERAL: i64 = 20;

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

    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Done,
        Self::Requested,
        Self::Unchanged,
        Self::Refused,
        Self::Denied,
        Self::Failed,
    ];

    /// Whether nothing came of it, so that it may be tried as often as one likes.
    const fn is_refusal(self) -> bool {
        matches!(self, Self::Refused | Self::Denied)
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
        self.audit_times(entry, 1).await
    }

    /// Writes down what somebody was refused so many times since it was last written down.
    pub async fn audit_times(&self, entry: &NewAudit<'_>, times: u32) -> Result<(), Error> {
        let mut tx = self.within(entry.by.workspace_id).await?;
        if entry.outcome.is_refusal() {
            insert_refusal(&mut tx, entry, times.max(1)).await?;
        } else {
            insert(&mut tx, entry).await?;
        }
        tx.commit().await
    }
}

/// Writes an entry down as a part of what it tells of.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    entry: &NewAudit<'_>,
) -> Result<(), Error> {
    if entry.outcome.is_refusal() {
        return insert_refusal(connection, entry, 1).await;
    }
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

/// Writes a refusal down, or counts it to the one of this minute that is like it. Two at once are one row: the second waits for
/// the first.
async fn insert_refusal(
    connection: &mut PgConnection,
    entry: &NewAudit<'_>,
    times: u32,
) -> Result<(), Error> {
    let NewAudit {
        by,
        action,
        target: (target_type, target_id),
        reason,
        outcome,
    } = entry;
    sqlx::query!(
        "WITH alike AS (
             INSERT INTO audit_repeats (workspace_id, minute, action, outcome, actor_id, network, about, repeated)
             SELECT $1::uuid,
                    m.minute,
                    $4::text,
                    $8::text,
                    COALESCE($2::uuid, '00000000-0000-0000-0000-000000000000'::uuid),
                    $10::text,
                    CASE WHEN k.known OR k.several < $13::bigint THEN $11::text ELSE '' END,
                    $12::bigint
             FROM (SELECT date_trunc('minute', now(), 'UTC') AS minute) m
             CROSS JOIN LATERAL (
                 SELECT count(*) AS several,
                        COALESCE(bool_or(r.about = $11::text), false) AS known
                 FROM audit_repeats r
                 WHERE r.workspace_id = $1
                   AND r.minute = m.minute
                   AND r.action = $4
                   AND r.outcome = $8
                   AND r.actor_id = COALESCE($2::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
                   AND r.network = $10
             ) k
             ON CONFLICT (workspace_id, minute, action, outcome, actor_id, network, about)
                 DO UPDATE SET repeated = audit_repeats.repeated + excluded.repeated, last_at = now()
             RETURNING id, about, repeated
         )
         INSERT INTO audit_log
             (workspace_id, actor_id, actor, action, target_type, target_id, reason, outcome, address, repeats_id)
         SELECT $1::uuid,
                $2::uuid,
                $3::text,
                $4::text,
                $5::text,
                CASE WHEN about = '' THEN '*' ELSE $6::text END,
                $7::text,
                $8::text,
                $9::text,
                id
         FROM alike
         WHERE repeated = $12::bigint",
        by.workspace_id.uuid(),
        by.user_id.map(UserId::uuid),
        by.name,
        *action,
        *target_type,
        target_id,
        *reason,
        outcome.as_str(),
        by.address.map(|address| address.to_string()),
        by.address.map_or_else(String::new, network),
        about(entry),
        i64::from(times),
        SEVERAL,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What refusals that are alike have in common beside who was refused what: the target and, of strangers, whatever else is known.
fn about(entry: &NewAudit<'_>) -> String {
    const CHARS: usize = 300;
    let NewAudit {
        by, target, reason, ..
    } = entry;
    let (kind, id) = target;
    let about = match by.user_id {
        Some(_) => format!("{kind} {id}"),
        None => format!("{kind} {id} {} {}", by.name, reason.unwrap_or_default()),
    };
    about.chars().take(CHARS).collect()
}

/// What one customer of a network has for themselves: an address of version 4, a /64 of version 6.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let first = Ipv6Addr::from_bits(address.to_bits() & !0 << 64);
            format!("{first}/64")
        }
        v4 @ IpAddr::V4(_) => v4.to_string(),
    }
}
