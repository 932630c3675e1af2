//! Carries out what the interface asks the gateway for; every answer, and every failure, becomes an event.

use std::time::Duration;

use mosaic_client::{Client, Error, NewMessage, Page, Patience, Sent, Turn};
use mosaic_domain::{ConversationId, Delivery, RunId};
use mosaic_tui::{BeginWith, Change, Command, Event, Watched};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::follow::Follow;
use super::operate;

/// Conversations of a page of the list.
const CONVERSATIONS: u32 = 50;
/// Messages of a page.
pub(super) const MESSAGES: u32 = 100;
/// How long a message is tried to be sent while the gateway is away.
const PATIENCE: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// How long the log of a run of long ago may take.
const PAST: Duration = Duration::from_secs(20);

/// The way to the gateway.
pub(super) struct Link {
    hand: Hand,
    tracker: TaskTracker,
    /// Ends everything when the interface ends.
    life: CancellationToken,
    _end: DropGuard,
    /// Ends following the conversation that is open.
    following: Option<DropGuard>,
    /// Logs of runs of long ago, one after the other.
    past: mpsc::UnboundedSender<(u64, RunId)>,
}

/// What every task works with.
#[derive(Clone)]
pub(super) struct Hand {
    pub(super) client: Client,
    events: mpsc::Sender<Event>,
}

impl Hand {
    pub(super) async fn tell(&self, event: Event) {
        // The interface has ended when nobody listens.
        drop(self.events.send(event).await);
    }

    pub(super) async fn tell_of(&self, watch: u64, what: Watched) {
        self.tell(Event::Watched { watch, what }).await;
    }

    /// Tells of a failure, and whether the gateway is there.
    async fn failed(&self, error: &Error) {
        if is_away(error) {
            self.tell(Event::Connected(false)).await;
        }
        self.tell(Event::Failed(why(error))).await;
    }
}

/// A failure in words. Who is not known any more signs in again.
pub(super) fn why(error: &Error) -> String {
    let text = error.to_string();
    if error.code() == Some("unauthenticated") {
        return format!(
            "{}: sign in again with `mosaic login`",
            text.trim_end_matches('.')
        );
    }
    text
}

/// Whether the gateway did not answer at all.
pub(super) fn is_away(error: &Error) -> bool {
    match error {
        Error::Unreachable { .. } | Error::TimedOut { .. } | Error::Silent { .. } => true,
        Error::Refused(problem) => matches!(problem.status, 502..=504),
        _ => false,
    }
}

impl Link {
    pub(super) fn new(client: Client, events: mpsc::Sender<Event>, tracker: TaskTracker) -> Self {
        let life = CancellationToken::new();
        let hand = Hand { client, events };
        let (past, asked) = mpsc::unbounded_channel();
        tracker.spawn(
            life.clone()
                .run_until_cancelled_owned(past_runs(hand.clone(), asked)),
        );
        Self {
            hand,
            tracker,
            _end: life.clone().drop_guard(),
            life,
            following: None,
            past,
        }
    }

    pub(super) fn carry_out(&mut self, command: Command) {
        let hand = self.hand.clone();
        match command {
            Command::List { cursor } => self.spawn(list(hand, cursor)),
            Command::Open { id, watch } => {
                let end = self.life.child_token();
                self.following = Some(end.clone().drop_guard());
                let follow = Follow::new(hand, id, watch).run();
                self.tracker.spawn(end.run_until_cancelled_owned(follow));
            }
            Command::Close => self.following = None,
            Command::Older { id, watch, before } => self.spawn(older(hand, id, watch, before)),
            Command::Past { run_id, watch } => drop(self.past.send((watch, run_id))),
            Command::Send { ticket, to, text } => self.spawn(send(hand, ticket, to, text)),
            Command::Order(order) => self.spawn(operate::obey(hand, order)),
            Command::Board { board, what } => self.spawn(operate::show(hand, board, what)),
            Command::Change { id, change } => self.spawn(change_it(hand, id, change)),
            Command::Choices => self.spawn(choices(hand)),
            // The screen's.
            Command::Mouse(_) | Command::Quit => {}
        }
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let task = self.life.clone().run_until_cancelled_owned(task);
        self.tracker.spawn(task);
    }
}

