//! Reading the archive in pages.
//!
//! A page goes by time within one workspace and begins where the one before ended, so that it costs the same at the end
//! of the archive as at its beginning. Bounds in time are always given, and the plan is made for their values: partitions
//! outside of them are not looked at.

use chrono::{DateTime, TimeDelta, Utc};
use mosaic_bus::EventFilter;
use mosaic_domain::{JobId, Scope, WorkspaceId};
use mosaic_proto::envelope::Envelope;
use uuid::Uuid;

use crate::memory::plan_anew;
use crate::{Error, Storage};

/// Where a list of events goes on: behind this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventLogPage {
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Its id.
    pub id: JobId,
}

/// In which order events are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EventLogOrder {
    /// The newest first.
    #[default]
    NewestFirst,
    /// As they happened.
    OldestFirst,
}

/// Which events to list.
#[derive(Debug, Clone, Default)]
pub struct EventLogList {
    /// Of which type and about what.
    pub filter: EventFilter,
    /// From this time on.
    pub since: Option<DateTime<Utc>>,
    /// Before this time.
    pub until: Option<DateTime<Utc>>,
    /// In which order.
    pub order: EventLogOrder,
    /// Behind this one.
    pub after: Option<EventLogPage>,
    /// How many at the most.
    pub limit: u32,
}

/// A pattern as SQL compares it: a whole text, or the beginning of one.
#[derive(Debug, Clone, Copy, Default)]
struct Pattern<'a> {
    whole: Option<&'a str>,
    beginning: Option<&'a str>,
}

impl<'a> Pattern<'a> {
    fn of(text: Option<&'a str>) -> Self {
        let beginning = text.and_then(|text| text.strip_suffix('*'));
        let whole = text.filter(|_| beginning.is_none());
        Self { whole, beginning }
    }
}

/// The events between which a list lies, both left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    /// Behind this event.
    above: (DateTime<Utc>, Uuid),
    /// Before this one.
    below: (DateTime<Utc>, Uuid),
}

impl Bounds {
    /// Later than any event.
    const END: DateTime<Utc> = DateTime::from_timestamp_nanos(i64::MAX);

    fn of(list: &EventLogList) -> Self {
        let clamp = |time: DateTime<Utc>| time.clamp(DateTime::UNIX_EPOCH, Self::END);
        let since = clamp(list.since.unwrap_or(DateTime::UNIX_EPOCH));
        let until = clamp(list.until.unwrap_or(Self::END));
        // Postgres counts in microseconds, so this is the last event that could be before the bound.
        let mut above = (since - TimeDelta::microseconds(1), Uuid::max());
        let mut below = (until, Uuid::nil());
        if let Some(EventLogPage { time, id }) = list.after {
            let seen = (clamp(time), id.uuid());
            match list.order {
                EventLogOrder::NewestFirst => below = below.min(seen),
                EventLogOrder::OldestFirst => above = above.max(seen),
            }
        }
        Self { above, below }
    }
}

impl Storage {
    /// Archived events of the scope's workspace. Whose they are is not asked: for owners and admins.
    pub async fn event_log(
        &self,
        scope: Scope,
        list: &EventLogList,
    ) -> Result<Vec<Envelope>, Error> {
        let bounds = Bounds::of(list);
        let mut tx = self.within(scope.workspace_id).read().await?;
        plan_anew(&mut tx).await?;
        let rows = match list.order {
            EventLogOrder::NewestFirst => newest_first(&mut tx, scope, list, bounds).await?,
            EventLogOrder::OldestFirst => oldest_first(&mut tx, scope, list, bounds).await?,
        };
        Ok(rows.into_iter().map(Envelope::from).collect())
    }
}

