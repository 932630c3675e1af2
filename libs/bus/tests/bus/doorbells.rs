use std::time::Duration;

use mosaic_domain::{ConversationId, Cursor, RunId};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::{eventually, private, raw, shared, within};

const QUIET: Duration = Duration::from_millis(150);

fn conversation() -> ConversationId {
    ConversationId::new(Uuid::now_v7())
}

#[tokio::test]
async fn a_bell_rings_once_for_any_number_of_rings_since_the_last_look() {
    let test = shared().await;
    let bells = test.bus.doorbells(&test.tracker, test.token.clone());
    let id = conversation();
    let mut bell = bells.listen_conversation(id);
    let mut other = bells.listen_conversation(id);
    let mut stranger = bells.listen_conversation(conversation());
    for bell in [&mut bell, &mut other, &mut stranger] {
        within(bell.rung()).await; // the subscription has taken effect
    }
    for _ in 0..5 {
        test.bus.ring_conversation(id).await.unwrap();
    }
    within(bell.rung()).await;
    within(other.rung()).await;
    tokio::time::sleep(QUIET).await;
    let _ = timeout(QUIET, bell.rung()).await;
    assert!(
        timeout(QUIET, bell.rung()).await.is_err(),
        "nobody rang again"
    );
    assert!(timeout(QUIET, stranger.rung()).await.is_err());

    // A ring between two looks is not lost.
    test.bus.ring_conversation(id).await.unwrap();
    tokio::time::sleep(QUIET).await;
    within(bell.rung()).await;
}

#[tokio::test]
async fn an_append_rings_the_bell_of_its_run() {
    let test = shared().await;
    let bells = test.bus.doorbells(&test.tracker, test.token.clone());
    let run = RunId::new(Uuid::now_v7());
    let mut bell = bells.listen_run(run);
    within(bell.rung()).await;
    let event = mosaic_domain::RunEvent::Progress { note: "x".into() };
    let time = chrono::DateTime::UNIX_EPOCH;
    let event = mosaic_proto::log::LogEvent::encode(Cursor::new(1, 1), &event, time).unwrap();
    let logs = test.bus.run_logs();
    logs.append(run, Cursor::START, &[event]).await.unwrap();
    within(bell.rung()).await;
}

#[tokio::test]
async fn the_last_bell_of_a_channel_ends_the_subscription() {
    let test = shared().await;
    let bells = test.bus.doorbells(&test.tracker, test.token.clone());
    let id = conversation();
    let channel = test.bus.keys().conversation_bell(id);
    let connection = raw(&test).await;
    let subscribers = async || -> u64 {
        let mut ask = redis::cmd("PUBSUB");
        ask.arg("NUMSUB").arg(&channel);
        let (_, count): (String, u64) = ask.query_async(&mut connection.clone()).await.unwrap();
        count
    };
    let mut first = bells.listen_conversation(id);
    let second = bells.listen_conversation(id);
    within(first.rung()).await;
    drop(second);
    tokio::time::sleep(QUIET).await;
    assert_eq!(subscribers().await, 1);
    drop(first);
    eventually(async || subscribers().await == 0).await;

    let mut again = bells.listen_conversation(id);
    within(again.rung()).await;
    assert_eq!(subscribers().await, 1);
}

#[tokio::test]
async fn every_bell_rings_when_the_connection_is_back_and_works_again() {
    let (test, mut valkey) = private().await;
    let bells = test.bus.doorbells(&test.tracker, test.token.clone());
    let id = conversation();
    let mut bell = bells.listen_conversation(id);
    within(bell.rung()).await;
    valkey.wipe().await.unwrap();
    within(bell.rung()).await;
    within(bells.health().wait_for(mosaic_bus::Health::is_healthy))
        .await
        .unwrap();
    eventually(async || test.bus.ring_conversation(id).await.is_ok()).await;
    within(bell.rung()).await;
}

#[tokio::test]
async fn ten_thousand_bells_are_held_by_one_connection() {
    let test = shared().await;
    let bells = test.bus.doorbells(&test.tracker, test.token.clone());
    let ids: Vec<_> = (0..10_000).map(|_| conversation()).collect();
    let mut held: Vec<_> = ids
        .iter()
        .map(|id| bells.listen_conversation(*id))
        .collect();
    for bell in &mut held {
        within(bell.rung()).await;
    }
    let _ = timeout(QUIET, held[0].rung()).await; // a ring too many does no harm
    test.bus.ring_conversation(ids[9_999]).await.unwrap();
    within(held[9_999].rung()).await;
    assert!(timeout(QUIET, held[0].rung()).await.is_err());
}
