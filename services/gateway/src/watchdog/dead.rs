//! Which silent runs have their jobs among the dead letters, and how these came there.

use std::collections::HashSet;

use mosaic_bus::Queue;
use mosaic_domain::JobId;

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

/// The dead letters of these jobs. All are looked through, however many there are, until every job is found: one that is
/// overlooked would be taken for lost, and its run be ended although an operator only set it aside. Whoever calls says how
/// long that may take.
pub(super) async fn letters(
    queue: &Queue,
    mut wanted: HashSet<JobId>,
) -> mosaic_bus::Result<Vec<Letter>> {
    let (mut found, mut before) = (Vec::new(), None);
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
    Ok(found)
}