async fn newest_first(
    tx: &mut sqlx::PgConnection,
    scope: Scope,
    list: &EventLogList,
    bounds: Bounds,
) -> Result<Vec<Row>, Error> {
    let kind = Pattern::of(list.filter.type_name.as_deref());
    let subject = Pattern::of(list.filter.subject.as_deref());
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, time, workspace_id, type AS type_name, source, subject, actor, traceparent,
                  data::text AS "data!"
           FROM event_log
           WHERE workspace_id = $1
             AND time >= $2
             AND time <= $3
             AND (time, id) > ($2, $4)
             AND (time, id) < ($3, $5)
             AND ($6::text IS NULL OR type = $6)
             AND ($7::text IS NULL OR starts_with(type, $7))
             AND ($8::text IS NULL OR subject = $8)
             AND ($9::text IS NULL OR starts_with(subject, $9))
           ORDER BY time DESC, id DESC
           LIMIT $10"#,
        scope.workspace_id.uuid(),
        bounds.above.0,
        bounds.below.0,
        bounds.above.1,
        bounds.below.1,
        kind.whole,
        kind.beginning,
        subject.whole,
        subject.beginning,
        i64::from(list.limit),
    )
    .fetch_all(tx)
    .await?;
    Ok(rows)
}

async fn oldest_first(
    tx: &mut sqlx::PgConnection,
    scope: Scope,
    list: &EventLogList,
    bounds: Bounds,
) -> Result<Vec<Row>, Error> {
    let kind = Pattern::of(list.filter.type_name.as_deref());
    let subject = Pattern::of(list.filter.subject.as_deref());
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, time, workspace_id, type AS type_name, source, subject, actor, traceparent,
                  data::text AS "data!"
           FROM event_log
           WHERE workspace_id = $1
             AND time >= $2
             AND time <= $3
             AND (time, id) > ($2, $4)
             AND (time, id) < ($3, $5)
             AND ($6::text IS NULL OR type = $6)
             AND ($7::text IS NULL OR starts_with(type, $7))
             AND ($8::text IS NULL OR subject = $8)
             AND ($9::text IS NULL OR starts_with(subject, $9))
           ORDER BY time, id
           LIMIT $10"#,
        scope.workspace_id.uuid(),
        bounds.above.0,
        bounds.below.0,
        bounds.above.1,
        bounds.below.1,
        kind.whole,
        kind.beginning,
        subject.whole,
        subject.beginning,
        i64::from(list.limit),
    )
    .fetch_all(tx)
    .await?;
    Ok(rows)
}

struct Row {
    id: Uuid,
    time: DateTime<Utc>,
    workspace_id: Uuid,
    type_name: String,
    source: String,
    subject: String,
    actor: String,
    traceparent: Option<String>,
    data: String,
}

impl From<Row> for Envelope {
    fn from(row: Row) -> Self {
        Self {
            id: JobId::new(row.id),
            type_name: row.type_name,
            source: row.source,
            subject: row.subject,
            time: row.time,
            workspace_id: WorkspaceId::new(row.workspace_id),
            actor: row.actor,
            traceparent: row.traceparent,
            data: row.data,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    #[test]
    fn a_list_goes_on_behind_what_was_seen_and_stays_within_its_times() {
        let mut list = EventLogList {
            since: Some(at(10)),
            until: Some(at(20)),
            ..EventLogList::default()
        };
        let whole = Bounds {
            above: (at(9), Uuid::max()),
            below: (at(20), Uuid::nil()),
        };
        assert_eq!(Bounds::of(&list), whole);
        let id = Uuid::from_u128(7);
        let seen = |micros| EventLogPage {
            time: at(micros),
            id: JobId::new(id),
        };
        list.after = Some(seen(15));
        let below = (at(15), id);
        assert_eq!(Bounds::of(&list), Bounds { below, ..whole });
        list.order = EventLogOrder::OldestFirst;
        let above = (at(15), id);
        assert_eq!(Bounds::of(&list), Bounds { above, ..whole });
        list.after = Some(seen(5));
        assert_eq!(Bounds::of(&list), whole);
    }

    #[test]
    fn a_pattern_is_a_whole_text_or_the_beginning_of_one() {
        let whole = Pattern::of(Some("run.completed"));
        assert_eq!(
            (whole.whole, whole.beginning),
            (Some("run.completed"), None)
        );
        let beginning = Pattern::of(Some("run.*"));
        assert_eq!((beginning.whole, beginning.beginning), (None, Some("run.")));
        let all = Pattern::of(None);
        assert_eq!((all.whole, all.beginning), (None, None));
    }
}
