//! From a job to an ended run.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use mosaic_agent::{Agent, Clock, Journal as _, JournalError, Recall, Record, Stop, Stopper, Turn};
use mosaic_bus::{Delivery, RelayHandle, RunLogs};
use mosaic_domain::{Cursor, EndState, Fence, InstanceId, RunEvent, RunId};
use mosaic_llm::{LlmError, Registry};
use mosaic_proto::job::Job;
use mosaic_proto::run::v1::RunJob;
use mosaic_storage::{Claim, ClaimedRun, DeliveredJob, Error, MAX_CLAIMS, Storage};
use mosaic_tools::Toolbox;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::held::{Held, HeldRuns};
use super::journal::{Outcome, RunJournal};
use super::live_log::LiveLog;
use super::persona::Personas;
use super::publisher::Publisher;
use super::take_over::take_over;
use crate::metrics::Metrics;

/// Wait before a job is tried again that met a fault of the platform.
const FAULT_RETRY: Duration = Duration::from_secs(1);

/// What executes runs on this replica.
pub(crate) struct Executor {
    pub(crate) storage: Storage,
    pub(crate) logs: RunLogs,
    pub(crate) relay: RelayHandle,
    pub(crate) providers: Registry,
    pub(crate) toolbox: Arc<Toolbox>,
    pub(crate) recall: Arc<dyn Recall>,
    pub(crate) personas: Personas,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) held: HeldRuns,
    pub(crate) metrics: Metrics,
    pub(crate) worker_id: InstanceId,
    pub(crate) lease: Duration,
    pub(crate) run_timeout: Duration,
    pub(crate) history_limit: u32,
    pub(crate) tracker: TaskTracker,
    pub(crate) hard: CancellationToken,
}

/// What to tell the queue about a job.
enum Verdict {
    /// Its effect is durable, or another entry's.
    Done,
    /// Deliver it again.
    Again(Duration),
    /// Another claim has it; its entry is not ours to settle.
    Leave,
    /// It can never be done.
    Impossible(String),
}

impl Executor {
    /// Does what a delivery asks and settles it.
    pub(crate) async fn handle(&self, delivery: Delivery) {
        let span = tracing::info_span!(
            parent: None,
            "worker.run.execute",
            job.id = %delivery.job.id,
            run.id = tracing::field::Empty,
            run.epoch = tracing::field::Empty,
            attempt = delivery.attempt,
        );
        if let Some(traceparent) = &delivery.job.traceparent {
            mosaic_telemetry::propagation::link(&span, traceparent);
        }
        let verdict = self.execute(&delivery).instrument(span).await;
        let settled = match verdict {
            Verdict::Done => delivery.ack().await,
            Verdict::Again(after) => delivery.retry(after).await,
            Verdict::Impossible(reason) => {
                tracing::error!(job.id = %delivery.job.id, reason, "a job can never be done and is put aside");
                delivery.fail(&reason).await
            }
            Verdict::Leave => return,
        };
        if let Err(error) = settled {
            tracing::warn!(%error, "a job cannot be settled; it will be delivered again and found done");
        }
    }

