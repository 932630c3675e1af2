//! Schedules: what is to happen again and again, and when it happens next.
//!
//! A firing is one transaction: it locks the row of a schedule that is due, moves `next_at` to the first time that is yet to
//! come, and puts the job into the outbox. So whatever was missed is made up for by one job, and no due time leads to two.
//! The transaction runs on the very connection that holds the lead ([`Leader`]): whoever lost the lead cannot fire.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use mosaic_domain::{JobId, WorkspaceId};
use mosaic_proto::job::{DEFAULT_PRIORITY, Job, OutboxEntry, job_data};
use mosaic_proto::schedule::v1::ScheduleJob;
use sqlx::{Connection as _, PgConnection};
use uuid::{Uuid, uuid};

use crate::{Error, Leader, Purpose, Storage, outbox};

/// Ids of jobs are drawn from it: the same schedule and the same due time are the same job.
const NAMESPACE: Uuid = uuid!("9d0c39ea-6f0c-4a6e-8f0d-53b1b6a5f0c1");

/// The times at which something is due: the first one after a time, if any comes.
pub type Times = Arc<dyn Fn(DateTime<Utc>) -> Option<DateTime<Utc>> + Send + Sync>;

/// A schedule as it is configured.
#[derive(Clone)]
pub struct ScheduleEntry {
    /// Its name, the same at all times and in all replicas.
    pub name: String,
    /// The expression that the times are made from. With another expression they are counted anew.
    pub expression: String,
    /// The zone in which it is meant.
    pub zone: String,
    /// The queue of its jobs.
    pub queue: String,
    /// Its times.
    pub times: Times,
}

impl fmt::Debug for ScheduleEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScheduleEntry")
            .field("name", &self.name)
            .field("expression", &self.expression)
            .field("zone", &self.zone)
            .finish_non_exhaustive()
    }
}

impl ScheduleEntry {
    /// The first time to come that never was due before, also on a clock that was set back.
    fn next(&self, now: DateTime<Utc>, last_due: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        (self.times)(last_due.map_or(now, |last| last.max(now)))
    }
}

/// A schedule was due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// Which one.
    pub name: String,
    /// The time that was due.
    pub due_at: DateTime<Utc>,
    /// When it is due again.
    pub next_at: Option<DateTime<Utc>>,
    /// To be published now; the relay does it if the caller cannot.
    pub outbox: OutboxEntry,
}

impl Leader {
    /// Makes the record say what is configured: these are the schedules of the service, and no others. A schedule that was
    /// there keeps its next time, so that what was missed is made up for; a new or changed one begins with the next time
    /// to come, and one that is not configured any more is due no more.
    pub async fn register_schedules(
        &mut self,
        service: &str,
        schedules: &[ScheduleEntry],
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut tx = self.connection.begin().await?;
        for schedule in schedules {
            register(&mut tx, service, schedule, now).await?;
        }
        let names: Vec<String> = schedules.iter().map(|one| one.name.clone()).collect();
        sqlx::query!(
            "UPDATE schedules
             SET next_at = NULL
             WHERE service = $1 AND next_at IS NOT NULL AND name <> ALL ($2)",
            service,
            &names,
        )
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Fires one of the schedules that are due now; none is left when it returns none.
    pub async fn fire_schedule(
        &mut self,
        schedules: &[ScheduleEntry],
        now: DateTime<Utc>,
    ) -> Result<Option<Firing>, Error> {
        let names: Vec<String> = schedules.iter().map(|one| one.name.clone()).collect();
        let mut tx = self.connection.begin().await?;
        let due = sqlx::query!(
            r#"SELECT name, next_at AS "due_at!"
               FROM schedules
               WHERE next_at <= $1 AND name = ANY ($2)
               ORDER BY next_at, name
               LIMIT 1
               FOR UPDATE"#,
            now,
            &names,
        )
        .fetch_optional(&mut *tx)
        .await?;
        let due = due.and_then(|due| {
            let schedule = schedules.iter().find(|one| one.name == due.name)?;
            Some((schedule, due.due_at))
        });
        let Some((schedule, due_at)) = due else {
            return Ok(None);
        };
        let firing = fire(&mut tx, schedule, due_at, now).await?;
        tx.commit().await?;
        Ok(Some(firing))
    }
}

impl Storage {
    /// Ends the job of a schedule whose effect is durable.
    pub async fn end_schedule_job(&self, job: &Job) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Schedules).await?;
        outbox::forget_delivered(&mut tx, job).await?;
        tx.commit().await
    }
}

async fn register(
    tx: &mut PgConnection,
    service: &str,
    schedule: &ScheduleEntry,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let known = sqlx::query!(
        "SELECT expression, zone, next_at, last_due
         FROM schedules
         WHERE name = $1
         FOR UPDATE",
        schedule.name,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let next_at = match known {
        Some(row)
            if row.expression == schedule.expression
                && row.zone == schedule.zone
                && row.next_at.is_some() =>
        {
            row.next_at
        }
        Some(row) => schedule.next(now, row.last_due),
        None => schedule.next(now, None),
    };
    sqlx::query!(
        "INSERT INTO schedules (name, service, expression, zone, next_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO UPDATE
         SET service = EXCLUDED.service,
             expression = EXCLUDED.expression,
             zone = EXCLUDED.zone,
             next_at = EXCLUDED.next_at",
        schedule.name,
        service,
        schedule.expression,
        schedule.zone,
        next_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn fire(
    tx: &mut PgConnection,
    schedule: &ScheduleEntry,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Firing, Error> {
    let due_text = due_at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let id = Uuid::new_v5(
        &NAMESPACE,
        format!("{}:{due_text}", schedule.name).as_bytes(),
    );
    let next_at = schedule.next(now, Some(due_at));
    let payload = ScheduleJob {
        name: schedule.name.clone(),
        due_at: due_text,
    };
    let entry = OutboxEntry::Job(Job {
        id: JobId::new(id),
        queue: schedule.queue.clone(),
        // It is nobody's work in particular.
        workspace_id: WorkspaceId::new(Uuid::nil()),
        priority: DEFAULT_PRIORITY,
        created_at: now,
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data: job_data(&payload).map_err(Error::Encode)?,
    });
    sqlx::query!(
        "UPDATE schedules
         SET last_due = next_at, last_fired = $2, last_job = $3, next_at = $4
         WHERE name = $1",
        schedule.name,
        now,
        id,
        next_at,
    )
    .execute(&mut *tx)
    .await?;
    outbox::insert(tx, std::slice::from_ref(&entry)).await?;
    Ok(Firing {
        name: schedule.name.clone(),
        due_at,
        next_at,
        outbox: entry,
    })
}
