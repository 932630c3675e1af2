//! The watchdog: no run goes dark.
//!
//! One of the gateways leads. It looks for runs that nobody has claimed for long, and for runs whose worker is gone and that
//! nobody has taken over, says so in their logs, and puts their jobs back or ends them ([`verdict`]). What it does is
//! conditional on the run being as it was found, so a worker that comes first, or a leader that does not know yet that it
//! leads no more, does no harm. Runs that a worker holds are that worker's business: it gives signs of life, and ends
//! what takes too long.

mod dead;
mod verdict;

use std::time::Duration;

use mosaic_bus::{Bus, RelayHandle};
use mosaic_config::WatchdogConfig;
use mosaic_domain::{InstanceId, RunState};
use mosaic_proto::job::RUNS_QUEUE;
use mosaic_runtime::clock;
use mosaic_storage::{Error, Instance, Lead, Leader, SilenceNote, SilentEnd, SilentRun, Storage};
use mosaic_telemetry::metrics::{Counter, KeyValue, Meter, UpDownCounter, counter, up_down};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::shown;
use dead::Letter;
use verdict::{Dead, Facts, Verdict, Waiting};

/// The service whose replicas execute runs.
const WORKERS: &str = "agent-worker";
/// Runs that are dealt with in one look; the longest silent ones come first.
const AT_ONCE: u32 = 100;
/// A look that takes longer means that the record, and with it the lead, is as good as lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// A bus that takes longer has nothing to say.
const BUS_PATIENCE: Duration = Duration::from_secs(3);
/// What was found among the dead letters by then has to do: there may be many.
const LETTERS_PATIENCE: Duration = Duration::from_secs(15);

/// Looks after silent runs while it leads.
pub(crate) struct Watchdog {
    pub(crate) storage: Storage,
    pub(crate) bus: Bus,
    pub(crate) relay: RelayHandle,
    pub(crate) config: WatchdogConfig,
    pub(crate) metrics: WatchdogMetrics,
    /// The gateway.
    pub(crate) id: InstanceId,
}

/// What the watchdog counts.
#[derive(Debug, Clone)]
pub(crate) struct WatchdogMetrics {
    runs: Counter<u64>,
    leads: UpDownCounter<i64>,
}

impl WatchdogMetrics {
    /// Declares the instruments.
    pub(crate) fn new(meter: &Meter) -> Self {
        Self {
            runs: counter(
                meter,
                "gateway.watchdog.runs",
                "Runs of which nothing was heard, by what was done.",
            ),
            leads: up_down(
                meter,
                "gateway.watchdog.leads",
                "1 at the gateway that looks after silent runs.",
            ),
        }
    }

    fn done(&self, what: &'static str) {
        self.runs.add(1, &[KeyValue::new("done", what)]);
    }
}

/// What is known besides the run itself, asked once for each look.
struct Surroundings {
    /// Workers that are alive.
    workers: usize,
    /// Why the queue of runs hands out nothing, if it is paused.
    paused: Option<String>,
    /// What the queue of runs hands out.
    waiting: Waiting,
    /// Jobs of silent runs that are dead letters.
    dead: Vec<Letter>,
}

