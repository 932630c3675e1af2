//! Watching conversations.

use mosaic_identity::SessionSecret;
use reqwest::Method;
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
async fn a_token_cannot_take_the_streams_that_its_person_needs() -> anyhow::Result<()> {
    let stage = Stage::set_with(|config| config.gateway.max_streams_per_user = 32).await?;
    let conversation = stage.conversation().await?;
    let path = format!("/api/conversations/{conversation}/events");
    let begun = stage.sign_in(&stage.ada).await?;
    let own = own_session(&stage).await?;
    let with = |cookie: &str| stage.with_cookie(cookie, Method::GET, &path);
    let mut streams = Vec::new();
    for _ in 0..8 {
        streams.push(Sse::open(&stage, &path, None).await?);
        streams.push(Sse::follow(with(&begun)).await?);
    }
    // A session that was begun with the token counts as the token.
    for refused in [stage.get(&path).await?, with(&begun).send().await?] {
        super::stage::problem(refused, 429, "rate_limited").await?;
    }
    for _ in 0..16 {
        streams.push(Sse::follow(with(&own)).await?);
    }
    drop(streams);
    mosaic_testkit::service::eventually("room for another stream", async || {
        Sse::open(&stage, &path, None).await.ok()
    })
    .await?;
    Ok(())
}

/// The cookie of a session that Ada has begun with her password.
async fn own_session(stage: &Stage) -> anyhow::Result<String> {
    let secret = SessionSecret::generate();
    let (secret, scope) = (secret.expose(), stage.ada.scope);
    let begin = format!(
        "INSERT INTO sessions (id, secret_hash, workspace_id, user_id, method, idle_until, expires_at)
         VALUES (gen_random_uuid(), sha256('{secret}'), '{}', '{}', 'password', now() + interval '1 day', now() + interval '1 day')",
        scope.workspace_id, scope.user_id
    );
    stage.database.execute(&begin).await?;
    Ok(format!("mosaic_session={secret}"))
}
