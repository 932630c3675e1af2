//! Boards, and commands to runs, workers and queues and about who is let in.

use mosaic_client::{Client, Error, Member, RunEntry, RunQuery};
use mosaic_tui::{Event, Order, Shown, Wanted};

use super::link::{Hand, is_away, why};

/// Runs that a board shows.
const RUNS: u32 = 200;
/// Why a worker or a queue goes on: a key was pressed, nobody asked.
const HERE: &str = "resumed in the terminal";

/// Fetches what a board shows.
pub(super) async fn show(hand: Hand, board: u64, what: Wanted) {
    let shown = match fetch(&hand.client, what).await {
        Ok(shown) => shown,
        Err(error) => {
            if is_away(&error) {
                hand.tell(Event::Connected(false)).await;
            }
            Shown::Failed {
                reason: why(&error),
                denied: error.code() == Some("permission_denied"),
            }
        }
    };
    hand.tell(Event::Board { board, shown }).await;
}

async fn fetch(client: &Client, what: Wanted) -> Result<Shown, Error> {
    Ok(match what {
        Wanted::Runs { scope, ended } => Shown::Runs(
            client
                .list_runs(&RunQuery {
                    scope,
                    state: (!ended).then(|| "active".to_owned()),
                    limit: RUNS,
                    cursor: None,
                })
                .await?,
        ),
        Wanted::Workers => Shown::Workers(client.workers().await?.items),
        Wanted::Queues => Shown::Queues(client.queues().await?.items),
        Wanted::Me => Shown::Me(Box::new(client.me().await?)),
        Wanted::Sessions => Shown::Sessions(client.sessions().await?.items),
        Wanted::Tokens => Shown::Tokens(client.tokens().await?.items),
        Wanted::Members => Shown::Members(members(client).await?),
    })
}

/// Everybody, however many pages that takes.
async fn members(client: &Client) -> Result<Vec<Member>, Error> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = client.members(cursor.as_deref()).await?;
        all.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// Passes a command on, once: whoever gave it sees what came of it and may give it again.
pub(super) async fn obey(hand: Hand, order: Order) {
    let event = match give(&hand.client, &order).await {
        Ok(run) => Event::Obeyed {
            order,
            run: run.map(Box::new),
        },
        Err(error) => {
            if is_away(&error) {
                hand.tell(Event::Connected(false)).await;
            }
            let reason = why(&error);
            Event::NotObeyed { order, reason }
        }
    };
    hand.tell(event).await;
}

async fn give(client: &Client, order: &Order) -> Result<Option<RunEntry>, Error> {
    match order {
        Order::Stop(run) => {
            client.stop(*run, Some("stopped in the terminal")).await?;
        }
        Order::Pause { run, reason } => {
            return client.pause(*run, reason.as_deref()).await.map(Some);
        }
        Order::Resume(run) => return client.resume(*run, None).await.map(Some),
        Order::Kill { run, reason } => return client.kill(*run, reason).await.map(Some),
        Order::DrainWorker { worker, reason } => client.drain_worker(*worker, reason).await?,
        Order::ResumeWorker(worker) => client.resume_worker(*worker, HERE).await?,
        Order::PauseQueue { queue, reason } => {
            client.pause_queue(queue, reason).await?;
        }
        Order::ResumeQueue(queue) => {
            client.resume_queue(queue, HERE).await?;
        }
        Order::EndSession(session) => client.end_one_session(*session).await?,
        Order::EndSessions => {
            client.end_sessions(false).await?;
        }
        Order::RevokeToken(token) => client.revoke_token(*token).await?,
        Order::SetRole { user, role } => {
            client.change_role(*user, role).await?;
        }
        Order::RemoveMember(user) => client.remove_member(*user).await?,
    }
    Ok(None)
}
