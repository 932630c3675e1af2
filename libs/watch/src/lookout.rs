//! What comes next in a conversation, asked once for all who wait for it.
//!
//! A bell wakes every watcher of a conversation at the same moment, and all of them want to know the same. So the watchers
//! of one conversation and one person share a *lookout*: one of them asks the record, the others take its answer.
//!
//! **Never an answer from before the bell.** Who wants to know draws a number, and so does who asks, just before the
//! question goes out. An answer serves those with lower numbers than its question: what was announced to them was there
//! when it was asked. Who comes while a question is out waits for the next one, so however many come at once, two
//! questions serve them all.
//!
//! **A record that is away** is shared like an answer: all who wait for a question learn that nothing is known, and come
//! again later, instead of finding that out one time-out after the other.
//!
//! A question belongs to the watcher that asks it. If that one goes away, the next in line asks anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mosaic_domain::{ConversationId, Scope};
use mosaic_storage::{Error, Run, RunHead, Storage};
use tokio::sync::{Mutex, watch};

use crate::hub::Hub;

/// What comes after a run in a conversation.
#[derive(Debug, Clone)]
pub(crate) enum Next {
    /// This run.
    Run(Arc<Found>),
    /// Nothing yet.
    Nothing,
    /// Nothing ever: the conversation was deleted.
    Gone,
    /// The record does not answer.
    Unknown,
}

/// A run, and where its log stood when it was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) run: Run,
    pub(crate) head: RunHead,
}

/// Looks for the runs of one conversation on behalf of one person, however many watchers they have.
#[derive(Debug)]
pub(crate) struct Lookout {
    hub: Hub,
    scope: Scope,
    conversation_id: ConversationId,
    /// The last number that was drawn.
    drawn: AtomicU64,
    /// Held by who asks.
    asking: Mutex<()>,
    answers: watch::Sender<Option<Answer>>,
}

/// What came of a question.
#[derive(Debug)]
struct Answer {
    /// Its number.
    number: u64,
    /// The place in the conversation that it was about.
    after: u32,
    next: Next,
}

impl Answer {
    /// Whether it tells who drew `number` what comes after `after`.
    fn serves(&self, number: u64, after: u32) -> bool {
        let reaches = match &self.next {
            // Nothing lies between the place and the run that was found.
            Next::Run(found) => found.run.ordinal > after,
            Next::Nothing | Next::Gone | Next::Unknown => true,
        };
        self.number > number && self.after <= after && reaches
    }
}

impl Lookout {
    pub(crate) fn new(hub: Hub, scope: Scope, conversation_id: ConversationId) -> Self {
        Self {
            hub,
            scope,
            conversation_id,
            drawn: AtomicU64::default(),
            asking: Mutex::default(),
            answers: watch::Sender::default(),
        }
    }

    pub(crate) const fn hub(&self) -> &Hub {
        &self.hub
    }

    /// What comes after the run of this ordinal. Fails with what will not pass by itself.
    pub(crate) async fn next(&self, after: u32) -> Result<Next, Error> {
        let number = self.draw();
        let mut answers = self.answers.subscribe();
        let serves = |answer: &Option<Answer>| {
            let answer = answer.as_ref();
            answer.is_some_and(|answer| answer.serves(number, after))
        };
        let _asking = tokio::select! {
            biased;
            Ok(answer) = answers.wait_for(serves) => {
                return Ok(answer.as_ref().map_or(Next::Unknown, |answer| answer.next.clone()));
            }
            asking = self.asking.lock() => asking,
        };
        let number = self.draw();
        let next = match self.ask(after).await {
            Err(error) if error.is_transient() => Next::Unknown,
            answer => answer?,
        };
        self.answers.send_replace(Some(Answer {
            number,
            after,
            next: next.clone(),
        }));
        Ok(next)
    }

    fn draw(&self) -> u64 {
        self.drawn.fetch_add(1, Ordering::SeqCst)
    }

    async fn ask(&self, after: u32) -> Result<Next, Error> {
        let storage = self.storage();
        let (scope, id) = (self.scope, self.conversation_id);
        let mut reached = after;
        while let Some(run) = storage.run_after(scope, id, reached).await? {
            if let Some(head) = storage.run_head(run.id).await? {
                return Ok(Next::Run(Arc::new(Found { run, head })));
            }
            // It was deleted meanwhile.
            reached = run.ordinal;
        }
        let conversation = storage.conversation(scope, id).await?;
        Ok(conversation.map_or(Next::Gone, |_| Next::Nothing))
    }

    /// The ordinal before the active run, or of the last run if none is active.
    pub(crate) async fn before_active(&self) -> Result<u32, Error> {
        let storage = self.storage();
        let (scope, id) = (self.scope, self.conversation_id);
        // The newest run is read first: one that is born after it is active in what is read next.
        let runs = storage.runs(scope, id, 1).await?;
        let conversation = storage.conversation(scope, id).await?;
        let active = conversation.and_then(|conversation| conversation.active_run_id);
        if let Some(active) = active
            && let Some(run) = storage.run(scope, active).await?
        {
            return Ok(run.ordinal.saturating_sub(1));
        }
        Ok(runs.first().map_or(0, |newest| {
            if newest.state.is_terminal() {
                newest.ordinal
            } else {
                newest.ordinal.saturating_sub(1)
            }
        }))
    }

    fn storage(&self) -> &Storage {
        self.hub.storage()
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        self.hub.forget_lookout(self.scope, self.conversation_id);
    }
}
