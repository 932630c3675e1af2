//! Task queues: each job is worked on by one consumer at a time until one of them says that it is done.
//!
//! **Keys.** Three streams per queue, `<prefix>:{q:<queue>}:<high|normal|low>`, one for each range of priorities, with
//! an entry per job that waits or is being worked on; a sorted set `…:delayed` with the ids of jobs to come by due
//! time, and a hash `…:delayed:jobs` with the jobs themselves; a stream `…:dead` with those given up on; `…:ordered`,
//! `…:ordered:jobs`, `…:ordered:heads`, `…:ordered:seq` and `…:filling` for jobs with an ordering key; a string
//! `…:once:<key>` for each idempotency key; a hash `…:paused` while the queue is paused. One hash tag holds them together, so that scripts
//! can move jobs between them. A queue has one consumer group.
//!
//! **Who moves entries.** Pushing adds to a lane. Taking ([`Consumer`]) leaves the entry where it is and notes the
//! holder in the group's list. Acknowledging removes it from both, in one transaction. Retrying moves it to the
//! delayed jobs with its attempt counted up, failing moves it to the dead letters, and due jobs move back to their
//! lane: one script each. Consumers do the moving of due jobs; the script takes what is due by Valkey's clock, so any
//! number of them may call it.
//!
//! **Ordering keys.** Of all jobs with the same key one is *in front*: `ordered:heads` names it. It alone is let into a
//! lane; the others wait in `ordered`, by their time of creation and, at the same time, in the order of arrival. A job
//! stays in front through retries, takeovers and releases. The script that settles it (acknowledged, dead, drained)
//! lets the next one in, so there is no moment at which a key has waiting jobs and none in front. A job that is pushed
//! again while it is in front or waits is absorbed, so the relay's repetitions cannot put a job beside itself. Delayed
//! jobs take their place when they are due. What comes to Valkey late takes its place among those that wait, but
//! overtakes nobody who was let in. While an operator fills a queue from the record (`…:filling`) nobody is let in before all
//! are there, so a job that is pushed meanwhile does not overtake what is still on its way. Consumers end a filling whose time
//! has run out. A Valkey that came back empty is filled by all relays at once, each with what it holds: there a job of the first
//! seconds may overtake older ones of its key.
//!
//! **Idempotency keys.** The first job with a key sets the marker `once:<key>` to its id, for a day. Any other job with the
//! key is absorbed as long as the marker stands; the same job passes, because the relay may publish it again, and has the key
//! for a day from then. What is absorbed makes it last no longer, so a job that is never done, because what it was about is gone,
//! keeps others out for a day after it was last pushed and not for ever; discarding its dead letter frees the key at once. In
//! the record a key is unique among undone jobs, whatever Valkey has forgotten.
//!
//! **Pause.** A paused queue takes jobs in and hands none out. Pausing tells the consumer group of each lane that it has
//! read up to the end of all ids, and notes where it was: from then on Valkey itself answers every read of every
//! consumer, blocked or not, with nothing, and taking costs no look at a flag. Claiming from silent consumers asks for the
//! hash. Groups that are made during the pause begin behind it. Jobs in work may be finished, retried or given back.
//! Resuming puts the groups back where they were and wakes who waits. The pause of record is in Postgres; the relay says
//! it again to a Valkey that forgot it (`operator.rs`).
//!
//! **Two consumers, and crashes.** See the head of `group.rs`, which event consumers share. What is particular to
//! queues: a producer that crashes before or during a push leaves the outbox entry unmarked, and the relay pushes
//! again; a job may thus be in the queue twice, and consumers are idempotent on its id. A delayed job has its id as
//! name, so pushing it again replaces it. Draining and re-driving are scripts over some hundreds of entries each: a crash
//! between two of them leaves some moved and the others where they were.

mod consumer;
mod dead;
mod drain;
pub(crate) mod entry;
mod operator;
mod pause;
mod peek;
mod push;
mod report;
mod stats;
mod work;

use mosaic_proto::job::Job;

