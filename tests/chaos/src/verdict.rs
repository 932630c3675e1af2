//! What must be true when a conversation is over, and when everything is.

mod log;
mod runs;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use mosaic_domain::{ConversationId, Cursor, Message, Role, RunId, Scope};
use mosaic_e2e::{Call, Ledger, PATIENCE};
use mosaic_storage::{MessagePage, Run, Storage};
use tokio::time::{Instant, sleep};

use crate::findings::Notes;
use crate::speaker::Accepted;
use crate::watcher::Seen;

pub use log::{collapsed, sequence};

/// More than a conversation ever has.
const ALL: u32 = 100_000;

/// Counts what the tool did.
#[derive(Debug, Clone)]
pub struct Effects(Ledger);

impl Effects {
    /// What the tool's server counted.
    #[must_use]
    pub const fn new(ledger: Ledger) -> Self {
        Self(ledger)
    }

    pub(crate) fn of(&self, call: Call) -> usize {
        self.0.effects().get(&call).copied().unwrap_or_default()
    }

    pub(crate) fn all(&self) -> BTreeMap<Call, usize> {
        self.0.effects()
    }
}

/// A conversation that is over.
pub(crate) struct Held<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: ConversationId,
    pub(crate) scope: Scope,
    /// What the gateways promised to answer.
    pub(crate) accepted: &'a [Accepted],
    /// Runs that somebody asked to stop.
    pub(crate) stopped: &'a [RunId],
    /// All its runs.
    pub(crate) runs: &'a [Run],
    /// What each watcher saw.
    pub(crate) seen: &'a [Seen],
}

/// Looks at a conversation.
pub(crate) async fn conversation(
    storage: &Storage,
    held: &Held<'_>,
    effects: &Effects,
    notes: &Notes,
) -> anyhow::Result<()> {
    let find = |what: std::fmt::Arguments<'_>| {
        notes.find(format_args!(
            "conversation {} ({}): {what}",
            held.name, held.id
        ));
    };
    let messages = patiently(|| storage.messages(held.scope, held.id, MessagePage::After(0), ALL))
        .await?
        .context("the conversation is gone")?;
    stored_once(&messages, held.accepted, &find);
    for run in held.runs {
        let log = patiently(|| storage.run_log(run.id, Cursor::START, usize::MAX)).await?;
        let told = log::Told::read(&log)?;
        runs::look(run, &told, &messages, held, &find);
        runs::tools(run, &told, effects, &find);
        for (seen, surface) in held.seen.iter().zip(["SSE", "WebSocket"]) {
            log::watched(&seen.of(run.id), &told, &|what| {
                find(format_args!(
                    "watcher over {surface} of run {}: {what}",
                    run.id
                ));
            });
        }
        runs::count(run, &told, notes);
    }
    let known = |run_id: &RunId| held.runs.iter().any(|run| run.id == *run_id);
    for message in &messages {
        if !message.run_id.is_some_and(|run_id| known(&run_id)) {
            find(format_args!("message {} belongs to no run", message.id));
        }
    }
    Ok(())
}

/// Every accepted message is there once, and nothing else that a person said.
fn stored_once(
    messages: &[Message],
    accepted: &[Accepted],
    find: &impl Fn(std::fmt::Arguments<'_>),
) {
    let said = || messages.iter().filter(|message| message.role == Role::User);
    for one in accepted {
        let copies = said().filter(|message| message.content == one.content);
        let ids: Vec<_> = copies.map(|message| message.id).collect();
        if ids != [one.message_id] {
            find(format_args!(
                "{:?} was accepted as {} of run {} and is stored as {ids:?}",
                one.content, one.message_id, one.run_id
            ));
        }
    }
    let stored = said().count();
    if stored != accepted.len() {
        find(format_args!(
            "{} messages were accepted and {stored} are stored",
            accepted.len()
        ));
    }
}

/// Asks the record until it answers: it may be away at the moment, also while this looks.
async fn patiently<T, F>(ask: impl Fn() -> F) -> anyhow::Result<T>
where
    F: Future<Output = Result<T, mosaic_storage::Error>>,
{
    let asked = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) if asked.elapsed() > PATIENCE => return Err(error.into()),
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}
