//! One system's way through the kills: two workers, one of which is killed and replaced whenever another share of the
//! jobs is done, and Valkey killed and started again when half of them are.

use std::time::{Duration, Instant};

use mosaic_testkit::TestValkey;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use tokio::time::sleep;

use super::written::Written;
use super::{Crash, Memory};
use crate::jobs::options::Options;
use crate::jobs::peer::Peer;
use crate::jobs::protocol::{Order, Role};
use crate::jobs::record::Record;
use crate::jobs::system::System;
use crate::system::Engines;

/// Workers at the same time.
pub(in crate::jobs) const WORKERS: usize = 2;
/// Jobs under way in each.
pub(in crate::jobs) const CONCURRENCY: usize = 8;
/// How long a job takes.
pub(in crate::jobs) const WORK: Duration = Duration::from_millis(10);
/// How long a worker may be silent before its jobs go to others.
pub(in crate::jobs) const LEASE: Duration = Duration::from_secs(5);
/// When nothing has happened for this long, nothing will.
const QUIET: Duration = Duration::from_secs(45);
/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// How long a worker that ended by itself stays away, as under any supervisor.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Run<'a> {
    system: &'a System,
    memory: Memory,
    order: Order,
    valkey: TestValkey,
    workers: Vec<Peer>,
    written: Written,
    record: Option<Record>,
    kills: u32,
    killed: u32,
    gave_up: u32,
    restarted: bool,
    _folder: TempDir,
}

impl<'a> Run<'a> {
    /// Puts the jobs on the queue of a Valkey of its own.
    pub(super) async fn new(
        options: &Options,
        system: &'a System,
        engines: &Engines,
        memory: Memory,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let valkey = TestValkey::durable().await?;
        let jobs = options.crash_jobs();
        let written = Written::new(folder.path().join("effects"), jobs)?;
        let postgres = engines.database.owner_url().expose_secret();
        let record = if system.has_record {
            let record = Record::connect(postgres).await?;
            record.prepare().await?;
            Some(record)
        } else {
            None
        };
        let order = Order {
            concurrency: CONCURRENCY,
            effects: Some(written.path.clone()),
            postgres: record.is_some().then(|| postgres.to_owned()),
            ..options.order(valkey.url(), system, Role::Fill, "crash", jobs)
        };
        Peer::start(system, &order).await?.seconds().await?;
        Ok(Self {
            system,
            memory,
            order: Order {
                role: Role::Work,
                ..order
            },
            valkey,
            workers: Vec::new(),
            written,
            record,
            kills: options.kills,
            killed: 0,
            gave_up: 0,
            restarted: false,
            _folder: folder,
        })
    }

    /// Goes through with it.
    pub(super) async fn take(mut self) -> anyhow::Result<Crash> {
        let began = Instant::now();
        for _ in 0..WORKERS {
            self.employ().await?;
        }
        let (mut progressed, mut before) = (Instant::now(), 0);
        while !self.is_over().await? && progressed.elapsed() < QUIET {
            sleep(LOOK).await;
            self.written.look()?;
            if self.written.all > before {
                (progressed, before) = (Instant::now(), self.written.all);
            }
            self.disturb().await?;
            self.replace().await?;
        }
        let seconds = began.elapsed().as_secs_f64();
        for worker in self.workers.drain(..) {
            worker.kill().await?;
        }
        self.written.look()?;
        let (distinct, all) = match &self.record {
            Some(record) => {
                let effects = record.effects().await?;
                (effects.distinct, effects.all)
            }
            None => (self.written.distinct, self.written.all),
        };
        Ok(Crash {
            system: self.system.name,
            memory: self.memory,
            jobs: self.order.count,
            kills: self.killed,
            gave_up: self.gave_up,
            lost: self.order.count - distinct,
            handled_again: self.written.all - self.written.distinct,
            doubled: all - distinct,
            seconds,
        })
    }

    /// Whether all has been done that was to be done.
    async fn is_over(&self) -> anyhow::Result<bool> {
        if self.written.distinct < self.order.count {
            return Ok(false);
        }
        match &self.record {
            Some(record) => Ok(record.effects().await?.distinct == self.order.count),
            None => Ok(true),
        }
    }

    /// Kills what is due to be killed.
    async fn disturb(&mut self) -> anyhow::Result<()> {
        let share = self.order.count / u64::from(self.kills + 1);
        if self.killed < self.kills && self.written.distinct >= share * u64::from(self.killed + 1) {
            self.killed += 1;
            self.workers.remove(0).kill().await?;
            self.employ().await?;
        }
        if !self.restarted && self.written.distinct >= self.order.count / 2 {
            self.restarted = true;
            match self.memory {
                Memory::Kept => self.valkey.crash().await?,
                Memory::Lost => self.valkey.wipe().await?,
            }
        }
        Ok(())
    }

    /// Replaces workers that have ended by themselves.
    async fn replace(&mut self) -> anyhow::Result<()> {
        for at in (0..self.workers.len()).rev() {
            if self.workers[at].has_ended()? {
                self.gave_up += 1;
                drop(self.workers.remove(at));
                sleep(PAUSE).await;
                self.employ().await?;
            }
        }
        Ok(())
    }

    async fn employ(&mut self) -> anyhow::Result<()> {
        self.workers
            .push(Peer::start_quiet(self.system, &self.order).await?);
        Ok(())
    }
}
