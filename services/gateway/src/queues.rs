//! Task queues as operators handle them. Queues belong to the installation: whole ones are commanded from its home workspace. A
//! job belongs to its workspace, whose operators may handle it when it is dead; for the others it can be counted and no more.
//! Each command that can be carried out is written down before anything is done, carried out to its end whether or not its
//! caller waits for it, and written down again with how it went, never with what a job says.

mod chat;
mod contract;
mod dead;
mod discard;
mod list;
mod mend;
mod retry_all;
mod whole;

use std::net::IpAddr;

use mosaic_bus::Queue;
use mosaic_error::ErrorCode;
use mosaic_identity::{Action, may};
use mosaic_proto::job::{CHANNEL_OUT_QUEUE, RUNS_QUEUE, SUMMARIES_QUEUE};
use mosaic_storage::{Actor, AuditOutcome, NewAudit};
use tokio::sync::oneshot;
use tracing::Instrument as _;

pub(crate) use chat::without_chat;

use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::state::Gateway;
use crate::wire::{PauseBody, QueueBody};

pub(crate) use self::list::own_dead;
pub(crate) use self::retry_all::Redrives;

/// The longest data of a job that is shown or taken in.
pub(crate) const DATA_BYTES: usize = 64 << 10;
/// What is kept of the name of something that may not be there.
const NAME_CHARS: usize = 200;
/// The queues that are there before anything was queued.
const OWN: [&str; 3] = [CHANNEL_OUT_QUEUE, RUNS_QUEUE, SUMMARIES_QUEUE];

/// A command to a queue.
#[derive(Debug)]
pub(crate) struct QueueCommand {
    actor: Actor,
    action: &'static str,
    target: (&'static str, String),
    reason: Option<String>,
    /// Whether it is given by who runs the installation.
    installation: bool,
}

impl QueueCommand {
    /// `action` by this caller, to the queue or the dead letter (`queue/entry`) of this name.
    pub(crate) fn new(
        (identity, address): (&Identity, IpAddr),
        action: &'static str,
        target: &str,
    ) -> Self {
        // It comes from an address, where everything may stand.
        let printable = target.chars().filter(|letter| !letter.is_control());
        let name = printable.take(NAME_CHARS).collect();
        let caller = &identity.caller;
        let actor = Actor {
            workspace_id: caller.scope.workspace_id,
            user_id: Some(caller.scope.user_id),
            name: caller.name.to_string(),
            address: Some(address),
        };
        Self {
            actor,
            action,
            target: ("queue", name),
            reason: None,
            installation: may(caller, Action::OperateInstallation),
        }
    }

