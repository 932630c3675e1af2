//! Watching conversations.

use serde_json::json;

use super::sse::{Sse, kinds};
use super::stage::{Stage, run_id};
use super::worker::Worker;

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_watched_run_after_run() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let second = stage.add_gateway().await?;
    let conversation = stage.conversation().await?;
    let path = format!("/api/conversations/{conversation}/events");
    // Nothing was said yet: the stream waits for the next run, at the other gateway.
    let mut sse = Sse::open_at(&stage, second, &stage.ada, &path, None).await?;
    let first = stage.ask(conversation, "one").await?;
    let worker = Worker::claim(&stage, first).await?;
    let waiting = json!({"content": "two", "delivery": "wait"});
    let next = run_id(&stage.say(conversation, &waiting).await?)?;
    worker.complete("1").await?;
    let events = sse.until("run.completed").await?;
    assert_eq!(
        kinds(&events),
        ["run.accepted", "run.started", "run.completed"]
    );
    assert!(
        events
            .iter()
            .all(|event| event.id.starts_with(&first.to_string()))
    );

    Worker::claim(&stage, next).await?.complete("2").await?;
    let events = sse.until("run.completed").await?;
    assert_eq!(
        kinds(&events),
        ["run.accepted", "run.started", "run.completed"]
    );
    assert!(
        events
            .iter()
            .all(|event| event.id.starts_with(&next.to_string()))
    );
    assert!(sse.is_silent().await, "it stays open");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_watched_late_begins_with_the_active_run() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let path = format!("/api/conversations/{conversation}/events");
    let first = stage.ask(conversation, "one").await?;
    Worker::claim(&stage, first).await?.complete("1").await?;
    let second = stage.ask(conversation, "two").await?;
    let mut worker = Worker::claim(&stage, second).await?;
    worker.say("half").await?;

    let mut sse = Sse::open(&stage, &path, None).await?;
    let events = sse.until("text.delta").await?;
    assert_eq!(
        kinds(&events),
        ["run.accepted", "run.started", "text.delta"]
    );
    assert_eq!(events[0].id, format!("{second}:0:1"));

    // Resumed from the run before, everything since then comes.
    let last = format!("{first}:1:2");
    let mut resumed = Sse::open(&stage, &path, Some(&last)).await?;
    worker.complete("whole").await?;
    let mut events = resumed.until("run.completed").await?;
    assert_eq!(kinds(&events), ["run.completed"]);
    events = resumed.until("run.completed").await?;
    assert_eq!(
        kinds(&events),
        ["run.accepted", "run.started", "text.delta", "run.completed"]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_watchers_of_a_run_all_see_all_of_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let path = format!("/api/runs/{run}/events");
    let mut streams = Vec::new();
    for _ in 0..40 {
        streams.push(Sse::open(&stage, &path, None).await?);
    }
    let mut worker = Worker::claim(&stage, run).await?;
    // More than a feed keeps for those who fall behind.
    for number in 0..600 {
        worker.say(&number.to_string()).await?;
    }
    worker.complete("done").await?;
    for stream in &mut streams {
        let events = stream.rest().await?;
        assert_eq!(events.len(), 603);
        let seqs: Vec<u64> = events
            .iter()
            .filter_map(|event| event.data["seq"].as_u64())
            .collect();
        assert_eq!(seqs, (1..=603).collect::<Vec<_>>());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_cannot_open_streams_without_end() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let path = format!("/api/conversations/{conversation}/events");
    let mut streams = Vec::new();
    for _ in 0..256 {
        streams.push(Sse::open(&stage, &path, None).await?);
    }
    super::stage::problem(stage.get(&path).await?, 429, "rate_limited").await?;
    drop(streams);
    mosaic_testkit::service::eventually("room for another stream", async || {
        Sse::open(&stage, &path, None).await.ok()
    })
    .await?;
    Ok(())
}
