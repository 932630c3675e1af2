//! Streams that broke: every later event comes exactly once.

use std::time::Duration;

use mosaic_runtime::clock;

use super::sse::{Sse, ids, kinds};
use super::stage::Stage;
use super::worker::Worker;

const WHOLE: [&str; 7] = [
    "run.accepted",
    "run.started",
    "step.started",
    "text.delta",
    "text.delta",
    "text.delta",
    "run.completed",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_watched_from_its_first_event_to_its_last() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let mut sse = Sse::open(&stage, &format!("/api/runs/{run}/events"), None).await?;
    let accepted = sse.must().await?;
    assert_eq!(accepted.kind, "run.accepted");
    assert_eq!(accepted.id, format!("{run}:0:1"));
    assert_eq!(accepted.data["data"]["content"], "hello");
    assert_eq!(accepted.data["conversationId"], conversation.to_string());

    let mut worker = Worker::claim(&stage, run).await?;
    worker.begin_step().await?;
    for text in ["one ", "two ", "three"] {
        worker.say(text).await?;
        let last = sse.until("text.delta").await?.pop();
        assert_eq!(
            last.map(|event| event.data["data"]["text"].clone()),
            Some(text.into())
        );
    }
    worker.complete("one two three").await?;
    let end = sse.rest().await?;
    assert_eq!(kinds(&end), ["run.completed"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_resumed_anywhere_gets_every_later_event_once_live_and_long_after()
-> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let second = stage.add_gateway().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let path = format!("/api/runs/{run}/events");
    let mut worker = Worker::claim(&stage, run).await?;
    worker.begin_step().await?;
    worker.say("one ").await?;
    worker.record().await?;
    worker.say("two ").await?;

    // Five events so far, the last of them only in Valkey. Resumed behind each of them, at both gateways in turn.
    let mut open = Vec::new();
    let mut first = Sse::open(&stage, &path, None).await?;
    let mut seen = Vec::new();
    for number in 0..5 {
        let event = first.must().await?;
        let gateway = [0, second][number % 2];
        open.push(Sse::open_at(&stage, gateway, &stage.ada, &path, Some(&event.id)).await?);
        seen.push(event);
    }
    drop(first);
    worker.say("three").await?;
    worker.complete("one two three").await?;

    let mut whole = Vec::new();
    for (number, stream) in open.iter_mut().enumerate() {
        let rest = stream.rest().await?;
        whole = seen[..=number].to_vec();
        whole.extend(rest);
        assert_eq!(kinds(&whole), WHOLE, "resumed behind {number}");
    }
    for number in 0..WHOLE.len() {
        let mut stream = Sse::open(&stage, &path, Some(&whole[number].id)).await?;
        assert_eq!(
            stream.rest().await?,
            whole[number + 1..],
            "after the end, behind {number}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_over_is_seen_as_one_gapless_sequence() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let path = format!("/api/runs/{run}/events");
    let mut sse = Sse::open(&stage, &path, None).await?;
    let short = Duration::from_millis(50);
    let mut worker = Worker::claim_as(&stage, run, clock::id(), short).await?;
    worker.begin_step().await?;
    worker.say("lost ").await?;
    sse.until("text.delta").await?;
    tokio::time::sleep(short * 2).await;

    let mut successor = Worker::claim(&stage, run).await?;
    assert!(
        worker.say("too late").await.is_err(),
        "the first worker is fenced off"
    );
    successor.begin_step().await?;
    successor.say("found").await?;
    successor.complete("found").await?;
    let rest = sse.rest().await?;
    assert_eq!(
        kinds(&rest),
        ["run.resumed", "step.started", "text.delta", "run.completed"]
    );
    assert_eq!(rest[0].data["data"]["rewindTo"], 1);
    assert_eq!(rest[0].id, format!("{run}:2:5"));

    let mut replay = Sse::open(&stage, &path, None).await?;
    let replay = replay.rest().await?;
    assert_eq!(replay.len(), 8);
    assert_eq!(ids(&replay[4..]), ids(&rest));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_rewound_is_delivered_to_who_had_seen_more() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let path = format!("/api/runs/{run}/events");
    let short = Duration::from_millis(50);
    let mut worker = Worker::claim_as(&stage, run, clock::id(), short).await?;
    worker.begin_step().await?;
    for text in ["a", "b", "c", "d"] {
        worker.say(text).await?;
    }
    let mut sse = Sse::open(&stage, &path, None).await?;
    let mut last = String::new();
    for _ in 0..7 {
        last = sse.must().await?.id;
    }
    assert_eq!(last, format!("{run}:1:7"));

    // Valkey and the worker are lost together: only the first event is on record.
    stage.valkey.wipe().await?;
    tokio::time::sleep(short * 2).await;
    let mut successor = Worker::claim(&stage, run).await?;
    successor.say("anew").await?;
    let mut resumed = Sse::open(&stage, &path, Some(&last)).await?;
    successor.complete("anew").await?;
    for stream in [&mut sse, &mut resumed] {
        let rest = stream.rest().await?;
        assert_eq!(kinds(&rest), ["run.resumed", "text.delta", "run.completed"]);
        assert_eq!(rest[0].id, format!("{run}:2:2"));
    }
    Ok(())
}
