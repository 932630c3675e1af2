//! Messages: stored, acknowledged, queued; repeated, steering, waiting.

use std::time::{Duration, Instant};

use mosaic_proto::job::RUNS_QUEUE;
use mosaic_testkit::service::eventually;
use serde_json::json;

use super::stage::{Stage, run_id};
use super::worker::Worker;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_stored_acknowledged_and_queued() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let accepted = stage
        .say(conversation, &json!({"content": "What time is it?"}))
        .await?;
    assert_eq!(accepted["type"], "run.accepted");
    assert_eq!(accepted["acceptance"], "queued");
    assert_eq!(accepted["seq"], 1);
    let run = run_id(&accepted)?;
    assert_eq!(accepted["events"], format!("/api/runs/{run}/events"));

    let path = format!("/api/conversations/{conversation}");
    let stored = stage.read(&path).await?;
    assert_eq!(stored["title"], "What time is it?");
    assert_eq!(stored["activeRunId"], run.to_string());
    let messages = stage.read(&format!("{path}/messages")).await?;
    assert_eq!(messages["items"][0]["id"], accepted["messageId"]);
    assert_eq!(messages["items"][0]["role"], "user");
    let runs = stage.read(&format!("{path}/runs")).await?;
    assert_eq!(runs["items"][0]["id"], run.to_string());
    assert_eq!(runs["items"][0]["state"], "queued");

    let queue = stage.bus.queue(RUNS_QUEUE);
    eventually("the job's publication", async || {
        queue.stats().await.ok().filter(|stats| stats.waiting == 1)
    })
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_stores_one_message() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let body = json!({"content": "once", "idempotencyKey": "k1"});
    let first = stage.say(conversation, &body).await?;
    let again = stage.say(conversation, &body).await?;
    assert_eq!(again["acceptance"], "repeated");
    for field in ["messageId", "runId", "seq"] {
        assert_eq!(first[field], again[field]);
    }
    let stored = stage
        .read(&format!("/api/conversations/{conversation}"))
        .await?;
    assert_eq!(stored["messageCount"], 1);
    let other = json!({"content": "twice", "idempotencyKey": "k2"});
    assert_eq!(stage.say(conversation, &other).await?["seq"], 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_steers_the_active_run_or_waits_for_its_own() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "first").await?;
    let worker = Worker::claim(&stage, run).await?;

    let joined = stage
        .say(conversation, &json!({"content": "and also"}))
        .await?;
    assert_eq!(joined["acceptance"], "joined");
    assert_eq!(run_id(&joined)?, run);
    let waiting = json!({"content": "later", "delivery": "wait"});
    let waiting = stage.say(conversation, &waiting).await?;
    assert_eq!(waiting["acceptance"], "waiting");
    let later = run_id(&waiting)?;
    assert_ne!(later, run);
    assert!(Worker::claim(&stage, run).await.is_err(), "the run is held");

    worker.complete("done").await?;
    let stored = stage
        .read(&format!("/api/conversations/{conversation}"))
        .await?;
    assert_eq!(stored["activeRunId"], later.to_string());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_accepted_while_valkey_is_away_and_queued_when_it_is_back()
-> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    stage.valkey.wipe().await?;
    let begun = Instant::now();
    stage.ask(conversation, "hello?").await?;
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    let queue = stage.bus.queue(RUNS_QUEUE);
    eventually("the job's publication", async || {
        queue.stats().await.ok().filter(|stats| stats.waiting >= 1)
    })
    .await?;
    Ok(())
}
