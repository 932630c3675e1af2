//! Watching while Valkey loses what it holds.

use mosaic_domain::RunEvent;

use super::sse::{Sse, kinds};
use super::stage::Stage;
use super::worker::Worker;

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_reaches_the_end_of_a_run_whose_stream_was_lost() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let mut sse = Sse::open(&stage, &format!("/api/runs/{run}/events"), None).await?;
    let mut worker = Worker::claim(&stage, run).await?;
    worker.begin_step().await?;
    worker.say("one ").await?;
    sse.until("text.delta").await?;

    stage.valkey.wipe().await?;
    // The worker goes on; nothing of this is ever in Valkey.
    let text = "two".to_owned();
    worker.keep(&RunEvent::TextDelta { step: 1, text })?;
    worker.record().await?;
    let recorded = sse.must().await?;
    assert_eq!(recorded.data["data"]["text"], "two");
    worker.complete_unseen("one two").await?;
    assert_eq!(kinds(&sse.rest().await?), ["run.completed"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_lost_its_beginning_is_filled_from_the_record() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let path = format!("/api/runs/{run}/events");
    let mut worker = Worker::claim(&stage, run).await?;
    worker.begin_step().await?;
    worker.say("one ").await?;
    worker.record().await?;
    stage.valkey.wipe().await?;
    // The new stream begins here; what came before is only on record.
    worker.say("two").await?;

    let mut sse = Sse::open(&stage, &path, None).await?;
    let mut got = Vec::new();
    for _ in 0..5 {
        got.push(sse.must().await?);
    }
    let expected = [
        "run.accepted",
        "run.started",
        "step.started",
        "text.delta",
        "text.delta",
    ];
    assert_eq!(kinds(&got), expected);
    worker.complete("one two").await?;
    assert_eq!(kinds(&sse.rest().await?), ["run.completed"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_only_valkey_had_come_once_they_are_recorded() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let path = format!("/api/runs/{run}/events");
    let mut worker = Worker::claim(&stage, run).await?;
    worker.begin_step().await?;
    worker.say("one ").await?;
    stage.valkey.wipe().await?;
    worker.say("two").await?;

    // `one` is nowhere to be read, so nothing after it may be shown.
    let mut sse = Sse::open(&stage, &path, None).await?;
    assert_eq!(sse.must().await?.kind, "run.accepted");
    assert!(sse.is_silent().await);
    worker.record().await?;
    let rest = sse.until("text.delta").await?;
    assert_eq!(kinds(&rest), ["run.started", "step.started", "text.delta"]);
    assert_eq!(sse.must().await?.data["data"]["text"], "two");
    Ok(())
}
