//! Commands to runs and workers: changed in the record, by whom noted there, and told to the worker that holds the run. The
//! record is what counts: a word that does not arrive costs time, because a worker's heartbeat finds there what was asked.

mod kill;

use std::net::IpAddr;

use mosaic_domain::{InstanceId, RunId, RunState};
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{Action, Caller, may};
use mosaic_proto::log::LogEvent;
use mosaic_runtime::clock;
use mosaic_storage::{
    Actor, AuditOutcome, Change, Command, Commanded, Injected, NewAudit, NewMessage, Reach,
    RunEntry, Sent,
};
use mosaic_telemetry::propagation;

use crate::control::Word;
use crate::error::{ApiError, ApiResult};
use crate::shown;
use crate::state::Gateway;
use crate::wire::{InjectBody, StopState};

/// Who gives a command, and from where.
#[derive(Debug, Clone)]
pub(crate) struct Commander {
    caller: Caller,
    actor: Actor,
}

impl Commander {
    /// This caller, at this address where it is known.
    pub(crate) fn new(caller: &Caller, address: Option<IpAddr>) -> Self {
        let actor = Actor {
            workspace_id: caller.scope.workspace_id,
            user_id: Some(caller.scope.user_id),
            name: caller.name.to_string(),
            address,
        };
        Self {
            caller: caller.clone(),
            actor,
        }
    }

    /// Who they are, for the audit log.
    pub(crate) const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whose runs they may command.
    pub(crate) fn reach(&self) -> Reach {
        if may(&self.caller, Action::Command) {
            Reach::Workspace(self.caller.scope.workspace_id)
        } else {
            Reach::Own(self.caller.scope)
        }
    }

    fn command<'a>(&'a self, run_id: RunId, reason: &'a str) -> Command<'a> {
        Command {
            reach: self.reach(),
            run_id,
            reason,
            by: &self.actor,
            now: clock::now(),
        }
    }
}

impl Gateway {
    /// Stops a run: what it has said so far stays.
    pub(crate) async fn stop(
        &self,
        who: &Commander,
        run_id: RunId,
        reason: Option<String>,
    ) -> ApiResult<StopState> {
        let reason = reason.unwrap_or_else(|| format!("stopped by {}", who.caller.name));
        let command = who.command(run_id, &reason);
        let stopped = self.storage.stop_run(&command).await?;
        let Some(stopped) = stopped else {
            return Err(self.out_of_reach(who, "run.stop", run_id).await);
        };
        Ok(match stopped {
            Commanded::Done(change) => {
                self.publish(run_id, *change);
                StopState::Cancelled
            }
            Commanded::Requested { worker_id } => {
                self.tell_soon(worker_id, Word::Stop(run_id, reason));
                StopState::Stopping
            }
            Commanded::Stopping => StopState::Stopping,
            Commanded::Unchanged(state) | Commanded::Ended(state) => state.into(),
        })
    }

    /// Halts a run before its next step, until it is resumed.
    pub(crate) async fn pause(
        &self,
        who: &Commander,
        run_id: RunId,
        reason: Option<String>,
    ) -> ApiResult<RunEntry> {
        let reason = reason.unwrap_or_else(|| format!("paused by {}", who.caller.name));
        let command = who.command(run_id, &reason);
        let paused = self.storage.pause_run(&command).await?;
        let Some(paused) = paused else {
            return Err(self.out_of_reach(who, "run.pause", run_id).await);
        };
        match paused {
            Commanded::Done(change) => self.publish(run_id, *change),
            Commanded::Requested { worker_id } => {
                self.tell_soon(worker_id, Word::Pause(run_id, reason));
            }
            Commanded::Unchanged(_) => {}
            Commanded::Ended(state) => return Err(ended(run_id, state)),
            Commanded::Stopping => return Err(stopping(run_id)),
        }
        self.entry(who, run_id).await
    }

    /// Has a paused run go on.
    pub(crate) async fn resume(
        &self,
        who: &Commander,
        run_id: RunId,
        reason: Option<String>,
    ) -> ApiResult<RunEntry> {
        let reason = reason.unwrap_or_else(|| format!("resumed by {}", who.caller.name));
        let command = who.command(run_id, &reason);
        let resumed = self.storage.resume_run(&command, clock::id()).await?;
        let Some(resumed) = resumed else {
            return Err(self.out_of_reach(who, "run.resume", run_id).await);
        };
        match resumed {
            Commanded::Done(change) => self.publish(run_id, *change),
            Commanded::Unchanged(_) | Commanded::Requested { .. } => {}
            Commanded::Ended(state) => return Err(ended(run_id, state)),
            Commanded::Stopping => return Err(stopping(run_id)),
        }
        self.entry(who, run_id).await
    }

