//! Joining the feed of a run that others watch already.

use std::sync::Weak;
use std::time::Duration;

use anyhow::Context as _;
use mosaic_domain::{Cursor, RunId};
use mosaic_storage::Run;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::stage::{LIMIT, POLL, Stage, rest, seqs};
use crate::hub::Hub;
use crate::run::RunWatch;

async fn watch(hub: &Hub, run: &Run, after: Cursor) -> anyhow::Result<RunWatch> {
    let watch = hub.watch_run(run, after).await?;
    watch.context("the run is there")
}

fn feeds(hub: &Hub, run_id: RunId) -> usize {
    hub.inner.feeds().get(&run_id).map_or(0, Weak::strong_count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_for_a_worker_shows_its_acceptance_at_once() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let run = stage.ask().await?;
    // Longer than the test has patience.
    let hub = stage.hub(Duration::from_mins(1)).await?;
    let mut first = watch(&hub, &run, Cursor::START).await?;
    assert_eq!(seqs(&mut first, 1).await?, [1]);
    let mut second = watch(&hub, &run, Cursor::START).await?;
    assert_eq!(seqs(&mut second, 1).await?, [1]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_a_young_run_needs_neither_the_record_nor_valkey() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let (run, mut worker) = stage.work().await?;
    let hub = stage.hub(POLL).await?;
    let mut first = watch(&hub, &run, Cursor::START).await?;
    worker.say(10).await?;
    assert_eq!(seqs(&mut first, 12).await?, (1..=12).collect::<Vec<_>>());

    stage.database.go_away().await?;
    stage.valkey.wipe().await?;
    let mut whole = watch(&hub, &run, Cursor::START).await?;
    assert_eq!(seqs(&mut whole, 12).await?, (1..=12).collect::<Vec<_>>());
    let mut resumed = watch(&hub, &run, Cursor::new(1, 9)).await?;
    assert_eq!(seqs(&mut resumed, 3).await?, [10, 11, 12]);
    let mut present = watch(&hub, &run, Cursor::new(1, 12)).await?;
    assert!(present.try_next().is_none());
    assert_eq!(feeds(&hub, run.id), 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_while_the_run_speaks_gets_each_event_once() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (run, mut worker) = stage.work().await?;
    let hub = stage.hub(POLL).await?;
    let first = watch(&hub, &run, Cursor::START).await?;
    let mut watching = JoinSet::new();
    watching.spawn(async move { (0, whole(first).await) });
    for round in 0..30 {
        // The second half begins when not all that was said is kept any more.
        worker.say(20).await?;
        for seen in [0, 2, 15 * round + 2, 20 * round + 22] {
            let after = Cursor::new(u32::from(seen > 0), seen);
            let watch = watch(&hub, &run, after).await?;
            watching.spawn(async move { (seen, whole(watch).await) });
        }
    }
    worker.complete().await?;
    while let Some(watched) = watching.join_next().await {
        let (seen, seqs) = watched?;
        assert_eq!(seqs?, (seen + 1..=603).collect::<Vec<_>>(), "after {seen}");
    }
    Ok(())
}

async fn whole(mut watch: RunWatch) -> anyhow::Result<Vec<u32>> {
    rest(&mut watch).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_too_late_for_what_is_kept_reads_the_log() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (run, mut worker) = stage.work().await?;
    let hub = stage.hub(POLL).await?;
    let mut first = watch(&hub, &run, Cursor::START).await?;
    worker.say(600).await?;
    assert_eq!(seqs(&mut first, 602).await?, (1..=602).collect::<Vec<_>>());
    let mut late = watch(&hub, &run, Cursor::START).await?;
    assert!(
        late.try_next().is_none(),
        "nothing is there before it is read"
    );
    let mut close = watch(&hub, &run, Cursor::new(1, 600)).await?;
    assert_eq!(close.try_next().map(|frame| frame.cursor().seq), Some(601));
    worker.complete().await?;
    assert_eq!(rest(&mut first).await?, [603]);
    assert_eq!(rest(&mut late).await?, (1..=603).collect::<Vec<_>>());
    assert_eq!(rest(&mut close).await?, [602, 603]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_run_ends_its_watches_and_has_no_more() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let run = stage.ask().await?;
    let hub = stage.hub(POLL).await?;
    let mut first = watch(&hub, &run, Cursor::START).await?;
    assert_eq!(seqs(&mut first, 1).await?, [1]);
    let deleted = stage
        .storage
        .delete_conversation(stage.scope, stage.conversation);
    assert!(deleted.await?);
    // What others watch is joined; it ends for both.
    let mut second = watch(&hub, &run, Cursor::new(0, 1)).await?;
    assert_eq!(rest(&mut first).await?, [0_u32; 0]);
    assert_eq!(rest(&mut second).await?, [0_u32; 0]);
    let third = timeout(LIMIT, hub.watch_run(&run, Cursor::START)).await??;
    assert!(third.is_none());
    Ok(())
}
