//! What was said is found, once, by its owner alone.

use std::time::Duration;

use mosaic_config::EmbedderKind;
use mosaic_proto::memory::v1::SearchRequest;
use mosaic_testkit::service::eventually;
use tonic::Code;

use super::stage::{Stage, id_of_days_ago};

const MEMORIES: &str = "SELECT count(*) FROM memories";
const EMBEDDED: &str = "SELECT count(*) FROM memory_vectors WHERE embedding IS NOT NULL";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_found_by_words_and_by_vectors_with_its_source() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let replica = stage.replica().await?;
    let talk = stage.conversation().await?;
    let (message, events) = stage.say(talk, "My dog is called Rex.").await?;
    stage.publish(&events).await?;
    let (_, other) = stage.say(talk, "Rivers flow to the sea.").await?;
    stage.publish(&other).await?;
    eventually("both being embedded", async || {
        (stage.number(EMBEDDED).await == 2).then_some(())
    })
    .await?;

    let answer = stage
        .search(&replica, stage.ada, "what is the dog called?")
        .await?;
    assert_eq!(answer.degraded, "");
    assert_eq!(answer.model, "hashed/v1");
    let best = &answer.memories[0];
    assert_eq!(best.text, "My dog is called Rex.");
    assert_eq!(best.message_id, message.to_string());
    assert_eq!(best.conversation_id, talk.to_string());
    assert_eq!(best.conversation_title, "My dog is called Rex.");
    assert!(best.relevant && best.score > 0.9, "{best:?}");
    let why = best.explanation.unwrap_or_default();
    assert_eq!((why.text_rank, why.vector_rank), (1, 1));
    assert!(why.similarity > 0.2 && why.recency > 0.99, "{why:?}");
    assert!(
        answer.memories[1..].iter().all(|one| !one.relevant),
        "{answer:?}"
    );

    let bob = stage.stranger().await?;
    let answer = stage
        .search(&replica, bob, "what is the dog called?")
        .await?;
    assert!(answer.memories.is_empty(), "{answer:?}");
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_and_repeated_events_remember_everything_once() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (one, two) = (stage.replica().await?, stage.replica().await?);
    let talk = stage.conversation().await?;
    let mut all = Vec::new();
    for number in 0..30 {
        let (_, events) = stage
            .say(talk, &format!("Fact number {number} is green"))
            .await?;
        all.extend(events);
        all.extend(stage.note(&format!("Note number {number} is blue")).await?);
    }
    for _ in 0..3 {
        stage.publish(&all).await?;
    }
    eventually("everything being embedded", async || {
        (stage.number(EMBEDDED).await == 60).then_some(())
    })
    .await?;
    // A third replica, which knows nothing of what was handled, gets them once more.
    two.stop().await?;
    let three = stage.replica().await?;
    stage.publish(&all).await?;
    let (_, last) = stage.say(talk, "The last one is red").await?;
    stage.publish(&last).await?;
    eventually("the last one being embedded", async || {
        (stage.number(EMBEDDED).await == 61).then_some(())
    })
    .await?;
    assert_eq!(stage.number(MEMORIES).await, 61);
    assert_eq!(stage.number("SELECT count(*) FROM memory_chunks").await, 61);
    one.stop().await?;
    three.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn pleasantries_are_not_remembered_and_long_texts_are_found_by_any_part() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let replica = stage.replica().await?;
    let talk = stage.conversation().await?;
    let (_, thanks) = stage.say(talk, "Thanks!").await?;
    let filler = "The weather was neither good nor bad and nothing happened. ".repeat(60);
    let text = format!("{filler}The treasure lies under the old oak. {filler}");
    let (_, long) = stage.say(talk, &text).await?;
    stage.publish(&[thanks, long].concat()).await?;
    eventually("the long text being embedded", async || {
        let (chunks, embedded) = (
            stage.number("SELECT count(*) FROM memory_chunks").await,
            stage.number(EMBEDDED).await,
        );
        (chunks > 3 && chunks == embedded).then_some(())
    })
    .await?;
    assert_eq!(stage.number(MEMORIES).await, 1);
    let answer = stage
        .search(&replica, stage.ada, "where is the treasure? under an oak?")
        .await?;
    assert_eq!(answer.memories.len(), 1, "one memory, however many chunks");
    assert!(answer.memories[0].text.contains("old oak"), "{answer:?}");
    assert!(answer.memories[0].text.len() < 2_000);
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_embedder_is_away_words_find_and_the_answer_says_so() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let mut config = stage.config()?;
    config.memory.embedder = EmbedderKind::Ollama;
    let ollama = config.providers.named.get_mut("ollama");
    if let Some(ollama) = ollama {
        ollama.base_url = Some("http://127.0.0.1:1".into());
    }
    let replica = stage.replica_with(config).await?;
    let talk = stage.conversation().await?;
    let (_, events) = stage.say(talk, "My dog is called Rex.").await?;
    stage.publish(&events).await?;
    let answer = eventually("words finding it", async || {
        let answer = stage.search(&replica, stage.ada, "dog").await.ok()?;
        (!answer.memories.is_empty()).then_some(answer)
    })
    .await?;
    assert!(!answer.degraded.is_empty(), "{answer:?}");
    assert!(answer.memories[0].relevant);
    assert_eq!(stage.number(EMBEDDED).await, 0);
    replica.stop().await?;

    // Another model comes, and everything is embedded by itself.
    let replica = stage.replica().await?;
    eventually("it being embedded", async || {
        (stage.number(EMBEDDED).await == 1).then_some(())
    })
    .await?;
    let answer = stage.search(&replica, stage.ada, "dog").await?;
    assert_eq!(answer.degraded, "");
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_of_another_model_are_made_anew() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let replica = stage.replica().await?;
    let events = stage.note("Rex likes cheese").await?;
    stage.publish(&events).await?;
    eventually("it being embedded", async || {
        (stage.number(EMBEDDED).await == 1).then_some(())
    })
    .await?;
    replica.stop().await?;
    stage
        .database
        .execute("UPDATE memory_vectors SET model = 'old/v0'")
        .await?;
    let replica = stage.replica().await?;
    eventually("it being embedded again", async || {
        let of_now = format!("{EMBEDDED} AND model = 'hashed/v1'");
        (stage.number(&of_now).await == 1).then_some(())
    })
    .await?;
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_search_or_asks_nonsense_is_refused() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let replica = stage.replica().await?;
    let request = SearchRequest {
        workspace_id: stage.ada.workspace_id.to_string(),
        user_id: stage.ada.user_id.to_string(),
        query: "dog".to_owned(),
        ..SearchRequest::default()
    };
    for other in ["channel-bridge", "summarizer", "operator"] {
        let refusal = stage.search_as(&replica, request.clone(), other).await;
        assert_eq!(
            refusal.err().map(|status| status.code()),
            Some(Code::PermissionDenied)
        );
    }
    let mut nobody = request;
    nobody.user_id = String::new();
    let refusal = stage.search_as(&replica, nobody, "agent-worker").await;
    assert_eq!(
        refusal.err().map(|status| status.code()),
        Some(Code::InvalidArgument)
    );
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_captured_while_postgres_refuses_is_captured_afterwards()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let replica = stage.replica().await?;
    let talk = stage.conversation().await?;
    let (_, events) = stage.say(talk, "My dog is called Rex.").await?;
    // Whoever inserts waits for its lock, runs into the timeout and tries again.
    let locked = stage
        .database
        .hold("LOCK TABLE memories IN ACCESS EXCLUSIVE MODE")
        .await?;
    stage.publish(&events).await?;
    tokio::time::sleep(Duration::from_secs(6)).await;
    drop(locked);
    eventually("it being captured", async || {
        (stage.number(MEMORIES).await == 1).then_some(())
    })
    .await?;
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_there_was_memory_is_caught_up_with() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let talk = stage.conversation().await?;
    for number in 0..5 {
        // No event tells of these any more.
        stage.say(talk, &format!("Old fact {number}")).await?;
    }
    let replica = stage.replica().await?;
    eventually("everything being embedded", async || {
        (stage.number(EMBEDDED).await == 5).then_some(())
    })
    .await?;
    replica.stop().await?;
    let replica = stage.replica().await?;
    assert_eq!(stage.number(MEMORIES).await, 5);
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_no_indexer_ran_is_remembered_when_its_events_are_gone()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let talk = stage.conversation().await?;
    let (first, _) = stage.say(talk, "Said three days ago").await?;
    stage.date_back(first, 3).await?;
    let replica = stage.replica().await?;
    eventually("the first being remembered", async || {
        (stage.number(MEMORIES).await == 1).then_some(())
    })
    .await?;
    replica.stop().await?;
    // Since then the indexer has come through to two days and a half ago, and stopped.
    let through = id_of_days_ago(2.5)?;
    let came = format!("UPDATE memory_progress SET through = '{through}'");
    stage.database.execute(&came).await?;
    for number in 0..3 {
        let (lost, _) = stage
            .say(talk, &format!("Said in between {number}"))
            .await?;
        stage.date_back(lost, 1).await?;
    }
    let (trivial, _) = stage.say(talk, "Thanks!").await?;
    stage.date_back(trivial, 1).await?;
    // The last is remembered by its event, so that the others lie between two that are.
    let (_, events) = stage.say(talk, "Said a moment ago").await?;
    let replica = stage.replica().await?;
    stage.publish(&events).await?;
    eventually("all of it being remembered", async || {
        (stage.number(MEMORIES).await == 5).then_some(())
    })
    .await?;
    let passed = format!(
        "SELECT count(*) FROM memory_progress
         WHERE through > '{through}' AND through = (SELECT id FROM messages WHERE content = 'Thanks!')"
    );
    eventually("nothing of it being looked at again", async || {
        (stage.number(&passed).await == 1).then_some(())
    })
    .await?;
    replica.stop().await
}
