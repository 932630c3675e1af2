use std::time::Duration;

use mosaic_bus::{Bus, BusOptions, Error, Health, Settled};
use tokio::time::sleep;

use crate::support::{eventually, job, one, private, within};

#[tokio::test]
async fn a_consumer_works_on_after_valkey_was_killed_and_came_back_empty() {
    let (test, mut valkey) = private().await;
    let queue = test.bus.queue("work");
    let mut consumer = test.consumer("a");
    queue.push(&[job()]).await.unwrap();
    one(&mut consumer).await.ack().await.unwrap();
    let waiting = test.tracker.spawn(async move {
        let delivery = one(&mut consumer).await;
        (consumer, delivery)
    });
    sleep(Duration::from_millis(100)).await;
    valkey.wipe().await.unwrap();
    let sent = job();
    eventually(async || queue.push(std::slice::from_ref(&sent)).await.is_ok()).await;
    let (consumer, delivery) = within(waiting).await.unwrap();
    assert_eq!(delivery.job, sent);
    delivery.ack().await.unwrap();
    within(consumer.health().wait_for(Health::is_healthy))
        .await
        .unwrap();
}

#[tokio::test]
async fn verdicts_on_entries_that_valkey_lost_do_no_harm() {
    let (test, mut valkey) = private().await;
    let queue = test.bus.queue("work");
    queue.push(&[job(), job(), job(), job()]).await.unwrap();
    let mut consumer = test.consumer("a");
    let mut held = Vec::new();
    while held.len() < 4 {
        held.extend(within(consumer.next(4)).await.unwrap());
    }
    valkey.wipe().await.unwrap();
    let [acked, retried, failed, extended] = held.try_into().unwrap();
    acked.ack().await.unwrap();
    let again = retried.retry(Duration::from_secs(1)).await.unwrap();
    assert_eq!(again, Settled::Gone);
    assert_eq!(failed.fail("no").await.unwrap(), Settled::Gone);
    assert!(!extended.extend().await.unwrap());
    assert!(
        !extended.lost().is_cancelled(),
        "nobody else has it: the work may go on"
    );
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.delayed, stats.dead), (0, 0));
}

#[tokio::test]
async fn an_address_that_nobody_listens_on_is_named_without_its_password() {
    let options = BusOptions::new("redis://:hunter2@127.0.0.1:9/".to_owned().into());
    let error = within(Bus::connect(options)).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }));
    let text = error.to_string();
    assert!(
        text.contains("127.0.0.1:9") && !text.contains("hunter2"),
        "{text}"
    );
}

#[tokio::test]
async fn a_wrong_password_is_told_apart_from_silence() {
    let (_test, valkey) = private().await;
    let url = secrecy::ExposeSecret::expose_secret(valkey.url()).to_owned();
    let (_, place) = url.split_once('@').unwrap();
    let options = BusOptions::new(format!("redis://:wrong@{place}").into());
    let error = within(Bus::connect(options)).await.unwrap_err().to_string();
    assert!(error.to_lowercase().contains("password"), "{error}");
}

#[tokio::test]
async fn what_is_no_address_is_refused_without_showing_it() {
    let options = BusOptions::new("postgres://:hunter2@x".to_owned().into());
    let error = Bus::connect(options).await.unwrap_err().to_string();
    assert!(
        error.contains("redis://") && !error.contains("hunter2"),
        "{error}"
    );
}

#[tokio::test]
async fn the_server_describes_itself() {
    let (test, mut valkey) = private().await;
    let before = test.bus.server().await.unwrap();
    assert!(before.version.starts_with(|c: char| c.is_ascii_digit()));
    assert!(before.used_memory > 0);
    valkey.wipe().await.unwrap();
    let after = test.bus.server().await.unwrap();
    assert_ne!(after.run_id, before.run_id);
}
