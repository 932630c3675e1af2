//! Boards and commands to runs, workers and queues.

use mosaic_client::{Client, Error, RunEntry, RunQuery};
use mosaic_tui::{Event, Order, Shown, Wanted};

use super::link::{Hand, is_away};

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
                reason: error.to_string(),
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
    })
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
            let reason = error.to_string();
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
    }
    Ok(None)
}
