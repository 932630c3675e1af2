//! A record in memory.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use mosaic_bus::{AsideJob, BoxError, Held, Outbox, Pause, Queue, QueueRecord, RecordCursor};
use mosaic_domain::JobId;
use mosaic_proto::job::{Job, OutboxEntry};
use tokio::time::Instant;
use uuid::Uuid;

/// An outbox table in memory, with the rules of the real one.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) rows: Mutex<Vec<Row>>,
    pub(crate) lives: Mutex<Vec<String>>,
    pub(crate) broken: Mutex<bool>,
    pub(crate) marks: AtomicUsize,
    /// What a transaction of somebody else holds: it is neither leased nor marked.
    pub(crate) held: Mutex<HashSet<JobId>>,
    pub(crate) pauses: Mutex<Vec<Pause>>,
    /// A pause that another operator begins just after one has ended on record.
    pub(crate) paused_again: Mutex<Option<(Queue, Pause)>>,
    /// A dead letter that another operator, who has it in hand, throws away while the next one waits for it.
    pub(crate) discarded_meanwhile: Mutex<Option<(Queue, String)>>,
    /// What another process pushes just before the undone jobs are read.
    pub(crate) pushed_meanwhile: Mutex<Option<(Queue, Vec<Job>)>>,
}

pub(crate) struct Row {
    pub(crate) entry: OutboxEntry,
    pub(crate) committed: Instant,
    pub(crate) leased_until: Instant,
    pub(crate) life: i64,
    /// Why an operator set it aside, if one did.
    pub(crate) set_aside: Option<String>,
}

impl Row {
    /// As a relay gets it.
    fn due(&self) -> OutboxEntry {
        match (&self.entry, &self.set_aside) {
            (OutboxEntry::Job(job), Some(reason)) => {
                OutboxEntry::SetAside(job.clone(), reason.clone())
            }
            (entry, _) => entry.clone(),
        }
    }
}

impl Table {
    pub(crate) fn commit(&self, entries: &[OutboxEntry]) {
        self.rows
            .lock()
            .unwrap()
            .extend(entries.iter().map(|entry| Row {
                entry: entry.clone(),
                committed: Instant::now(),
                leased_until: Instant::now(),
                life: 0,
                set_aside: None,
            }));
    }

    pub(crate) fn all_published(&self) -> bool {
        let life = self.lives.lock().unwrap().len();
        let rows = self.rows.lock().unwrap();
        life > 0 && rows.iter().all(|row| row.life == number(life))
    }

    fn check(&self) -> Result<(), BoxError> {
        if *self.broken.lock().unwrap() {
            return Err("Postgres is away".into());
        }
        Ok(())
    }
}

pub(crate) fn number(life: usize) -> i64 {
    i64::try_from(life).unwrap()
}

#[async_trait]
impl Outbox for Table {
    async fn enter(&self, name: &str) -> Result<i64, BoxError> {
        self.check()?;
        let mut lives = self.lives.lock().unwrap();
        let at = lives.iter().position(|life| life == name);
        if at.is_none() {
            lives.push(name.to_owned());
        }
        Ok(number(at.map_or(lives.len(), |at| at + 1)))
    }

    async fn lease(
        &self,
        life: i64,
        older_than: Duration,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, BoxError> {
        self.check()?;
        let mut rows = self.rows.lock().unwrap();
        let now = Instant::now();
        let held = self.held.lock().unwrap();
        let due = rows.iter_mut().filter(|row| {
            !held.contains(&row.entry.id())
                && row.life < life
                && now >= row.committed + older_than
                && now >= row.leased_until
        });
        Ok(due
            .take(limit)
            .map(|row| {
                row.leased_until = now + lease;
                row.due()
            })
            .collect())
    }

    async fn mark_published(&self, life: i64, ids: &[JobId]) -> Result<Vec<JobId>, BoxError> {
        self.check()?;
        self.marks.fetch_add(1, Ordering::Relaxed);
        let held = self.held.lock().unwrap();
        let (held, ids): (Vec<JobId>, Vec<JobId>) = ids.iter().partition(|id| held.contains(id));
        let ids: HashSet<_> = ids.into_iter().collect();
        for row in self.rows.lock().unwrap().iter_mut() {
            if ids.contains(&row.entry.id()) {
                row.life = row.life.max(life);
                row.leased_until = Instant::now();
            }
        }
        Ok(held)
    }

    async fn forget(&self, ids: &[JobId]) -> Result<(), BoxError> {
        self.check()?;
        let mut rows = self.rows.lock().unwrap();
        rows.retain(|row| !ids.contains(&row.entry.id()));
        Ok(())
    }

    async fn pauses(&self) -> Result<Vec<Pause>, BoxError> {
        self.check()?;
        Ok(self.pauses.lock().unwrap().clone())
    }
}

impl Table {
    /// A job's effect is durable.
    pub(crate) fn finish(&self, id: JobId) {
        self.rows.lock().unwrap().retain(|row| row.entry.id() != id);
    }

