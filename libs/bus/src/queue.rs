//! Task queues: each job is worked on by one consumer at a time until one of them says that it is done.
//!
//! **Keys.** Three streams per queue, `<prefix>:{q:<queue>}:<high|normal|low>`, one for each range of priorities, with
//! an entry per job that waits or is being worked on; a sorted set `…:delayed` with the ids of jobs to come by due
//! time, and a hash `…:delayed:jobs` with the jobs themselves; a stream `…:dead` with those given up on. One hash tag
//! holds them together, so that scripts can move jobs between them. A queue has one consumer group.
//!
//! **Who moves entries.** Pushing adds to a lane. Taking ([`Consumer`]) leaves the entry where it is and notes the
//! holder in the group's list. Acknowledging removes it from both, in one transaction. Retrying moves it to the
//! delayed jobs with its attempt counted up, failing moves it to the dead letters, and due jobs move back to their
//! lane: one script each. Consumers do the moving of due jobs; the script takes what is due by Valkey's clock, so any
//! number of them may call it.
//!
//! **Two consumers, and crashes.** See the head of `group.rs`, which event consumers share. What is particular to
//! queues: a producer that crashes before or during a push leaves the outbox entry unmarked, and the relay pushes
//! again; a job may thus be in the queue twice, and consumers are idempotent on its id. A delayed job has its id as
//! name, so pushing it again replaces it.

mod consumer;
mod entry;

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_proto::job::Job;

pub use self::consumer::{Consumer, ConsumerOptions, Delivery};
pub use crate::group::Settled;

use crate::connection::Bus;
use crate::error::Result;
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

/// Numbers of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueStats {
    /// Entries per lane in the order of [`Lane::ALL`], taken or not.
    pub depth: [u64; 3],
    /// Entries that nobody has taken.
    pub waiting: u64,
    /// Entries being worked on.
    pub pending: u64,
    /// Jobs to come.
    pub delayed: u64,
    /// Jobs given up on.
    pub dead: u64,
    /// Age of the oldest entry that nobody has taken.
    pub oldest_age: Option<Duration>,
}

/// A job that was given up on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// The entry's id among the dead letters.
    pub entry_id: String,
    /// The job, if it can be read.
    pub job: Option<Job>,
    /// Why.
    pub reason: String,
    /// When.
    pub time: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: u32,
}

impl Queue {
    pub(crate) fn new(bus: Bus, name: &str) -> Self {
        Self {
            bus,
            name: name.to_owned(),
        }
    }

    /// Puts jobs on this queue, whatever queue they name, in one round trip.
    pub async fn push(&self, jobs: &[Job]) -> Result<()> {
        if jobs.is_empty() {
            return Ok(());
        }
        let mut pipeline = redis::pipe();
        self.register(&mut pipeline);
        for job in jobs {
            self.add(&mut pipeline, job);
        }
        self.bus.pipeline::<()>("push jobs", &pipeline).await?;
        self.bus.metrics().published(&self.name, jobs.len());
        Ok(())
    }

    /// Puts a job on this queue that may be taken from `at` on. The same job pushed again replaces it.
    pub async fn push_delayed(&self, job: &Job, at: DateTime<Utc>) -> Result<()> {
        let keys = self.bus.keys();
        let mut pipeline = redis::pipe();
        pipeline.atomic();
        pipeline
            .cmd("ZADD")
            .arg(keys.delayed(&self.name))
            .arg(at.timestamp_millis())
            .arg(job.id.to_string())
            .ignore();
        pipeline
            .cmd("HSET")
            .arg(keys.delayed_jobs(&self.name))
            .arg(job.id.to_string())
            .arg(entry::to_json(job))
            .ignore();
        self.bus
            .pipeline::<()>("push a delayed job", &pipeline)
            .await?;
        let mut register = redis::pipe();
        self.register(&mut register);
        self.bus
            .pipeline::<()>("register the queue", &register)
            .await?;
        self.bus.metrics().published(&self.name, 1);
        Ok(())
    }

    /// Its numbers now.
    pub async fn stats(&self) -> Result<QueueStats> {
        let keys = self.bus.keys();
        let mut call = script::STATS.key(keys.delayed(&self.name));
        call.key(keys.dead(&self.name));
        for lane in Lane::ALL {
            call.key(keys.lane(&self.name, lane));
        }
        let (delayed, dead, pending, oldest, high, normal, low): Numbers =
            self.bus.script("count a queue", &call).await?;
        let depth = [high, normal, low];
        Ok(QueueStats {
            depth,
            waiting: depth.iter().sum::<u64>().saturating_sub(pending),
            pending,
            delayed,
            dead,
            oldest_age: u64::try_from(oldest).ok().map(Duration::from_millis),
        })
    }

    /// The latest dead letters, newest first.
    pub async fn dead(&self, limit: usize) -> Result<Vec<DeadJob>> {
        let mut range = redis::cmd("XREVRANGE");
        range
            .arg(self.bus.keys().dead(&self.name))
            .arg("+")
            .arg("-")
            .arg("COUNT")
            .arg(limit);
        let entries: Vec<(String, entry::Fields)> =
            self.bus.command("list dead letters", &range).await?;
        Ok(entries
            .into_iter()
            .map(|(id, fields)| entry::dead(&self.name, id, &fields))
            .collect())
    }

    /// Adds the registration of the name to a pipeline.
    pub(crate) fn register(&self, pipeline: &mut redis::Pipeline) {
        pipeline
            .cmd("SADD")
            .arg(self.bus.keys().queues())
            .arg(&self.name)
            .ignore();
    }

    /// Adds the push of `job` to a pipeline.
    pub(crate) fn add(&self, pipeline: &mut redis::Pipeline, job: &Job) {
        let lane = self.bus.keys().lane(&self.name, Lane::of(job.priority));
        let push = pipeline.cmd("XADD").arg(lane).arg("*");
        for (name, value) in entry::fields(job) {
            push.arg(name).arg(value);
        }
        push.ignore();
    }
}

type Numbers = (u64, u64, u64, i64, u64, u64, u64);
