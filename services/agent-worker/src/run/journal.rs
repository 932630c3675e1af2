//! The record of one run: what the agent loop writes goes to Postgres, what it shows to Valkey.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mosaic_agent::{Clock, Ending, Journal, JournalError, Pausing, Record, Stop, Stopper};
use mosaic_bus::RelayHandle;
use mosaic_domain::{
    ConversationId, EndState, Fence, JobId, Message, MessageId, RunEvent, Scope, Usage,
};
use mosaic_runtime::clock;
use mosaic_storage::{Checkpoint, Error, Finish, Finished, Halt, Halted, NewAnswer, Storage};
use uuid::Uuid;

use super::live_log::{Draft, LiveLog};

/// Wait after a failed write; it doubles up to [`MAX_WAIT`].
const MIN_WAIT: Duration = Duration::from_millis(50);
const MAX_WAIT: Duration = Duration::from_secs(1);

/// The journal of a claimed run.
pub(crate) struct RunJournal {
    pub(crate) storage: Storage,
    pub(crate) relay: RelayHandle,
    pub(crate) log: Arc<LiveLog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stopper: Stopper,
    pub(crate) fence: Fence,
    pub(crate) scope: Scope,
    pub(crate) conversation_id: ConversationId,
    pub(crate) job_id: JobId,
    pub(crate) traceparent: Option<String>,
    pub(crate) lease: Duration,
    /// Tokens of everything recorded.
    pub(crate) usage: Usage,
    /// Set once the run has ended, or another claim holds it.
    pub(crate) outcome: Option<Outcome>,
    /// Set once the record has refused content that it would refuse again.
    pub(crate) refused: bool,
}

/// How the journal of a run was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The run has ended.
    Ended,
    /// It is halted, and nobody's.
    Paused,
    /// Another claim goes on.
    Fenced,
}

#[async_trait]
impl Journal for RunJournal {
    fn emit(&mut self, event: RunEvent) {
        self.log.emit(event, self.clock.now());
    }

    fn position(&self) -> u32 {
        self.log.position()
    }

    #[tracing::instrument(name = "worker.run.record", skip_all)]
    async fn record(&mut self, record: Record) -> Result<Vec<Message>, JournalError> {
        let draft = self.draft(&record.then)?;
        let mut patience = Patience::default();
        let joined = loop {
            let checkpoint = self.checkpoint(&record, &draft);
            match self.storage.record(self.fence, &checkpoint).await {
                Ok(joined) => break joined,
                Err(error) => self.wait_out(error, &mut patience).await?,
            }
        };
        self.usage += record.usage;
        self.log.commit(draft);
        Ok(joined)
    }

    #[tracing::instrument(name = "worker.run.pause", skip_all)]
    async fn pause(&mut self, reason: &str, record: Record) -> Result<Pausing, JournalError> {
        let paused = RunEvent::Paused {
            reason: reason.to_owned(),
        };
        let draft = self.draft(&[paused])?;
        let mut patience = Patience::default();
        let halted = loop {
            let halt = Halt {
                job_id: self.job_id,
                checkpoint: self.checkpoint(&record, &draft),
            };
            match self.storage.halt_run(self.fence, &halt).await {
                Ok(halted) => break halted,
                Err(error) => self.wait_out(error, &mut patience).await?,
            }
        };
        match halted {
            Halted::Paused => {
                self.outcome = Some(Outcome::Paused);
                self.log.commit(draft);
                Ok(Pausing::Paused)
            }
            Halted::Withdrawn(joined) => {
                self.log.withdraw();
                Ok(Pausing::Withdrawn(joined))
            }
        }
    }

