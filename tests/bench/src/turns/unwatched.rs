//! The same turns without anybody watching: everybody says something, and the answers are counted where they are stored.
//! What is missing to the headline is what watching costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::http::Client;
use crate::load::{Crowd, say};
use crate::measure::rate;
use crate::system::Engines;

/// Messages under way at the same time.
const CONCURRENCY: usize = 100;
/// How often is looked whether all are answered. Each look is one small query.
const LOOK: Duration = Duration::from_millis(20);
/// How long they all may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Rounds in which everybody sends one message.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Unwatched {
    pub(super) messages: usize,
    /// Messages acknowledged per second.
    pub(super) accepted_per_second: Vec<f64>,
    /// Turns per second, from the first message to the last stored answer.
    pub(super) answered_per_second: Vec<f64>,
}

impl Unwatched {
    /// Sends and waits; how many messages that were.
    pub(super) async fn round(&mut self, crowd: &Crowd, engines: &Engines) -> anyhow::Result<u64> {
        let began = Instant::now();
        let mut lanes = JoinSet::new();
        for lane in 0..CONCURRENCY.min(crowd.people.len()) {
            let (people, gateway) = (Arc::clone(&crowd.people), crowd.gateway);
            lanes.spawn(async move {
                let mut client = Client::new(gateway);
                for person in people.iter().skip(lane).step_by(CONCURRENCY) {
                    say(&mut client, person).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = lanes.join_next().await {
            done??;
        }
        let messages = u64::try_from(crowd.people.len())?;
        self.messages = crowd.people.len();
        self.accepted_per_second
            .push(rate(messages, began.elapsed()));
        while under_way(engines).await? {
            anyhow::ensure!(began.elapsed() < PATIENCE, "some messages are not answered");
            sleep(LOOK).await;
        }
        self.answered_per_second
            .push(rate(messages, began.elapsed()));
        Ok(messages)
    }
}

async fn under_way(engines: &Engines) -> anyhow::Result<bool> {
    let any = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM conversations WHERE active_run_id IS NOT NULL)",
    );
    Ok(any.fetch_one(&engines.pool).await?)
}