    pub(crate) fn has(&self, id: JobId) -> bool {
        let rows = self.rows.lock().unwrap();
        rows.iter().any(|row| row.entry.id() == id)
    }
}

#[async_trait]
impl QueueRecord for Table {
    async fn pause(&self, pause: &Pause) -> Result<(), BoxError> {
        let mut pauses = self.pauses.lock().unwrap();
        pauses.retain(|known| known.queue != pause.queue);
        pauses.push(pause.clone());
        Ok(())
    }

    async fn resume(&self, queue: &str) -> Result<Option<Uuid>, BoxError> {
        let ended = {
            let mut pauses = self.pauses.lock().unwrap();
            let at = pauses.iter().position(|known| known.queue == queue);
            at.map(|at| pauses.remove(at).id)
        };
        let next = self.paused_again.lock().unwrap().take();
        if let Some((queue, pause)) = next {
            QueueRecord::pause(self, &pause).await?;
            queue.pause(&pause).await?;
        }
        Ok(ended)
    }

    async fn queues(&self) -> Result<Vec<String>, BoxError> {
        Ok(vec!["work".to_owned()])
    }

    async fn reopen(&self, _: &str, lease: Duration) -> Result<u64, BoxError> {
        let mut rows = self.rows.lock().unwrap();
        let wanted = rows.iter_mut().filter(|row| row.set_aside.is_none());
        let mut reopened = 0;
        for row in wanted {
            row.life = 0;
            row.leased_until = Instant::now() + lease;
            reopened += 1;
        }
        Ok(reopened)
    }

    async fn undone(
        &self,
        _: &str,
        after: Option<RecordCursor>,
        limit: usize,
    ) -> Result<(Vec<Job>, Option<RecordCursor>), BoxError> {
        let meanwhile = self.pushed_meanwhile.lock().unwrap().take();
        if let Some((queue, jobs)) = meanwhile {
            queue.push(&jobs).await?;
        }
        let rows = self.rows.lock().unwrap();
        let rest = rows
            .iter()
            .filter(|row| row.set_aside.is_none())
            .skip_while(|row| after.is_some_and(|after| row.entry.id() != after.id))
            .skip(usize::from(after.is_some()));
        let jobs: Vec<Job> = rest
            .take(limit)
            .filter_map(|row| match &row.entry {
                OutboxEntry::Job(job) => Some(job.clone()),
                OutboxEntry::SetAside(..) | OutboxEntry::Event(_) => None,
            })
            .collect();
        let next = jobs.last().filter(|_| jobs.len() == limit);
        let next = next.map(|job| RecordCursor {
            queued_at: job.created_at,
            id: job.id,
        });
        Ok((jobs, next))
    }

    async fn aside(
        &self,
        _: &str,
        after: Option<RecordCursor>,
        limit: usize,
    ) -> Result<(Vec<AsideJob>, Option<RecordCursor>), BoxError> {
        let rows = self.rows.lock().unwrap();
        let rest = rows
            .iter()
            .filter_map(|row| match row.due() {
                OutboxEntry::SetAside(job, reason) => Some(AsideJob { job, reason }),
                OutboxEntry::Job(_) | OutboxEntry::Event(_) => None,
            })
            .skip_while(|one| after.is_some_and(|after| one.job.id != after.id))
            .skip(usize::from(after.is_some()));
        let jobs: Vec<AsideJob> = rest.take(limit).collect();
        let next = jobs.last().filter(|_| jobs.len() == limit);
        let next = next.map(|one| RecordCursor {
            queued_at: one.job.created_at,
            id: one.job.id,
        });
        Ok((jobs, next))
    }

    async fn discard(&self, job: &Job) -> Result<(), BoxError> {
        self.forget(&[job.id]).await
    }

    async fn set_aside(
        &self,
        _: &str,
        life: i64,
        ids: &[JobId],
        reason: &str,
    ) -> Result<(), BoxError> {
        self.check()?;
        let mut rows = self.rows.lock().unwrap();
        let noted = |row: &&mut Row| row.set_aside.is_none() && ids.contains(&row.entry.id());
        for row in rows.iter_mut().filter(noted) {
            row.life = life;
            row.set_aside = Some(reason.to_owned());
        }
        Ok(())
    }

    async fn reinstate(&self, life: i64, job: &Job) -> Result<(), BoxError> {
        let mut rows = self.rows.lock().unwrap();
        rows.retain(|row| row.entry.id() != job.id);
        rows.push(Row {
            entry: OutboxEntry::Job(job.clone()),
            committed: Instant::now(),
            leased_until: Instant::now(),
            life,
            set_aside: None,
        });
        Ok(())
    }

    async fn hold(&self, id: JobId) -> Result<Held, BoxError> {
        self.check()?;
        let meanwhile = self.discarded_meanwhile.lock().unwrap().take();
        if let Some((queue, entry_id)) = meanwhile {
            self.finish(id);
            queue.discard_dead(&entry_id).await?;
        }
        Ok(Box::new(()))
    }
}
