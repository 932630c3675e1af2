//! Making Valkey agree with the record about which queues are paused.

use super::{BoxError, Outbox};
use crate::connection::Bus;

/// Pauses what is paused on record, and resumes what is not any more.
///
/// An operator writes to the record first and to Valkey second. So a pause found in Valkey *before* the record is asked
/// must be on record, or is over. The other way round a pause of record may have ended while it was being asserted, so the
/// record is asked once more, and every pause has an id of its own, so that no later one is ended by mistake.
pub(super) async fn agree(bus: &Bus, outbox: &dyn Outbox) -> Result<(), BoxError> {
    let mut present = Vec::new();
    for name in bus.queues().await? {
        present.extend(bus.queue(&name).paused().await?);
    }
    let wanted = outbox.pauses().await?;
    for over in present
        .iter()
        .filter(|pause| wanted.iter().all(|wanted| wanted.queue != pause.queue))
    {
        bus.queue(&over.queue)
            .end_pause(&over.id.to_string())
            .await?;
    }
    let mut asserted = Vec::new();
    for missing in wanted
        .iter()
        .filter(|wanted| present.iter().all(|pause| pause.id != wanted.id))
    {
        bus.queue(&missing.queue).assert_pause(missing).await?;
        tracing::info!(queue = %missing.queue, reason = %missing.reason, "a pause is asserted again");
        asserted.push(missing);
    }
    if asserted.is_empty() {
        return Ok(());
    }
    let wanted = outbox.pauses().await?;
    for over in asserted
        .iter()
        .filter(|pause| wanted.iter().all(|wanted| wanted.id != pause.id))
    {
        bus.queue(&over.queue)
            .end_pause(&over.id.to_string())
            .await?;
    }
    Ok(())
}
