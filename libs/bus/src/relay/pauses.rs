//! Making Valkey agree with the record about which queues are paused.

use std::collections::HashSet;

use uuid::Uuid;

use super::{BoxError, Outbox};
use crate::connection::Bus;
use crate::error::Error;
use crate::queue::Pause;

/// What Valkey could not be brought to.
#[derive(Debug, Default)]
pub(super) struct Disagreement {
    /// Queues that are paused on record and not in Valkey.
    pub(super) queues: HashSet<String>,
    /// The first fault.
    pub(super) error: Option<Error>,
}

impl Disagreement {
    /// The value, or the fault noted.
    fn heed<T>(&mut self, answer: Result<T, Error>) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }
}

/// Pauses what is paused on record, and resumes what is not any more. One queue that cannot be does not keep the others
/// from it.
///
/// An operator writes to the record first and to Valkey second. So a pause found in Valkey *before* the record is asked
/// must be on record, or is over. The other way round a pause of record may have ended while it was being asserted, so the
/// record is asked once more, and every pause has an id of its own, so that no later one is ended by mistake.
pub(super) async fn agree(bus: &Bus, outbox: &dyn Outbox) -> Result<Disagreement, BoxError> {
    let mut left = Disagreement::default();
    let mut present = Vec::new();
    for name in bus.queues().await? {
        present.extend(left.heed(bus.queue(&name).paused().await).flatten());
    }
    let wanted = outbox.pauses().await?;
    for over in present
        .iter()
        .filter(|pause| wanted.iter().all(|wanted| wanted.queue != pause.queue))
    {
        end(bus, over, &mut left).await;
    }
    let mut asserted: Vec<&Pause> = Vec::new();
    for missing in wanted
        .iter()
        .filter(|wanted| present.iter().all(|pause| pause.id != wanted.id))
    {
        let done = bus.queue(&missing.queue).assert_pause(missing).await;
        if left.heed(done).is_some() {
            tracing::info!(queue = %missing.queue, reason = %missing.reason, "a pause is asserted again");
            asserted.push(missing);
        } else {
            left.queues.insert(missing.queue.clone());
        }
    }
    if asserted.is_empty() {
        return Ok(left);
    }
    let wanted: HashSet<Uuid> = outbox
        .pauses()
        .await?
        .iter()
        .map(|pause| pause.id)
        .collect();
    for over in asserted.iter().filter(|pause| !wanted.contains(&pause.id)) {
        end(bus, over, &mut left).await;
    }
    Ok(left)
}

async fn end(bus: &Bus, over: &Pause, left: &mut Disagreement) {
    let ended = bus.queue(&over.queue).end_pause(&over.id.to_string()).await;
    left.heed(ended);
}
