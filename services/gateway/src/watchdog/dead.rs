//! Which silent runs have their jobs among the dead letters, and how these came there.

use std::collections::HashSet;
use std::time::Duration;

use mosaic_bus::Queue;
use mosaic_domain::JobId;
use tokio::time::timeout;

use super::verdict::Dead;

/// Dead letters read at once.
const PAGE: usize = 1_000;

/// A job of a silent run that is a dead letter.
pub(super) struct Letter {
    pub(super) job_id: JobId,
    pub(super) how: Dead,
    /// For the log of the service alone.
    pub(super) reason: String,
}

/// The dead letters of these jobs. All are looked through, however many there are, until every job is found or `patience` is
/// over; what was found by then counts. One that is overlooked is one that was given up, and is taken for lost: what an
/// operator set aside is on record.
pub(super) async fn letters(
    queue: &Queue,
    wanted: HashSet<JobId>,
    patience: Duration,
) -> mosaic_bus::Result<Vec<Letter>> {
    let mut found = Vec::new();
    let looked = timeout(patience, look(queue, wanted, &mut found)).await;
    if looked.is_err() {
        tracing::warn!(?patience, "not all dead letters of runs were read in time");
    }
    looked.unwrap_or(Ok(()))?;
    Ok(found)
}

async fn look(
    queue: &Queue,
    mut wanted: HashSet<JobId>,
    found: &mut Vec<Letter>,
) -> mosaic_bus::Result<()> {
    let mut before = None;
    while !wanted.is_empty() {
        let page = queue.dead_page(before.as_deref(), PAGE).await?;
        for one in page.items {
            let Some(job) = one.job.filter(|job| wanted.remove(&job.id)) else {
                continue;
            };
            found.push(Letter {
                job_id: job.id,
                how: if one.drained {
                    Dead::Drained
                } else {
                    Dead::GivenUp
                },
                reason: one.reason,
            });
        }
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    Ok(())
}