    /// Stores a message that joins just this run of the caller.
    pub(crate) async fn inject(
        &self,
        who: &Commander,
        run_id: RunId,
        body: InjectBody,
    ) -> ApiResult<Sent> {
        let scope = who.caller.scope;
        let new = NewMessage {
            message_id: clock::id(),
            run_id,
            job_id: clock::id(),
            event_id: clock::id(),
            // Storage puts the run's own here.
            conversation_id: clock::id(),
            content: body.content,
            delivery: mosaic_domain::Delivery::Steer,
            idempotency_key: body.idempotency_key,
            traceparent: propagation::inject(),
            received_at: clock::now(),
        };
        let injected = self
            .storage
            .inject_message(scope, run_id, &new, &who.actor)
            .await?;
        let Some(injected) = injected else {
            return Err(self.out_of_reach(who, "run.inject", run_id).await);
        };
        match injected {
            Injected::Sent {
                mut sent,
                worker_id,
            } => {
                self.relay.publish(std::mem::take(&mut sent.outbox));
                self.ring(sent.message.conversation_id);
                self.tell_soon(worker_id, Word::Inject(run_id));
                Ok(*sent)
            }
            Injected::Ended(state) => Err(ended(run_id, state)),
            Injected::Stopping => Err(stopping(run_id)),
        }
    }

    /// Has a worker take no more runs (`drain`), or take runs again.
    pub(crate) async fn drain(
        &self,
        who: &Commander,
        id: InstanceId,
        drain: bool,
        reason: &str,
    ) -> ApiResult<()> {
        let why = drain.then_some(reason);
        let address = self
            .storage
            .drain_worker(id, why, Some(reason), &who.actor)
            .await?;
        let Some(address) = address else {
            let action = if drain {
                "worker.drain"
            } else {
                "worker.resume"
            };
            let target = ("worker", id.to_string());
            self.note(who, action, target, AuditOutcome::Refused)
                .await?;
            return Err(ApiError::not_found("worker", id));
        };
        let word = if drain {
            Word::Drain(reason.to_owned())
        } else {
            Word::Undrain
        };
        // Waited for: whoever drained a worker may count on it.
        if let Err(status) = self.control.tell(&address, word).await {
            tracing::debug!(worker = %id, %status, "the worker was not reached; its next heartbeat finds it in the register");
        }
        Ok(())
    }

    /// Refuses who may not do this, and writes the attempt down.
    pub(crate) async fn require(
        &self,
        who: &Commander,
        needed: Action,
        action: &str,
        target: (&str, String),
    ) -> ApiResult<()> {
        if may(&who.caller, needed) {
            return Ok(());
        }
        self.note(who, action, target, AuditOutcome::Denied).await?;
        Err(ApiError::denied(&who.caller, needed))
    }

    /// The refusal of a command to a run that is not within reach, which is written down.
    async fn out_of_reach(&self, who: &Commander, action: &str, run_id: RunId) -> ApiError {
        let target = ("run", run_id.to_string());
        match self.note(who, action, target, AuditOutcome::Denied).await {
            Ok(()) => missing(run_id),
            Err(error) => error,
        }
    }

    /// Writes a command down of which nothing came.
    async fn note(
        &self,
        who: &Commander,
        action: &str,
        target: (&str, String),
        outcome: AuditOutcome,
    ) -> ApiResult<()> {
        let entry = NewAudit {
            by: &who.actor,
            action,
            target,
            reason: None,
            outcome,
        };
        Ok(self.storage.audit(&entry).await?)
    }

    /// The run as it stands.
    async fn entry(&self, who: &Commander, run_id: RunId) -> ApiResult<RunEntry> {
        let entry = self.storage.run_entry(who.reach(), run_id).await?;
        entry.ok_or_else(|| missing(run_id))
    }

    /// Publishes what a command has changed, and shows it to whoever watches.
    pub(crate) fn publish(&self, run_id: RunId, change: Change) {
        self.relay.publish(change.outbox);
        if let Some(event) = change.event {
            self.show(run_id, event);
        }
        self.ring(change.conversation_id);
    }

    /// Shows an event that the record has already to whoever watches the run now.
    fn show(&self, run_id: RunId, event: LogEvent) {
        let logs = self.bus.run_logs();
        self.life.spawn(async move {
            shown::show(&logs, run_id, event).await;
        });
    }

    /// Tells a worker, without anybody waiting for it. Whatever goes wrong here costs time only: the worker's next heartbeat
    /// finds the request.
    pub(crate) fn tell_soon(&self, worker_id: Option<InstanceId>, word: Word) {
        let Some(worker_id) = worker_id else { return };
        let gateway = self.clone();
        self.life.spawn(async move {
            let told = match gateway.storage.instance_address(worker_id).await {
                Ok(Some(address)) => gateway.control.tell(&address, word).await,
                Ok(None) => return,
                Err(error) => {
                    tracing::debug!(%worker_id, %error, "the worker's address could not be read");
                    return;
                }
            };
            if let Err(status) = told {
                tracing::debug!(%worker_id, %status, "the worker was not reached; its heartbeat will find the request");
            }
        });
    }
}

fn missing(run_id: RunId) -> ApiError {
    ApiError::not_found("run", run_id)
}

fn ended(run_id: RunId, state: RunState) -> ApiError {
    let detail = format!("The run {run_id} has ended: it is {}.", state.as_str());
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy(
            "Nothing is left to command. Send a message to its conversation to begin another run.",
        )
        .into()
}

fn stopping(run_id: RunId) -> ApiError {
    Problem::new(
        ErrorCode::Conflict,
        format!("The run {run_id} is about to be stopped."),
    )
    .with_remedy("Wait until it has ended, or kill it if it does not.")
    .into()
}