    #[tracing::instrument(name = "worker.run.finish", skip_all, fields(state = end.state().as_str()))]
    async fn finish(
        &mut self,
        end: &EndState,
        answer: Option<String>,
        mut record: Record,
    ) -> Result<Ending, JournalError> {
        let answer = answer.map(|content| NewAnswer {
            message_id: clock::id(),
            event_id: clock::id(),
            content,
        });
        record
            .then
            .push(self.end_event(end, answer.as_ref(), record.usage));
        let draft = self.draft(&record.then)?;
        let ended_at = self.clock.now();
        let successor = (clock::id(), clock::id());
        let mut patience = Patience::default();
        let finished = loop {
            let finish = Finish {
                scope: self.scope,
                conversation_id: self.conversation_id,
                job_id: self.job_id,
                end,
                answer: answer.as_ref(),
                checkpoint: self.checkpoint(&record, &draft),
                successor: successor.0,
                successor_job: successor.1,
                ended_at,
                traceparent: self.traceparent.clone(),
            };
            match self.storage.finish_run(self.fence, &finish).await {
                Ok(finished) => break finished,
                Err(error) => self.wait_out(error, &mut patience).await?,
            }
        };
        match finished {
            Finished::Ended(outbox) => {
                self.outcome = Some(Outcome::Ended);
                self.log.commit(draft);
                self.relay.publish(outbox);
                Ok(Ending::Ended)
            }
            Finished::Steered(messages) => {
                self.log.withdraw();
                Ok(Ending::Steered(messages))
            }
        }
    }
}

impl RunJournal {
    fn draft(&self, then: &[RunEvent]) -> Result<Draft, JournalError> {
        self.log
            .draft(then, self.clock.now())
            .map_err(|error| JournalError::Broken(error.to_string()))
    }

    fn checkpoint<'a>(&self, record: &'a Record, draft: &'a Draft) -> Checkpoint<'a> {
        Checkpoint {
            steps: &record.steps,
            log: &draft.events,
            usage: record.usage,
            lease: self.lease,
            seen_seq: record.seen_seq,
        }
    }

    fn end_event(&self, end: &EndState, answer: Option<&NewAnswer>, last: Usage) -> RunEvent {
        let mut usage = self.usage;
        usage += last;
        match end {
            EndState::Completed => RunEvent::Completed {
                message_id: answer
                    .map_or_else(|| MessageId::new(Uuid::nil()), |one| one.message_id),
                content: answer.map(|one| one.content.clone()).unwrap_or_default(),
                usage,
            },
            EndState::Failed { code, reason } => RunEvent::Failed {
                code: code.clone(),
                reason: reason.clone(),
            },
            EndState::Cancelled { reason } => RunEvent::Cancelled {
                reason: reason.clone(),
            },
            EndState::Killed { reason } => RunEvent::Killed {
                reason: reason.clone(),
            },
        }
    }

    /// Waits before a failed write is repeated: while Postgres is away the run waits, and nothing is lost. Fails
    /// if repeating would not help, or if the run is to be left.
    async fn wait_out(
        &mut self,
        error: Error,
        patience: &mut Patience,
    ) -> Result<(), JournalError> {
        match error {
            Error::Fenced => return Err(self.fenced()),
            error if error.is_transient() => {
                tracing::warn!(run.id = %self.fence.run_id, %error, "a step cannot be recorded yet, trying again");
            }
            error => {
                self.refused = error.refuses_content();
                self.log.withdraw();
                return Err(JournalError::Broken(error.to_string()));
            }
        }
        if self.stopper.signal().stopped() == Some(Stop::Leave) {
            return Err(self.fenced());
        }
        tokio::time::sleep(patience.next()).await;
        Ok(())
    }

    fn fenced(&mut self) -> JournalError {
        // Closed first: a sign of life must not take a number that the record may have given away.
        self.log.close();
        self.log.withdraw();
        self.outcome = Some(Outcome::Fenced);
        self.stopper.stop(Stop::Leave);
        JournalError::Fenced
    }
}

/// Growing waits between attempts.
struct Patience {
    next: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { next: MIN_WAIT }
    }
}

impl Patience {
    fn next(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(MAX_WAIT);
        wait
    }
}
