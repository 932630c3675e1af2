//! Putting jobs on a queue.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::JobId;
use mosaic_proto::job::Job;

use super::{Queue, entry};
use crate::clock::millis;
use crate::error::Result;
use crate::metrics::Label;
use crate::script;

/// How long an idempotency key keeps other jobs out.
pub(super) const ONCE: Duration = Duration::from_hours(24);
/// Jobs pushed by one call of the script; it holds up everybody else.
const SCRIPTED: usize = 200;

/// What became of jobs that were pushed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Those that were absorbed, because another job had their idempotency key: they will never be done.
    pub absorbed: Vec<JobId>,
}

impl Queue {
    /// Puts jobs on this queue, whatever queue they name, in one round trip unless they have keys or times.
    pub async fn push(&self, jobs: &[Job]) -> Result<Pushed> {
        if jobs.is_empty() {
            return Ok(Pushed::default());
        }
        let mut pipeline = redis::pipe();
        self.register(&mut pipeline);
        let (special, plain): (Vec<&Job>, Vec<&Job>) =
            jobs.iter().partition(|job| entry::is_special(job));
        for job in plain {
            self.add(&mut pipeline, job);
        }
        self.bus.pipeline::<()>("push jobs", &pipeline).await?;
        let pushed = self.push_special(&special).await?;
        let count = jobs.len() - pushed.absorbed.len();
        self.bus.metrics().published(&self.name, count);
        Ok(pushed)
    }

    /// Puts a job on this queue that may be taken from `at` on. The same job pushed again replaces it.
    pub async fn push_delayed(&self, job: &Job, at: DateTime<Utc>) -> Result<Pushed> {
        let mut register = redis::pipe();
        self.register(&mut register);
        self.bus
            .pipeline::<()>("register the queue", &register)
            .await?;
        let pushed = self.push_at(&[(job, Some(at))]).await?;
        self.bus
            .metrics()
            .published(&self.name, 1 - pushed.absorbed.len());
        Ok(pushed)
    }

    /// Pushes jobs that have an ordering key, an idempotency key or a time, in their order.
    pub(crate) async fn push_special(&self, jobs: &[&Job]) -> Result<Pushed> {
        let jobs: Vec<_> = jobs
            .iter()
            .map(|job| (*job, entry::not_before(job)))
            .collect();
        self.push_at(&jobs).await
    }

    async fn push_at(&self, jobs: &[(&Job, Option<DateTime<Utc>>)]) -> Result<Pushed> {
        let mut pushed = Pushed::default();
        for jobs in jobs.chunks(SCRIPTED) {
            let mut call = self.call(&script::PUSH);
            call.arg(jobs.len()).arg(millis(ONCE));
            let mut markers = 0_usize;
            for (job, at) in jobs {
                let mut marker = 0;
                if let Some(key) = entry::idempotency_key(job) {
                    call.key(self.bus.keys().once(&self.name, key));
                    markers += 1;
                    marker = markers;
                }
                let due = at.map_or(0, |at| at.timestamp_millis().max(0));
                let fields = entry::flat(job);
                call.arg(entry::lane(job).name())
                    .arg(due)
                    .arg(marker)
                    .arg(fields.len())
                    .arg(fields);
            }
            let answers: Vec<String> = self.bus.script("push jobs", &call).await?;
            let absorbed = jobs.iter().zip(answers);
            let absorbed = absorbed.filter(|(_, answer)| answer == "absorbed");
            pushed.absorbed.extend(absorbed.map(|((job, _), _)| job.id));
        }
        let label = Label::new(&self.name);
        self.bus.metrics().absorbed(&label, pushed.absorbed.len());
        Ok(pushed)
    }
}
