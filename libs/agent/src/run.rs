//! The loop itself.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};
use mosaic_domain::event::StepUsage;
use mosaic_domain::{
    EndState, Fence, InstanceId, Message, NumberedStep, RunEvent, RunId, Scope, StepKind,
    StepRecord, ToolState, Usage,
};
use mosaic_llm::{LlmError, LlmErrorKind, Provider, ToolCall, reminders_section, summary_section};
use mosaic_tools::Toolbox;

use crate::journal::{Ending, Journal, JournalError, Pausing, Record};
use crate::model_step::{self, Made};
use crate::stop::{Stop, StopSignal};
use crate::transcript::{InvalidStep, ModelOutput, PendingCall, Transcript};
use crate::{Clock, Recall, Recalled, storable, tool_step};

/// Who answers, and with what.
#[derive(Clone)]
pub struct Agent {
    /// The model provider.
    pub provider: Arc<dyn Provider>,
    /// The provider's name of the model.
    pub model: String,
    /// How many tokens a conversation with it may have.
    pub context_window: u32,
    /// What the agent can do.
    pub toolbox: Arc<Toolbox>,
    /// How it behaves.
    pub settings: Arc<Settings>,
    /// What the model is reminded of.
    pub recall: Arc<dyn Recall>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// How agents behave.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the model is told before everything else.
    pub system_prompt: String,
    /// Model calls in one run at the most.
    pub max_model_steps: u32,
    /// Attempts at one model call.
    pub model_attempts: u32,
    /// Wait before the second attempt; it doubles with each further one.
    pub retry_delay: Duration,
    /// Longest wait between attempts, also when a provider asks for more.
    pub max_retry_delay: Duration,
    /// How long one tool call may take.
    pub tool_timeout: Duration,
}

/// The run to be executed, as it stands.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The run.
    pub run_id: RunId,
    /// The replica that executes it.
    pub worker_id: InstanceId,
    /// Number of its claim.
    pub epoch: u32,
    /// On whose behalf it acts.
    pub scope: Scope,
    /// What stands for the messages before `history`, where they were summarised.
    pub summary: Option<String>,
    /// Earlier messages of the conversation, oldest first.
    pub history: Vec<Message>,
    /// The messages it answers, oldest first.
    pub messages: Vec<Message>,
    /// What is recorded of it.
    pub steps: Vec<NumberedStep>,
}

impl Turn {
    /// What everything must show that writes on behalf of the run.
    #[must_use]
    pub const fn fence(&self) -> Fence {
        Fence {
            run_id: self.run_id,
            epoch: self.epoch,
            worker_id: self.worker_id,
        }
    }
}

/// Executes a run from where its record stands until it has ended, is halted, or is left to another claim.
pub async fn run(
    agent: &Agent,
    turn: Turn,
    journal: &mut dyn Journal,
    stop: &StopSignal,
) -> Result<(), JournalError> {
    let transcript = match Transcript::rebuild(&turn.history, &turn.messages, &turn.steps) {
        Ok(transcript) => transcript,
        Err(error) => {
            tracing::error!(run.id = %turn.run_id, %error, "a recorded step cannot be read by this version");
            let end = unreadable_step(&error);
            let seen_seq = turn.messages.last().map_or(0, |message| message.seq);
            let record = Record {
                seen_seq,
                ..Record::default()
            };
            journal.finish(&end, None, record).await?;
            return Ok(());
        }
    };
    let first = turn.messages.first().map(|message| message.seq);
    let mut execution = Execution {
        agent,
        turn: &turn,
        journal,
        stop,
        transcript,
        reminders: String::new(),
        waiting: Vec::new(),
    };
    if execution.transcript.pending.is_empty() {
        execution.expect_unseen(first);
    }
    execution.remember().await;
    execution.run().await
}

/// One execution of [`run`].
pub(crate) struct Execution<'a> {
    pub(crate) agent: &'a Agent,
    pub(crate) turn: &'a Turn,
    pub(crate) journal: &'a mut dyn Journal,
    pub(crate) stop: &'a StopSignal,
    pub(crate) transcript: Transcript,
    /// What the model is reminded of, as a section of the system prompt.
    pub(crate) reminders: String,
    /// Messages that joined and have not been read yet.
    waiting: Vec<Message>,
}