    async fn execute(&self, delivery: &Delivery) -> Verdict {
        let run_id = match delivery.job.payload::<RunJob>() {
            Ok(job) => job
                .run_id
                .parse::<RunId>()
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let run_id = match run_id {
            Ok(run_id) => run_id,
            Err(reason) => return Verdict::Impossible(reason),
        };
        tracing::Span::current().record("run.id", tracing::field::display(run_id));
        let job = DeliveredJob {
            id: delivery.job.id,
            workspace_id: delivery.job.workspace_id,
        };
        let claim = self
            .storage
            .claim_delivered(run_id, job, self.worker_id, self.lease, self.history_limit)
            .await;
        match claim {
            Ok(Claim::Claimed(claimed)) => self.run(*claimed).await,
            Ok(Claim::Held { remaining }) => Verdict::Again(remaining + Duration::from_millis(50)),
            // A paused run gets another job when it is resumed.
            Ok(Claim::Ended | Claim::Paused | Claim::Missing) => self.drop_job(&delivery.job).await,
            Ok(Claim::OfAnotherJob) => {
                tracing::warn!(run.id = %run_id, job.id = %job.id, "a job names a run that another job does; it is dropped");
                self.drop_job(&delivery.job).await
            }
            Err(error @ Error::Corrupt { .. }) => {
                tracing::error!(run.id = %run_id, %error, "the record of a run cannot be read");
                Verdict::Impossible(error.told().to_owned())
            }
            Err(error) => {
                tracing::warn!(run.id = %run_id, %error, "a run cannot be claimed yet");
                Verdict::Again(FAULT_RETRY)
            }
        }
    }

    /// Nothing is left to do for a job. What an operator put back is on record again and would come with every life of Valkey.
    async fn drop_job(&self, job: &Job) -> Verdict {
        match self.storage.outbox_forget_delivered(job).await {
            Ok(()) => Verdict::Done,
            Err(error) => {
                tracing::warn!(job.id = %job.id, %error, "a job that is done cannot be taken off the record yet");
                Verdict::Again(FAULT_RETRY)
            }
        }
    }

    /// Executes a claimed run.
    async fn run(&self, mut claimed: ClaimedRun) -> Verdict {
        let fence = claimed.fence;
        tracing::Span::current().record("run.epoch", fence.epoch);
        self.metrics.claimed(claimed.is_taken_over());
        let stopper = Stopper::new();
        let log = Arc::new(LiveLog::new());
        let mut holding = self.held.hold(
            fence.run_id,
            Held {
                epoch: fence.epoch,
                stopper: stopper.clone(),
                log: Arc::clone(&log),
            },
        );
        let start = match self.start(&mut claimed).await {
            Ok(start) => start,
            Err(Error::Fenced) => return Verdict::Leave,
            Err(error) => {
                tracing::warn!(run.id = %fence.run_id, %error, "a run cannot be taken over yet");
                let counts = !error.is_transient();
                return self.give_back(claimed.fence, FAULT_RETRY, counts).await;
            }
        };
        let fence = claimed.fence;
        holding.goes_on_in(fence.epoch);
        log.begin(start);
        self.publish(&claimed, &stopper, &log, start);
        let mut journal = self.journal(&claimed, &stopper, &log);
        let seen_seq = last_seq(&claimed);
        let driven = AssertUnwindSafe(self.drive(claimed, &stopper, &mut journal))
            .catch_unwind()
            .await;
        let result = match driven {
            Ok(Err(JournalError::Broken(reason))) if journal.refused => {
                tracing::error!(run.id = %fence.run_id, reason, "the record refuses a run's content");
                let end = record_refused();
                end_by_force(end, seen_seq, &mut journal).await
            }
            Ok(result) => result,
            Err(_) => {
                tracing::error!(run.id = %fence.run_id, "the execution of a run panicked");
                end_by_force(defect(), seen_seq, &mut journal).await
            }
        };
        drop(holding);
        self.verdict(fence, &journal, result).await
    }

    /// Gives a run back for another attempt; `counts` if it may be to blame itself, so that it is not tried for ever.
    async fn give_back(&self, fence: Fence, after: Duration, counts: bool) -> Verdict {
        match self.storage.release_run(fence, counts).await {
            Ok(()) => Verdict::Again(after),
            Err(_) => Verdict::Leave,
        }
    }

    /// Where the log goes on: behind what a dead worker had shown, if there was one.
    async fn start(&self, claimed: &mut ClaimedRun) -> Result<Cursor, Error> {
        if !claimed.is_taken_over() {
            return Ok(claimed.log_cursor());
        }
        tracing::info!(run.id = %claimed.fence.run_id, epoch = claimed.fence.epoch, steps = claimed.steps.len(), "taking over a run");
        let now = self.clock.now();
        take_over(&self.logs, &self.storage, claimed, self.lease, now).await
    }

    fn publish(&self, claimed: &ClaimedRun, stopper: &Stopper, log: &Arc<LiveLog>, start: Cursor) {
        let publisher = Publisher {
            logs: self.logs.clone(),
            run_id: claimed.fence.run_id,
            epoch: claimed.fence.epoch,
            log: Arc::clone(log),
            stopper: stopper.clone(),
            last: if claimed.is_taken_over() {
                start
            } else {
                Cursor::START
            },
        };
        self.tracker.spawn(publisher.run(self.hard.clone()));
    }

    fn journal(&self, claimed: &ClaimedRun, stopper: &Stopper, log: &Arc<LiveLog>) -> RunJournal {
        RunJournal {
            storage: self.storage.clone(),
            relay: self.relay.clone(),
            log: Arc::clone(log),
            clock: Arc::clone(&self.clock),
            stopper: stopper.clone(),
            fence: claimed.fence,
            scope: claimed.scope,
            conversation_id: claimed.conversation_id,
            job_id: claimed.job_id,
            traceparent: claimed.traceparent.clone(),
            lease: self.lease,
            usage: claimed.usage,
            outcome: None,
            refused: false,
        }
    }

    /// Runs the agent loop under its time limit.
    async fn drive(
        &self,
        claimed: ClaimedRun,
        stopper: &Stopper,
        journal: &mut RunJournal,
    ) -> Result<(), JournalError> {
        // What ends the run before it begins is said to everybody who has joined it so far.
        let record = Record {
            seen_seq: last_seq(&claimed),
            ..Record::default()
        };
        if let Some(end) = early_end(&claimed) {
            journal.finish(&end, None, record).await?;
            return Ok(());
        }
        if let Some(reason) = &claimed.pause_reason {
            stopper.pause(reason);
        }
        let persona = self.personas.get(&claimed.agent);
        let wanted = claimed.model.as_deref().or(persona.model.as_deref());
        let (provider, model) = match self.providers.resolve(wanted) {
            Ok(resolved) => resolved,
            Err(error) => {
                journal.finish(&unresolved(&error), None, record).await?;
                return Ok(());
            }
        };
        // What told who answers is in the record with the first step.
        if claimed.steps.is_empty() {
            journal.emit(RunEvent::Started {
                worker_id: self.worker_id,
                agent: persona.name.clone(),
                model: format!("{}/{model}", provider.name()),
            });
        }
        let agent = Agent {
            context_window: self.providers.context_window(provider.name(), &model),
            provider,
            model,
            toolbox: Arc::clone(&self.toolbox),
            recall: Arc::clone(&self.recall),
            settings: Arc::clone(&persona.settings),
            clock: Arc::clone(&self.clock),
        };
        let turn = Turn {
            run_id: claimed.fence.run_id,
            worker_id: self.worker_id,
            epoch: claimed.fence.epoch,
            scope: claimed.scope,
            summary: claimed.summary,
            history: claimed.history,
            messages: claimed.messages,
            steps: claimed.steps,
        };
        let signal = stopper.signal();
        let limit = async {
            tokio::time::sleep(self.run_timeout).await;
            stopper.stop(Stop::End(timed_out(self.run_timeout)));
            std::future::pending::<()>().await;
        };
        tokio::select! {
            result = mosaic_agent::run(&agent, turn, journal, &signal) => result,
            () = limit => Ok(()),
        }
    }

    async fn verdict(
        &self,
        fence: Fence,
        journal: &RunJournal,
        result: Result<(), JournalError>,
    ) -> Verdict {
        if let Err(JournalError::Broken(reason)) = result {
            tracing::error!(run.id = %fence.run_id, reason, "a run's record is refused");
            return self.give_back(fence, FAULT_RETRY, true).await;
        }
        match journal.outcome {
            Some(Outcome::Ended) => {
                self.metrics.ended();
                Verdict::Done
            }
            Some(Outcome::Paused) => Verdict::Done,
            Some(Outcome::Fenced) => Verdict::Leave,
            // Told to leave while nothing was being written: the run goes back for another worker.
            None => self.give_back(fence, Duration::ZERO, false).await,
        }
    }
}

/// `seq` of the newest message that a claim has loaded.
fn last_seq(claimed: &ClaimedRun) -> i64 {
    claimed.messages.last().map_or(0, |message| message.seq)
}

/// Ends a run that cannot go on, without what it has done and not recorded.
async fn end_by_force(
    end: EndState,
    seen_seq: i64,
    journal: &mut RunJournal,
) -> Result<(), JournalError> {
    journal.log.withdraw();
    let record = Record {
        seen_seq,
        ..Record::default()
    };
    journal.finish(&end, None, record).await.map(drop)
}

fn defect() -> EndState {
    EndState::Failed {
        code: "internal".into(),
        reason: "The run met a defect of the platform and was ended. Look into the log of agent-worker, then \
                 send the message again."
            .into(),
    }
}

/// Another attempt would pay for the same once more, and be refused again.
fn record_refused() -> EndState {
    EndState::Failed {
        code: "record_refused".into(),
        reason: "Postgres refuses to record what this run has done, so it was ended. Look into the log of \
                 agent-worker for the cause, then send the message again in other words."
            .into(),
    }
}

/// A run that ends before it begins.
fn early_end(claimed: &ClaimedRun) -> Option<EndState> {
    if let Some(reason) = claimed.cancel_reason.clone() {
        return Some(EndState::Cancelled { reason });
    }
    (claimed.claims > MAX_CLAIMS).then(|| EndState::Failed {
        code: "crash_loop".into(),
        reason: format!(
            "{MAX_CLAIMS} workers have died or lost their lease while executing this run, so it was given up. \
             Look into the logs of agent-worker, then send the message again."
        ),
    })
}

fn unresolved(error: &LlmError) -> EndState {
    EndState::Failed {
        code: format!("provider_{}", error.kind),
        reason: format!("{error}. {}", error.remedy()),
    }
}

fn timed_out(limit: Duration) -> EndState {
    EndState::Failed {
        code: "run_timeout".into(),
        reason: format!(
            "The run took longer than {} s and was ended. Ask for less at once, or raise \
             agent_worker.run_timeout_s.",
            limit.as_secs()
        ),
    }
}