    /// The same for this reason.
    pub(crate) fn because(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    /// The same with other data for the job: that is another thing to do, and to find.
    fn mending(self) -> Self {
        Self {
            action: "queue.mend",
            ..self
        }
    }

    /// The same with more about its target.
    fn about(mut self, more: &str) -> Self {
        self.target.1.push_str(": ");
        self.target.1.push_str(more);
        self
    }

    fn entry(&self, outcome: AuditOutcome) -> NewAudit<'_> {
        NewAudit {
            by: &self.actor,
            action: self.action,
            target: self.target.clone(),
            reason: self.reason.as_deref(),
            outcome,
        }
    }
}

/// What a command came to, and what of it is written down.
type Carried<T> = ApiResult<(T, AuditOutcome)>;
/// The same, with more about its target.
type Told<T> = ApiResult<(T, AuditOutcome, Option<String>)>;

impl Gateway {
    /// The names of all queues.
    pub(crate) async fn queue_names(&self) -> ApiResult<Vec<String>> {
        let mut names = self.queues.queues().await?;
        names.extend(OWN.map(str::to_owned));
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The queue of this name.
    pub(crate) async fn queue(&self, name: &str) -> ApiResult<Queue> {
        let known = OWN.contains(&name) || self.queue_names().await?.iter().any(|one| one == name);
        if known {
            Ok(self.queues.queue(name))
        } else {
            Err(ApiError::not_found("queue", name))
        }
    }

    /// The queue that a command is for. That it is not there is written down.
    async fn queue_for(&self, command: &QueueCommand, name: &str) -> ApiResult<Queue> {
        match self.queue(name).await {
            Ok(queue) => Ok(queue),
            Err(why) => Err(self.refused(command, why).await),
        }
    }

    /// Writes down that nothing came of a command, and passes on why.
    async fn refused(&self, command: &QueueCommand, why: ApiError) -> ApiError {
        // Whether it could be done was not found out, and nothing was.
        if why.problem.status >= 500 {
            return why;
        }
        let entry = command.entry(AuditOutcome::Refused);
        match self.storage.audit(&entry).await {
            Ok(()) => why,
            Err(error) => error.into(),
        }
    }

    /// A queue as it is now.
    pub(crate) async fn queue_body(
        &self,
        queue: &Queue,
        installation: bool,
    ) -> ApiResult<QueueBody> {
        let stats = queue.stats().await?;
        let pause = if stats.paused {
            queue.paused().await?
        } else {
            None
        };
        let pause = pause.map(|pause| PauseBody::new(pause, installation));
        Ok(QueueBody::new(queue.name().to_owned(), &stats, pause))
    }

    /// Refuses who may not do this, and writes the attempt down.
    pub(crate) async fn require_operator(
        &self,
        identity: &Identity,
        action: Action,
        command: &QueueCommand,
    ) -> ApiResult<()> {
        if may(&identity.caller, action) {
            return Ok(());
        }
        self.storage
            .audit(&command.entry(AuditOutcome::Denied))
            .await?;
        Err(ApiError::denied(&identity.caller, action))
    }

    /// Writes a command down, does its work to the end and writes down how it went. What cannot be written down is not done.
    fn carry_out<T: Send + 'static>(
        &self,
        command: QueueCommand,
        work: impl Future<Output = Carried<T>> + Send + 'static,
    ) -> impl Future<Output = ApiResult<T>> {
        // By itself, or what asks for it would hold all of it several times.
        let work = Box::pin(work);
        let telling = async move {
            let carried = work.await;
            carried.map(|(value, outcome)| (value, outcome, None))
        };
        self.carry_out_telling(command, telling)
    }

    /// The same for work that tells more about its target when it is done.
    async fn carry_out_telling<T: Send + 'static>(
        &self,
        command: QueueCommand,
        work: impl Future<Output = Told<T>> + Send + 'static,
    ) -> ApiResult<T> {
        let storage = self.storage.clone();
        storage
            .audit(&command.entry(AuditOutcome::Requested))
            .await?;
        let (answer, answered) = oneshot::channel();
        let task = async move {
            let carried = work.await;
            let command = match &carried {
                Ok((_, _, Some(told))) => command.about(told),
                Ok(_) | Err(_) => command,
            };
            let outcome = match &carried {
                Ok((_, outcome, _)) => *outcome,
                Err(error) if error.problem.status < 500 => AuditOutcome::Refused,
                // How far it came is not known; it can be repeated.
                Err(_) => AuditOutcome::Failed,
            };
            let noted = storage.audit(&command.entry(outcome)).await;
            if let Err(error) = &noted {
                tracing::error!(action = command.action, target = %command.target.1, outcome = outcome.as_str(), %error, "a command cannot be written down");
            }
            let result = match (carried, noted) {
                (Ok((value, ..)), Ok(())) => Ok(value),
                (Err(error), _) => Err(error),
                (Ok(_), Err(error)) => Err(error.into()),
            };
            drop(answer.send(result));
        };
        self.life.spawn(task.in_current_span());
        answered.await.unwrap_or_else(|_| {
            let detail = "The gateway ends before the command is carried out.";
            Err(ApiError::new(ErrorCode::Unavailable, detail))
        })
    }
}

/// Whether this can be the id of an entry: two numbers, the first a time in milliseconds.
pub(crate) fn is_entry_id(text: &str) -> bool {
    let number =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u64>().is_ok();
    text.split_once('-')
        .is_some_and(|(time, rest)| number(time) && number(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_an_entry_is_two_numbers() {
        for good in ["0-0", "1763717043211-12"] {
            assert!(is_entry_id(good), "{good}");
        }
        for bad in [
            "",
            "-",
            "1763717043211",
            "1-",
            "1-*",
            "+1-1",
            "1-2-3",
            "18446744073709551616-0",
            "(1-1",
        ] {
            assert!(!is_entry_id(bad), "{bad}");
        }
    }
}
