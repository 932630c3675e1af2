//! Asking a channel for updates: one replica leads, the others stand by and take over.
//!
//! The leader goes on behind the last update that is recorded, and asks for the next only when all that it got are. So an
//! update is forgotten by the channel only after everything that follows from it is committed, or it is set aside. Behind a
//! number that is old it does not go on: asking for what comes behind it would make the channel forget what it numbers anew.

use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::Backoff;
use mosaic_channels::{Adapter, ChannelError, Update};
use mosaic_storage::{Error, Lead, Leader};
use tokio::time::sleep;

use crate::bridge::Bridge;

/// How often a replica that stands by tries to lead.
const STAND_BY: Duration = Duration::from_secs(2);
/// Channels may number updates anew after a week without any. What was recorded this long ago came up to a day earlier, and
/// is not relied on.
const FRESH: Duration = Duration::from_hours(5 * 24);

/// Asks until the stop.
pub(crate) async fn run(bridge: Bridge, adapter: Arc<dyn Adapter>) {
    let soft = bridge.life.soft().clone();
    let work = async {
        loop {
            match bridge.storage.lead(Lead::Channel(adapter.name())).await {
                Ok(Some(leader)) => {
                    tracing::info!(
                        channel = adapter.name(),
                        "this replica asks for updates now"
                    );
                    if let Err(error) = lead(&bridge, adapter.as_ref(), leader).await {
                        tracing::warn!(channel = adapter.name(), %error, "this replica does not ask for updates any more");
                    }
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "nobody can be leader now"),
            }
            sleep(STAND_BY).await;
        }
    };
    // An update in hand is dropped with its transaction, and comes again.
    soft.run_until_cancelled(work).await;
}

async fn lead(bridge: &Bridge, adapter: &dyn Adapter, mut leader: Leader) -> Result<(), Error> {
    let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
    let mut listening = false;
    let mut just_taken = None;
    loop {
        leader.still_leads().await?;
        // Looked up each time: a lead may last longer than a number holds.
        let after = if just_taken.is_some() {
            just_taken.take()
        } else {
            let storage = &bridge.storage;
            storage.last_channel_update(adapter.name(), FRESH).await?
        };
        match ask(adapter, &mut listening, after).await {
            Ok(updates) => {
                backoff.reset();
                for update in updates {
                    take(bridge, adapter, &mut leader, &update).await?;
                    just_taken = Some(update.id);
                }
            }
            Err(error) => {
                let wait = match &error {
                    ChannelError::Retry {
                        after: Some(after), ..
                    } => *after,
                    ChannelError::Refused { .. } => Duration::from_mins(1),
                    _ => backoff.wait(),
                };
                tracing::info!(channel = adapter.name(), %error, ?wait, "no updates could be got");
                sleep(wait).await;
            }
        }
    }
}

async fn ask(
    adapter: &dyn Adapter,
    listening: &mut bool,
    after: Option<i64>,
) -> Result<Vec<Update>, ChannelError> {
    if !*listening {
        adapter.listen().await?;
        *listening = true;
    }
    adapter.updates(after).await
}

/// Deals with an update for as long as that takes.
async fn take(
    bridge: &Bridge,
    adapter: &dyn Adapter,
    leader: &mut Leader,
    update: &Update,
) -> Result<(), Error> {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
    while bridge.take_in(adapter, update).await.is_err() {
        sleep(backoff.wait()).await;
        leader.still_leads().await?;
    }
    Ok(())
}
