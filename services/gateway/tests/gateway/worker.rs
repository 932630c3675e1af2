//! A worker as the gateway sees one: it claims, shows, records and ends runs.

use std::time::Duration;

use mosaic_bus::{Append, Bus, RunLogs};
use mosaic_domain::{Cursor, EndState, InstanceId, RunEvent, RunId, StepKind, Usage};
use mosaic_proto::log::{EventBody, LogEvent};
use mosaic_runtime::clock;
use mosaic_storage::{
    Checkpoint, Claim, ClaimedRun, Finish, Finished, Halt, Halted, NewAnswer, Storage,
};

use super::stage::Stage;

const LEASE: Duration = Duration::from_mins(1);

/// A worker that holds one run.
pub(crate) struct Worker {
    storage: Storage,
    bus: Bus,
    logs: RunLogs,
    pub(crate) claimed: ClaimedRun,
    pub(crate) last: Cursor,
    /// Shown and not recorded.
    volatile: Vec<LogEvent>,
}

impl Worker {
    /// Claims a run and says so, as its first or as a later worker.
    pub(crate) async fn claim(stage: &Stage, run_id: RunId) -> anyhow::Result<Self> {
        Self::claim_as(stage, run_id, clock::id(), LEASE).await
    }

    pub(crate) async fn claim_as(
        stage: &Stage,
        run_id: RunId,
        worker_id: InstanceId,
        lease: Duration,
    ) -> anyhow::Result<Self> {
        let claim = stage
            .storage
            .claim_run(run_id, worker_id, lease, 100)
            .await?;
        let Claim::Claimed(claimed) = claim else {
            anyhow::bail!("not claimed: {claim:?}");
        };
        let mut worker = Self {
            storage: stage.storage.clone(),
            bus: stage.bus.clone(),
            logs: stage.bus.run_logs(),
            last: claimed.log_cursor(),
            claimed: *claimed,
            volatile: Vec::new(),
        };
        if worker.claimed.is_taken_over() {
            worker.take_over().await?;
        } else {
            let (agent, model) = (worker.claimed.agent.clone(), "test/model".to_owned());
            let started = RunEvent::Started {
                worker_id,
                agent,
                model,
            };
            worker.show(started).await?;
        }
        Ok(worker)
    }

    async fn take_over(&mut self) -> anyhow::Result<()> {
        let fence = self.claimed.fence;
        let resumed = RunEvent::Resumed {
            worker_id: fence.worker_id,
            rewind_to: self.claimed.log_seq,
        };
        let body = EventBody::encode(&resumed, clock::now())?;
        let head = self.storage.run_head(fence.run_id).await?;
        let floor = head.map_or(Cursor::START, |head| head.last);
        let taken = self
            .logs
            .take_over(fence.run_id, fence.epoch, floor, &body)
            .await?;
        self.last = taken.cursor;
        self.volatile = taken.orphans;
        self.volatile.push(LogEvent {
            cursor: taken.cursor,
            body,
        });
        self.record().await
    }

    pub(crate) fn run_id(&self) -> RunId {
        self.claimed.fence.run_id
    }

    /// Shows an event without recording it.
    pub(crate) async fn show(&mut self, event: RunEvent) -> anyhow::Result<()> {
        let event = LogEvent::encode(self.last.next(), &event, clock::now())?;
        self.last = event.cursor;
        self.volatile.push(event.clone());
        self.publish(&[event]).await
    }

    /// Says a piece of the answer.
    pub(crate) async fn say(&mut self, text: &str) -> anyhow::Result<()> {
        let text = text.to_owned();
        self.show(RunEvent::TextDelta { step: 1, text }).await
    }

    pub(crate) async fn begin_step(&mut self) -> anyhow::Result<()> {
        let kind = StepKind::Model;
        self.show(RunEvent::StepStarted { step: 1, kind }).await
    }

    /// Shows an event in the record alone, as if Valkey were away.
    pub(crate) fn keep(&mut self, event: &RunEvent) -> anyhow::Result<()> {
        let event = LogEvent::encode(self.last.next(), event, clock::now())?;
        self.last = event.cursor;
        self.volatile.push(event);
        Ok(())
    }

    async fn publish(&self, events: &[LogEvent]) -> anyhow::Result<()> {
        let first = events[0].cursor;
        let mut expected = Cursor::new(first.epoch, first.seq - 1);
        for _ in 0..2 {
            match self.logs.append(self.run_id(), expected, events).await? {
                Append::Written => return Ok(()),
                Append::Behind { last } => expected = last,
                Append::Fenced { last } => anyhow::bail!("fenced at {last}"),
            }
        }
        anyhow::bail!("the log could not be appended to")
    }

    fn checkpoint(log: &[LogEvent]) -> Checkpoint<'_> {
        Checkpoint {
            steps: &[],
            log,
            usage: Usage::default(),
            lease: LEASE,
            seen_seq: i64::MAX,
        }
    }

    /// Makes durable what was shown.
    pub(crate) async fn record(&mut self) -> anyhow::Result<()> {
        let log = std::mem::take(&mut self.volatile);
        let fence = self.claimed.fence;
        self.storage.record(fence, &Self::checkpoint(&log)).await?;
        Ok(())
    }

    /// Halts the run as it was asked to; whether that was still wanted.
    pub(crate) async fn halt(&self) -> anyhow::Result<bool> {
        let paused = RunEvent::Paused {
            reason: "asked to".to_owned(),
        };
        let mut log = self.volatile.clone();
        log.push(LogEvent::encode(self.last.next(), &paused, clock::now())?);
        let halt = Halt {
            job_id: self.claimed.job_id,
            checkpoint: Self::checkpoint(&log),
        };
        let halted = self.storage.halt_run(self.claimed.fence, &halt).await?;
        Ok(matches!(halted, Halted::Paused))
    }

    /// Ends the run with an answer, recorded and shown.
    pub(crate) async fn complete(mut self, content: &str) -> anyhow::Result<()> {
        let end = self.finish(content).await?;
        self.publish(&[end]).await?;
        self.bus
            .ring_conversation(self.claimed.conversation_id)
            .await?;
        Ok(())
    }

    /// Ends the run with an answer that is recorded and shown nowhere.
    pub(crate) async fn complete_unseen(mut self, content: &str) -> anyhow::Result<()> {
        self.finish(content).await?;
        Ok(())
    }

    async fn finish(&mut self, content: &str) -> anyhow::Result<LogEvent> {
        let answer = NewAnswer {
            message_id: clock::id(),
            event_id: clock::id(),
            content: content.to_owned(),
        };
        let completed = RunEvent::Completed {
            message_id: answer.message_id,
            content: content.to_owned(),
            usage: Usage::default(),
        };
        self.keep(&completed)?;
        let log = std::mem::take(&mut self.volatile);
        let finish = Finish {
            scope: self.claimed.scope,
            conversation_id: self.claimed.conversation_id,
            job_id: self.claimed.job_id,
            end: &EndState::Completed,
            answer: Some(&answer),
            checkpoint: Self::checkpoint(&log),
            successor: clock::id(),
            successor_job: clock::id(),
            ended_at: clock::now(),
            traceparent: None,
        };
        let finished = self.storage.finish_run(self.claimed.fence, &finish).await?;
        anyhow::ensure!(matches!(finished, Finished::Ended(_)), "{finished:?}");
        log.into_iter()
            .last()
            .ok_or_else(|| anyhow::anyhow!("the end is in the log"))
    }
}