pub use self::consumer::{Consumer, ConsumerOptions, Delivery, VisibilityTooShort};
pub use self::dead::{DeadJob, DeadPage};
pub use self::operator::{HeldLetter, QueueOperator, Rebuilt};
pub use self::pause::Pause;
pub use self::peek::{Holder, Place, QueuedJob};
pub use self::push::Pushed;
pub use self::report::report_queues;
pub use self::stats::QueueStats;
pub use self::work::{JobContext, JobError, JobResult, WorkOptions, work};
pub use crate::group::Settled;

use crate::clock::millis;
use crate::connection::Bus;
use crate::error::Result;
use crate::keys::QueueKeys;
use crate::relay::AsideJob;
use crate::script;

/// One of a queue's three lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Priorities 8 to 10.
    High,
    /// Priorities 4 to 7.
    Normal,
    /// Priorities 1 to 3.
    Low,
}

impl Lane {
    /// All lanes, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// The lane's name in keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    /// The lane of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.name() == name)
    }

    /// The lane of a priority from 1 to 10.
    #[must_use]
    pub const fn of(priority: u8) -> Self {
        match priority {
            8.. => Self::High,
            4..=7 => Self::Normal,
            0..=3 => Self::Low,
        }
    }

    /// How often the lane comes first, of 16 rounds: urgent work is preferred and the rest is never starved.
    const fn weight(self) -> u32 {
        match self {
            Self::High => 12,
            Self::Normal => 3,
            Self::Low => 1,
        }
    }
}

/// A task queue.
#[derive(Debug, Clone)]
pub struct Queue {
    bus: Bus,
    name: String,
}

impl Queue {
    pub(crate) fn new(bus: Bus, name: &str) -> Self {
        Self {
            bus,
            name: name.to_owned(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn keys(&self) -> QueueKeys {
        self.bus.keys().of_queue(&self.name)
    }

    /// Begins the call of a script that concerns the whole queue.
    fn call<'a>(&self, script: &'a redis::Script) -> redis::ScriptInvocation<'a> {
        let keys = self.keys();
        let dead = self.bus.keys().dead(&self.name);
        script::call(script, keys.normal(), &dead, Some(&keys))
    }

    /// Adds the registration of the name to a pipeline.
    pub(crate) fn register(&self, pipeline: &mut redis::Pipeline) {
        pipeline
            .cmd("SADD")
            .arg(self.bus.keys().queues())
            .arg(&self.name)
            .ignore();
    }

    /// Adds a dead letter to a pipeline, as draining would have made it of the job, and the marker of the idempotency key
    /// that pushing the job had left.
    pub(crate) fn add_set_aside(&self, pipeline: &mut redis::Pipeline, job: &Job, reason: &str) {
        let dead = self.bus.keys().dead(&self.name);
        let letter = pipeline.cmd("XADD").arg(dead).arg("*");
        entry::each_field(job, |name, value| {
            letter.arg(name).arg(value);
        });
        if let Some(due) = entry::not_before(job) {
            letter.arg("due").arg(due.timestamp_millis().max(0));
        }
        letter.arg("attempts").arg(0).arg("reason").arg(reason);
        letter.arg("drained").arg(1).ignore();
        if let Some(key) = entry::idempotency_key(job) {
            pipeline
                .cmd("SET")
                .arg(self.bus.keys().once(&self.name, key))
                .arg(job.id.to_string())
                .arg("NX")
                .arg("PX")
                .arg(millis(push::ONCE))
                .ignore();
        }
    }

    /// Writes dead letters, as draining would have made them of the jobs, each with its reason.
    pub(crate) async fn lay_aside(&self, jobs: &[AsideJob]) -> Result<()> {
        let mut pipeline = redis::pipe();
        self.register(&mut pipeline);
        for AsideJob { job, reason } in jobs {
            self.add_set_aside(&mut pipeline, job, reason);
        }
        self.bus.pipeline("lay jobs aside", &pipeline).await
    }

    /// Adds the push of a job that needs nothing but its lane to a pipeline.
    pub(crate) fn add(&self, pipeline: &mut redis::Pipeline, job: &Job) {
        let lane = self.bus.keys().lane(&self.name, Lane::of(job.priority));
        let push = pipeline.cmd("XADD").arg(lane).arg("*");
        entry::each_field(job, |name, value| {
            push.arg(name).arg(value);
        });
        push.ignore();
    }
}
