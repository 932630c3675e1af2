//! The keeper: signs of life for what is held, due jobs, vanished consumers.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::Shared;
use crate::error::Result;
use crate::script;

/// How often due jobs are looked for, at the least.
const PROMOTE: Duration = Duration::from_millis(250);
/// How often vanished consumers are cleared away.
const SWEEP: Duration = Duration::from_mins(1);
/// Jobs moved at once; a script holds up everybody else.
const PROMOTE_BATCH: usize = 200;

/// Runs until the last verdict has been carried out, because entries may be held long after the reader has ended.
pub(super) async fn run(shared: Arc<Shared>) {
    let heartbeat = (shared.options.visibility / 3).max(Duration::from_millis(10));
    let start = Instant::now();
    let mut beat_at = start + heartbeat;
    let mut promote_at = start;
    let sweep = SWEEP.min(shared.options.vanished);
    let mut sweep_at = start + sweep;
    loop {
        tokio::select! {
            () = shared.finished.cancelled() => return,
            () = sleep_until(beat_at) => {
                // After a failed beat there is little time left.
                let wait = if beat(&shared).await { heartbeat } else { heartbeat / 10 };
                beat_at = Instant::now() + wait;
            }
            () = sleep_until(promote_at) => {
                promote_at = Instant::now() + promote(&shared).await;
            }
            () = sleep_until(sweep_at) => {
                let _ = report(&shared, shared.leave(false).await);
                sweep_at = Instant::now() + sweep;
            }
        }
    }
}

/// Tells Valkey that held entries are being worked on, and the holders of lost ones that they are lost. `false` if
/// Valkey could not be told.
async fn beat(shared: &Shared) -> bool {
    const BATCH: usize = 500;
    let mut told = true;
    for source in 0..shared.options.sources.len() {
        for ids in shared.held.of(source).chunks(BATCH) {
            match report(shared, shared.hold(source, ids).await) {
                Some(lost) => shared.lose(source, lost),
                None => told = false,
            }
        }
    }
    told
}

/// Moves due jobs to their lanes and answers how long to wait for the next.
async fn promote(shared: &Shared) -> Duration {
    if shared.options.queue.is_none() {
        return SWEEP;
    }
    if shared.closing.is_cancelled() {
        return PROMOTE;
    }
    let mut call = shared.options.call(&script::PROMOTE, 0);
    call.arg(PROMOTE_BATCH);
    let answer: Result<(usize, i64)> = shared.bus.script("move due jobs", &call).await;
    match report(shared, answer) {
        Some((_, wait)) if wait >= 0 => Duration::from_millis(wait.unsigned_abs()).min(PROMOTE),
        _ => PROMOTE,
    }
}

/// The keeper's faults are the reader's too, which reports them; only what is not a matter of the connection is
/// worth a line of its own.
fn report<T>(shared: &Shared, answer: Result<T>) -> Option<T> {
    match answer {
        Ok(value) => Some(value),
        Err(error) => {
            if !error.is_passing() {
                tracing::warn!(target_name = %shared.options.target, %error, "upkeep of a consumer group failed");
            }
            None
        }
    }
}
