//! One conversation: held, watched, and looked at when it is over.

use std::time::Duration;

use mosaic_domain::{ConversationId, RunId};
use mosaic_storage::{Run, Storage};
use mosaic_testkit::Chance;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::findings::Notes;
use crate::plan::{Errand, Talk, Then};
use crate::speaker::{Accepted, Speaker};
use crate::verdict::{self, Held};
use crate::watcher::{Seen, Surface, Watcher};

/// However much goes wrong, all runs of a conversation must have ended, and been seen to end, within this.
const SETTLED: Duration = Duration::from_mins(4);
/// How long a person waits for one answer before saying more.
const ANSWERED: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(100);
/// Runs that a conversation never has.
const ALL: u32 = 10_000;

/// What conversations of one thread have in common.
#[derive(Debug)]
pub(crate) struct Thread {
    pub(crate) number: u64,
    pub(crate) seed: u64,
    pub(crate) speaker: Speaker,
    pub(crate) storage: Storage,
    pub(crate) effects: verdict::Effects,
    pub(crate) notes: Notes,
}

/// The watchers of a conversation; they end when this is dropped.
struct Watched {
    seen: [Seen; 2],
    _tasks: JoinSet<()>,
}

impl Thread {
    /// Holds one conversation after the other until it is over; each is brought to its end.
    pub(crate) async fn talk(self, over: CancellationToken) -> anyhow::Result<()> {
        for (number, errands) in Talk::new(self.seed, self.number).enumerate() {
            if over.is_cancelled() {
                break;
            }
            let name = format!("t{}c{number}", self.number);
            self.conversation(&name, &errands, &over).await?;
        }
        Ok(())
    }

    async fn conversation(
        &self,
        name: &str,
        errands: &[Errand],
        over: &CancellationToken,
    ) -> anyhow::Result<()> {
        let id = self.speaker.begin(&self.notes).await?;
        let mut accepted: Vec<Accepted> = Vec::new();
        let mut stopped = Vec::new();
        let mut watched = None;
        for (number, errand) in errands.iter().enumerate() {
            tokio::select! {
                () = over.cancelled() => break,
                () = sleep(errand.pause) => {}
            }
            let content = format!("{name}m{number} {}", errand.wish.word());
            let sent = self
                .speaker
                .send(id, content, errand.waits, &self.notes)
                .await?;
            let run_id = sent.run_id;
            accepted.push(sent);
            let watched = match &mut watched {
                Some(watched) => watched,
                none => none.insert(self.watch(id, run_id)?),
            };
            match errand.then {
                Then::GoOn => {}
                Then::Wait => watched.answered(run_id, over).await,
                Then::Stop => {
                    stopped.push(run_id);
                    self.speaker.stop(run_id, &self.notes).await?;
                }
            }
        }
        let Some(watched) = watched else {
            return Ok(());
        };
        let runs = self.settle(name, id, &watched).await;
        for seen in &watched.seen {
            self.notes.count("resumes of watchers", seen.resumes());
        }
        let held = Held {
            name,
            id,
            scope: self.speaker.scope,
            accepted: &accepted,
            stopped: &stopped,
            runs: &runs,
            seen: &watched.seen,
        };
        verdict::conversation(&self.storage, &held, &self.effects, &self.notes).await
    }

    fn watch(&self, id: ConversationId, first: RunId) -> anyhow::Result<Watched> {
        let seen = [Seen::default(), Seen::default()];
        let mut tasks = JoinSet::new();
        for (surface, seen) in [Surface::Sse, Surface::WebSocket].into_iter().zip(&seen) {
            let part = 1_000 + self.number * 2 + u64::from(surface == Surface::Sse);
            let how = (surface, Chance::of_part(self.seed, part));
            let watcher = Watcher::new(self.speaker.clone(), id, first, how, seen.clone())?;
            tasks.spawn(watcher.run());
        }
        Ok(Watched {
            seen,
            _tasks: tasks,
        })
    }

    /// Waits until all runs have ended and everybody has seen it; the runs as they are then, oldest first.
    async fn settle(&self, name: &str, id: ConversationId, watched: &Watched) -> Vec<Run> {
        let begun = Instant::now();
        loop {
            // The record may be away at the moment.
            let runs = self.storage.runs(self.speaker.scope, id, ALL).await;
            let mut runs = runs.unwrap_or_default();
            runs.reverse();
            let unended: Vec<RunId> = runs
                .iter()
                .filter(|run| !run.state.is_terminal() || !watched.saw_end_of(run.id))
                .map(|run| run.id)
                .collect();
            if !runs.is_empty() && unended.is_empty() {
                return runs;
            }
            if begun.elapsed() > SETTLED {
                self.notes.find(format_args!(
                    "conversation {name} ({id}) did not settle; open, or not seen to end: {unended:?}"
                ));
                return runs;
            }
            sleep(LOOK).await;
        }
    }
}

impl Watched {
    fn saw_end_of(&self, run_id: RunId) -> bool {
        self.seen.iter().all(|seen| seen.ended(run_id))
    }

    async fn answered(&self, run_id: RunId, over: &CancellationToken) {
        let begun = Instant::now();
        while begun.elapsed() < ANSWERED && !over.is_cancelled() {
            if self.seen.iter().any(|seen| seen.ended(run_id)) {
                return;
            }
            sleep(LOOK).await;
        }
    }
}