impl Execution<'_> {
    /// Asks once what fits this turn, unless the run is to stop.
    async fn remember(&mut self) {
        let stop = self.stop.clone();
        let recalling = self.agent.recall.recall(self.turn);
        let Either::Left((recalled, _)) = select(recalling, Box::pin(stop.wait())).await else {
            return;
        };
        let Recalled {
            memory_ids,
            reminders,
        } = recalled;
        if !memory_ids.is_empty() {
            self.journal.emit(RunEvent::MemoryRecalled { memory_ids });
        }
        self.reminders = reminders_section(&reminders);
    }

    /// What the model is told before everything else.
    pub(crate) fn system_prompt(&self) -> String {
        let mut prompt = self.agent.settings.system_prompt.clone();
        let summary = self.turn.summary.as_deref().map(summary_section);
        for section in [summary.as_deref().unwrap_or_default(), &self.reminders] {
            if !section.is_empty() {
                prompt.push_str("\n\n");
                prompt.push_str(section);
            }
        }
        prompt
    }

    async fn run(&mut self) -> Result<(), JournalError> {
        loop {
            if let Some(stop) = self.stop.stopped() {
                return self.stop_here(stop, None).await;
            }
            if let Some(reason) = self.stop.pausing() {
                if self.pause(&reason).await? {
                    return Ok(());
                }
                continue;
            }
            if !self.transcript.pending.is_empty() {
                if let Some(stop) = tool_step::execute(self).await? {
                    return self.stop_here(stop, None).await;
                }
                continue;
            }
            self.read_waiting();
            if self.transcript.model_steps >= self.agent.settings.max_model_steps {
                return self
                    .end(step_limit(self.agent.settings.max_model_steps), None)
                    .await;
            }
            let step = self.transcript.next_step();
            match model_step::make(self, step).await? {
                Made::Stopped { stop, said } => return self.stop_here(stop, said).await,
                Made::Halted => {}
                Made::Failed(error) => return self.end(provider_failure(&error), None).await,
                Made::Answered {
                    output,
                    duration_ms,
                } => {
                    if self.answered(step, output, duration_ms).await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Records a model's answer; true if the run has ended with it.
    async fn answered(
        &mut self,
        step: u32,
        output: ModelOutput,
        duration_ms: u32,
    ) -> Result<bool, JournalError> {
        let usage = usage(output.usage);
        let calls: Vec<ToolCall> = calls(&output);
        let record = self.model_record(step, &output, usage, duration_ms, &calls)?;
        self.transcript.last_step = step;
        self.transcript.answered(output.blocks);
        if calls.is_empty() {
            let answer = self.transcript.last_text.clone();
            match self
                .journal
                .finish(&EndState::Completed, Some(answer), record.clone())
                .await?
            {
                Ending::Ended => return Ok(true),
                Ending::Steered(joined) => self.expect(joined),
            }
        }
        let joined = self.journal.record(record).await?;
        self.expect(joined);
        for call in calls {
            self.transcript.last_step += 1;
            let step = self.transcript.last_step;
            self.transcript.pending.push(PendingCall {
                step,
                call,
                state: ToolState::Planned,
            });
        }
        Ok(false)
    }

    fn model_record(
        &self,
        step: u32,
        output: &ModelOutput,
        usage: Usage,
        duration_ms: u32,
        calls: &[ToolCall],
    ) -> Result<Record, JournalError> {
        let encoded =
            serde_json::to_value(output).map_err(|e| JournalError::Broken(e.to_string()))?;
        let mut steps = vec![NumberedStep {
            step,
            record: StepRecord::Model {
                model: format!("{}/{}", self.agent.provider.name(), self.agent.model),
                context_seq: self.transcript.seen_seq,
                output: encoded,
                duration_ms,
            },
        }];
        let done = StepUsage {
            step,
            kind: StepKind::Model,
            usage,
            duration_ms,
        };
        let mut then = vec![RunEvent::StepCompleted(done)];
        for (number, call) in (step + 1..).zip(calls) {
            then.push(RunEvent::ToolStarted {
                step: number,
                call_id: call.id.clone(),
                name: call.name.clone(),
                arguments: call.arguments.clone(),
            });
            steps.push(NumberedStep {
                step: number,
                record: StepRecord::Tool {
                    name: call.name.clone(),
                    call_id: call.id.clone(),
                    arguments: call.arguments.clone(),
                    state: ToolState::Planned,
                    output: None,
                    duration_ms: None,
                },
            });
        }
        Ok(Record {
            steps,
            usage,
            seen_seq: self.known_seq(),
            then,
        })
    }

    /// Messages that no recorded model call has seen. The first message of the run is in its log already.
    fn expect_unseen(&mut self, first: Option<i64>) {
        let seen = self.transcript.seen_seq;
        let unseen: Vec<Message> = self
            .turn
            .messages
            .iter()
            .filter(|one| one.seq > seen)
            .cloned()
            .collect();
        let (mut accepted, joined): (Vec<_>, Vec<_>) =
            unseen.into_iter().partition(|one| Some(one.seq) == first);
        if let Some(message) = accepted.pop() {
            self.transcript.join(&message);
        }
        self.expect(joined);
    }

    /// Notes messages that have joined, each once.
    pub(crate) fn expect(&mut self, joined: Vec<Message>) {
        let known = self.known_seq();
        self.waiting
            .extend(joined.into_iter().filter(|message| message.seq > known));
    }

    /// `seq` of the newest message of the run that is known here.
    pub(crate) fn known_seq(&self) -> i64 {
        self.waiting
            .last()
            .map_or(self.transcript.seen_seq, |message| message.seq)
    }

    fn read_waiting(&mut self) {
        for message in self.waiting.drain(..) {
            self.journal.emit(RunEvent::MessageAdded {
                message_id: message.id,
                content: message.content.clone(),
            });
            self.transcript.join(&message);
        }
    }

    async fn stop_here(&mut self, stop: Stop, said: Option<String>) -> Result<(), JournalError> {
        match stop {
            Stop::Leave => Ok(()),
            Stop::End(end) => self.end(end, said).await,
        }
    }

    /// Halts before the next step; false if that is not wanted any more.
    async fn pause(&mut self, reason: &str) -> Result<bool, JournalError> {
        let record = Record {
            seen_seq: self.known_seq(),
            ..Record::default()
        };
        match self.journal.pause(reason, record).await? {
            Pausing::Paused => Ok(true),
            Pausing::Withdrawn(joined) => {
                self.stop.withdraw_pause();
                self.expect(joined);
                Ok(false)
            }
        }
    }

    /// Ends the run without a final answer; what a stopped model had said so far is kept.
    async fn end(&mut self, end: EndState, said: Option<String>) -> Result<(), JournalError> {
        let said = said.filter(|text| !text.trim().is_empty());
        let record = Record {
            // Messages that joined and were not read are answered by a run of their own.
            seen_seq: self.transcript.seen_seq,
            ..Record::default()
        };
        self.journal.finish(&end, said, record).await?;
        Ok(())
    }
}

/// The calls of an answer, each with an id of its own: some servers leave ids empty or use them twice.
fn calls(output: &ModelOutput) -> Vec<ToolCall> {
    output
        .blocks
        .iter()
        .filter_map(|block| match block {
            mosaic_llm::AssistantBlock::ToolCall(call) => Some(call.clone()),
            _ => None,
        })
        .collect()
}

fn usage(used: mosaic_llm::Usage) -> Usage {
    let count = |tokens: u64| u32::try_from(tokens).unwrap_or(u32::MAX);
    Usage {
        input_tokens: count(used.prompt()),
        output_tokens: count(used.output),
        cache_read_tokens: count(used.cache_read),
        cache_write_tokens: count(used.cache_write),
    }
}

fn step_limit(limit: u32) -> EndState {
    EndState::Failed {
        code: "step_limit".into(),
        reason: format!(
            "The agent made {limit} model calls without coming to an answer. Ask for less at once, or raise \
             agent_worker.max_steps."
        ),
    }
}

/// What does not fit is for the log: it may quote what a tool said or the model wrote, and others than the owner read this.
fn unreadable_step(error: &InvalidStep) -> EndState {
    let step = error.step;
    EndState::Failed {
        code: "unreadable_step".into(),
        reason: format!(
            "Step {step} of the run is on record in a form that this version cannot read. Send the message again to \
             start over."
        ),
    }
}

fn provider_failure(error: &LlmError) -> EndState {
    let remedy = error.remedy();
    let reason = match error.kind {
        LlmErrorKind::Auth => format!("{} refused the key. {remedy}", error.provider),
        _ => format!("{error}. {remedy}"),
    };
    EndState::Failed {
        code: format!("provider_{}", error.kind),
        reason: storable::text(reason),
    }
}