/// Fetched again and again: its failures say no more than whether the gateway is there.
async fn list(hand: Hand, cursor: Option<String>) {
    match hand
        .client
        .conversations(CONVERSATIONS, cursor.as_deref())
        .await
    {
        Ok(page) => {
            hand.tell(Event::Connected(true)).await;
            let more = cursor.is_some();
            hand.tell(Event::Conversations { page, more }).await;
        }
        Err(error) if is_away(&error) => hand.tell(Event::Connected(false)).await,
        Err(error) if error.is_passing() => {}
        Err(error) => hand.failed(&error).await,
    }
}

async fn older(hand: Hand, id: ConversationId, watch: u64, before: i64) {
    let page = patiently(async || {
        hand.client
            .messages_before(id, Some(before), MESSAGES)
            .await
    });
    match page.await {
        Ok(page) => hand.tell_of(watch, messages(page)).await,
        Err(error) => hand.failed(&error).await,
    }
}

/// A page of messages as the interface takes it.
pub(super) fn messages(page: Page<mosaic_client::Message>) -> Watched {
    let messages = page.items;
    let more = messages.first().is_some_and(|first| first.seq > 1);
    Watched::Messages { messages, more }
}

async fn send(hand: Hand, ticket: u64, to: Result<ConversationId, BeginWith>, text: String) {
    match deliver(&hand, ticket, to, text).await {
        Ok(sent) => hand.tell(Event::Sent { ticket, sent }).await,
        Err(error) => {
            let reason = why(&error);
            hand.tell(Event::NotSent { ticket, reason }).await;
        }
    }
}

/// The key of the message makes it safe to try again.
async fn deliver(
    hand: &Hand,
    ticket: u64,
    to: Result<ConversationId, BeginWith>,
    text: String,
) -> Result<Sent, Error> {
    let message = NewMessage::new(text, Delivery::Steer);
    let id = match to {
        Ok(id) => id,
        Err(begin) => {
            let new = begin.into();
            let create = || hand.client.create_conversation(&new);
            let conversation = Box::new(patiently(create).await?);
            let id = conversation.id;
            hand.tell(Event::Created {
                ticket,
                conversation,
            })
            .await;
            id
        }
    };
    patiently(|| hand.client.send(id, &message)).await
}

async fn patiently<T, F>(call: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        match call().await {
            Err(error) if error.is_passing() && began.elapsed() < PATIENCE => {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            answer => return answer,
        }
    }
}

async fn change_it(hand: Hand, id: ConversationId, change: Change) {
    match hand.client.change_conversation(id, &change.into()).await {
        Ok(changed) => hand.tell(Event::Changed(Box::new(changed))).await,
        Err(error) => hand.failed(&error).await,
    }
}

async fn choices(hand: Hand) {
    if let Ok(models) = hand.client.models().await {
        hand.tell(Event::Models(models.items)).await;
    }
    if let Ok(agents) = hand.client.agents().await {
        hand.tell(Event::Agents(agents.items)).await;
    }
}

/// Reads logs of runs that ended; one at a time, the last asked for first, since that is what is looked at.
async fn past_runs(hand: Hand, mut asked: mpsc::UnboundedReceiver<(u64, RunId)>) {
    let mut waiting = Vec::new();
    loop {
        if waiting.is_empty() {
            match asked.recv().await {
                Some(next) => waiting.push(next),
                None => return,
            }
        }
        while let Ok(next) = asked.try_recv() {
            waiting.push(next);
        }
        let newest = waiting.iter().map(|(watch, _)| *watch).max();
        waiting.retain(|(watch, _)| Some(*watch) == newest);
        if let Some((watch, run_id)) = waiting.pop() {
            let turn = timeout(PAST, past_run(&hand.client, run_id)).await;
            let turn = turn.ok().flatten().map(Box::new);
            hand.tell_of(watch, Watched::Past { run_id, turn }).await;
        }
    }
}

/// What a run did; none unless it has ended.
async fn past_run(client: &Client, run_id: RunId) -> Option<Turn> {
    if !client.run(run_id).await.ok()?.state.is_terminal() {
        return None;
    }
    let mut stream = client
        .watch_run(run_id, None, Patience::default())
        .await
        .ok()?;
    let mut turn = Turn::new(run_id);
    while let Some(frame) = stream.next().await {
        turn.apply(&frame.ok()?);
    }
    turn.is_ended().then_some(turn)
}