impl Watchdog {
    /// Leads when it can, and looks while it does, until the stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let work = async {
            loop {
                match self.storage.lead(Lead::Watchdog).await {
                    Ok(Some(leader)) => {
                        tracing::info!("this gateway looks after silent runs");
                        self.metrics.leads.add(1, &[]);
                        let lost = self.serve(leader).await;
                        self.metrics.leads.add(-1, &[]);
                        tracing::warn!(
                            error = lost,
                            "this gateway does not look after silent runs any more"
                        );
                    }
                    Ok(None) => {}
                    Err(error) => tracing::debug!(%error, "nobody can look after silent runs now"),
                }
                sleep(self.config.every()).await;
            }
        };
        stop.run_until_cancelled(work).await;
    }

    /// Looks until the lead is lost, and says why it is.
    async fn serve(&self, mut leader: Leader) -> String {
        let mut looks = interval(self.config.every());
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let look = async {
                leader.still_leads().await?;
                self.look().await
            };
            match timeout(PATIENCE, look).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error.to_string(),
                Err(_) => return format!("Postgres did not answer within {PATIENCE:?}"),
            }
        }
    }

    async fn look(&self) -> Result<(), Error> {
        let silent = self
            .storage
            .silent_runs(self.config.silence(), AT_ONCE)
            .await?;
        if silent.is_empty() {
            return Ok(());
        }
        let around = self.surroundings(&silent).await?;
        for run in &silent {
            match self.deal_with(run, &around).await {
                // The others can be helped all the same.
                Err(error) if !error.is_transient() => {
                    tracing::error!(run.id = %run.run_id, %error, "a silent run cannot be dealt with");
                }
                outcome => outcome?,
            }
        }
        Ok(())
    }

    async fn surroundings(&self, silent: &[SilentRun]) -> Result<Surroundings, Error> {
        let instances = self.storage.instances(Instance::ALIVE).await?;
        let workers = instances.iter().filter(|one| one.service == WORKERS);
        let pauses = self.storage.queue_pauses().await?;
        let pause = pauses.into_iter().find(|one| one.queue == RUNS_QUEUE);
        let (waiting, dead) = self.queue(silent).await;
        Ok(Surroundings {
            workers: workers.count(),
            paused: pause.map(|one| one.reason),
            waiting,
            dead,
        })
    }

    /// What the queue of runs says of itself.
    async fn queue(&self, silent: &[SilentRun]) -> (Waiting, Vec<Letter>) {
        let queue = self.bus.queue(RUNS_QUEUE);
        let waiting = match timeout(BUS_PATIENCE, queue.stats()).await {
            Ok(Ok(stats)) => stats.oldest_age.map_or(Waiting::Nothing, Waiting::For),
            Ok(Err(_)) | Err(_) => return (Waiting::Unknown, Vec::new()),
        };
        // Of what was set aside the record says enough.
        let wanted = silent.iter().filter(|run| !run.set_aside);
        let jobs = wanted.map(|run| run.job_id).collect();
        match dead::letters(&queue, jobs, LETTERS_PATIENCE).await {
            Ok(dead) => (waiting, dead),
            Err(error) => {
                tracing::debug!(%error, "the dead letters of runs cannot be read");
                (Waiting::Unknown, Vec::new())
            }
        }
    }

    async fn deal_with(&self, run: &SilentRun, around: &Surroundings) -> Result<(), Error> {
        let dead = around.dead.iter().find(|one| one.job_id == run.job_id);
        if let Some(Letter { job_id, reason, .. }) = dead {
            tracing::warn!(run.id = %run.run_id, job = %job_id, reason, "the job of a silent run is a dead letter");
        } else if let Some(reason) = &around.paused {
            tracing::info!(run.id = %run.run_id, reason, "a run is silent because its queue is paused");
        }
        let facts = Facts {
            run,
            workers: around.workers,
            paused: around.paused.is_some(),
            // The record is as good as its letter, which somebody may have removed.
            dead: dead
                .map(|one| one.how)
                .or(run.set_aside.then_some(Dead::Drained)),
            waiting: around.waiting,
            recoveries: self.config.recoveries,
        };
        match verdict::of(&facts) {
            Verdict::Speak(note) => self.speak(run, &note, false).await,
            Verdict::Recover(note) => self.speak(run, &note, true).await,
            Verdict::Fail { code, reason } => self.fail(run, code, &reason).await,
        }
    }

    async fn speak(&self, run: &SilentRun, note: &str, recover: bool) -> Result<(), Error> {
        let said = SilenceNote {
            by: self.id,
            note,
            recover,
            silence: self.config.silence(),
            now: clock::now(),
        };
        let Some(outbox) = self.storage.speak_of_silence(run, &said).await? else {
            return Ok(());
        };
        self.relay.publish(outbox);
        self.metrics
            .done(if recover { "recovered" } else { "told" });
        tracing::warn!(run.id = %run.run_id, silent_s = run.silent_for.as_secs(), recover, note, "nothing is heard of a run");
        Ok(())
    }

    async fn fail(&self, run: &SilentRun, code: &'static str, reason: &str) -> Result<(), Error> {
        let logs = self.bus.run_logs();
        let head = self.storage.run_head(run.run_id).await?;
        let seen = match head.filter(|head| head.state == RunState::Running) {
            Some(head) => shown::unrecorded(&logs, run.run_id, head.last).await,
            None => None,
        };
        let end = SilentEnd {
            code,
            reason,
            now: clock::now(),
            shown: &seen.unwrap_or_default(),
        };
        let failed = self.storage.fail_silent_run(run, &end).await?;
        let Some(ended) = failed else { return Ok(()) };
        self.relay.publish(ended.outbox);
        // A worker that reaches Valkey alone would go on there. Waited for no longer than for anything else on the bus.
        let shown = timeout(BUS_PATIENCE, shown::show(&logs, run.run_id, ended.event)).await;
        if shown.is_err() {
            tracing::debug!(run.id = %run.run_id, "the end of a run is shown by the record only");
        }
        self.metrics.done("failed");
        tracing::warn!(run.id = %run.run_id, silent_s = run.silent_for.as_secs(), code, reason, "a run of which nothing is heard was ended");
        if let Err(error) = self.bus.ring_conversation(run.conversation_id).await {
            tracing::debug!(%error, "watchers could not be told; they look by themselves");
        }
        Ok(())
    }
}
