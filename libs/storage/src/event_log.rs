//! The archive of events: what was published on the event streams, for as long as it is kept.
//!
//! The table has one partition a day, so that forgetting is dropping a table, and a page is read from the days it lies
//! in however long the archive is. An event is there once: archiving it again changes nothing. One whose day has no
//! partition yet gets it made, so that none is refused for that.

mod page;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use mosaic_proto::envelope::Envelope;
use uuid::Uuid;

pub use page::{EventLogList, EventLogOrder, EventLogPage};

use crate::{Error, Purpose, Storage};

impl Storage {
    /// Archives events with one statement and says how many were not there yet.
    pub async fn archive_events(&self, events: &[&Envelope]) -> Result<u64, Error> {
        let columns = Columns::of(events);
        match self.insert_events(&columns).await {
            Err(error) if error.lacks_partition() => {
                let days: BTreeSet<_> = columns.time.iter().map(DateTime::date_naive).collect();
                self.make_event_days(&Vec::from_iter(days)).await?;
                self.insert_events(&columns).await
            }
            answer => answer,
        }
    }

    /// Makes the partitions of these days (UTC) and says how many were missing.
    pub async fn make_event_days(&self, days: &[NaiveDate]) -> Result<i64, Error> {
        let mut tx = self.system(Purpose::Archive).await?;
        let made = sqlx::query_scalar!(
            r#"SELECT count(*) FILTER (WHERE event_log_make_day(day)) AS "made!"
               FROM UNNEST($1::date[]) AS day"#,
            days,
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Forgets all events of the days (UTC) before one and says how many days they were.
    pub async fn drop_event_days(&self, before: NaiveDate) -> Result<i32, Error> {
        let mut tx = self.system(Purpose::Archive).await?;
        let dropped =
            sqlx::query_scalar!(r#"SELECT event_log_drop_days($1) AS "dropped!""#, before)
                .fetch_one(&mut *tx)
                .await?;
        tx.commit().await?;
        Ok(dropped)
    }

    async fn insert_events(&self, columns: &Columns) -> Result<u64, Error> {
        let mut tx = self.system(Purpose::Archive).await?;
        let done = sqlx::query!(
            "INSERT INTO event_log (id, time, workspace_id, type, source, subject, actor, traceparent, data)
             SELECT id, time, workspace_id, type, source, subject, actor, traceparent, data::json
             FROM UNNEST($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[],
                         $6::text[], $7::text[], $8::text[], $9::text[])
                  AS event (id, time, workspace_id, type, source, subject, actor, traceparent, data)
             ON CONFLICT DO NOTHING",
            &columns.id,
            &columns.time,
            &columns.workspace,
            &columns.type_name,
            &columns.source,
            &columns.subject,
            &columns.actor,
            &columns.traceparent as _,
            &columns.data,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    time: Vec<DateTime<Utc>>,
    workspace: Vec<Uuid>,
    type_name: Vec<String>,
    source: Vec<String>,
    subject: Vec<String>,
    actor: Vec<String>,
    traceparent: Vec<Option<String>>,
    data: Vec<String>,
}

impl Columns {
    fn of(events: &[&Envelope]) -> Self {
        let mut sorted = events.to_vec();
        // Two replicas that have some of the same events meet them in the same order, so neither waits for the other.
        sorted.sort_by_key(|event| (event.time, event.id));
        let mut columns = Self::default();
        for event in sorted {
            columns.id.push(event.id.uuid());
            columns.time.push(event.time);
            columns.workspace.push(event.workspace_id.uuid());
            columns.type_name.push(event.type_name.clone());
            columns.source.push(event.source.clone());
            columns.subject.push(event.subject.clone());
            columns.actor.push(event.actor.clone());
            columns.traceparent.push(event.traceparent.clone());
            columns.data.push(event.data.clone());
        }
        columns
    }
}
