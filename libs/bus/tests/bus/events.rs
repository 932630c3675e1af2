use std::collections::HashSet;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use mosaic_bus::{EventConsumer, EventConsumerOptions, EventFilter, Tail};
use mosaic_proto::envelope::Envelope;
use tokio::time::sleep;

use crate::support::{TestBus, event, eventually, private, raw, shared, within};

fn consumer(test: &TestBus, group: &str, name: &str) -> EventConsumer {
    let mut options = EventConsumerOptions::new(&["message", "run"], group, name);
    options.visibility = Duration::from_millis(300);
    EventConsumer::open(&test.bus, options, &test.tracker, &test.token)
}

#[tokio::test]
async fn every_group_sees_every_event_also_those_before_it_existed() {
    let test = shared().await;
    let sent = [event("message.created"), event("run.completed")];
    test.bus.events().publish(&sent).await.unwrap();
    for group in ["indexer", "summarizer"] {
        let mut consumer = consumer(&test, group, "a");
        let mut seen = HashSet::new();
        while seen.len() < sent.len() {
            for delivery in within(consumer.next(10)).await.unwrap() {
                assert!(sent.contains(&delivery.event));
                seen.insert(delivery.event.id);
                delivery.ack().await.unwrap();
            }
        }
    }
    assert_eq!(
        test.bus.events().domains().await.unwrap(),
        ["message", "run"]
    );
}

#[tokio::test]
async fn an_event_whose_consumer_died_goes_to_another_of_its_group() {
    let test = shared().await;
    let sent = event("message.created");
    test.bus
        .events()
        .publish(std::slice::from_ref(&sent))
        .await
        .unwrap();
    let (mut a, mut b) = (consumer(&test, "g", "a"), consumer(&test, "g", "b"));
    drop(within(a.next(1)).await.unwrap());
    let again = within(b.next(1)).await.unwrap().remove(0);
    assert_eq!((&again.event, again.attempt), (&sent, 2));
    again.ack().await.unwrap();
}

#[tokio::test]
async fn an_entry_that_is_no_event_holds_up_nobody() {
    let test = shared().await;
    let mut raw = raw(&test).await;
    let keys = test.bus.keys();
    let _: String = redis::cmd("XADD")
        .arg(&[&keys.events("message"), "*", "hello", "world"])
        .query_async(&mut raw)
        .await
        .unwrap();
    let sent = event("message.created");
    test.bus
        .events()
        .publish(std::slice::from_ref(&sent))
        .await
        .unwrap();
    let mut consumer = consumer(&test, "g", "a");
    let delivery = within(consumer.next(1)).await.unwrap().remove(0);
    assert_eq!(delivery.event, sent);
    delivery.ack().await.unwrap();
    let dead = keys.dead_events("message");
    eventually(async || {
        let mut length = redis::cmd("XLEN");
        length.arg(&dead);
        let count: u64 = length.query_async(&mut raw.clone()).await.unwrap();
        count == 1
    })
    .await;
}

#[tokio::test]
async fn a_tail_shows_the_wanted_events_of_domains_that_appear_later_too() {
    let test = shared().await;
    let events = test.bus.events();
    events.publish(&[event("message.created")]).await.unwrap();
    let mut now = events.tail(Tail {
        filter: EventFilter {
            type_name: Some("run.*".into()),
            subject: None,
        },
        ..Tail::default()
    });
    let since = chrono::DateTime::UNIX_EPOCH;
    let mut all = events.tail(Tail {
        since: Some(since),
        ..Tail::default()
    });
    assert_eq!(
        within(all.next()).await.unwrap().type_name,
        "message.created"
    );
    let following = test.tracker.spawn(async move { now.next().await });
    sleep(Duration::from_millis(300)).await;
    let wanted = event("run.completed");
    events
        .publish(&[event("message.created"), wanted.clone()])
        .await
        .unwrap();
    assert_eq!(within(following).await.unwrap(), Some(wanted.clone()));
    let mut rest = [
        within(all.next()).await.unwrap(),
        within(all.next()).await.unwrap(),
    ];
    rest.sort_by(|a, b| a.type_name.cmp(&b.type_name));
    assert_eq!(rest[1], wanted);
}

#[tokio::test]
async fn a_tail_goes_on_without_gap_or_repetition_when_valkey_comes_back_empty() {
    let (test, mut valkey) = private().await;
    let events = test.bus.events();
    let sent: Vec<Envelope> = (0..30).map(|_| event("message.created")).collect();
    let mut tail = events.tail(Tail {
        domains: vec!["message".into()],
        since: Some(chrono::DateTime::UNIX_EPOCH),
        ..Tail::default()
    });
    events.publish(&sent[..10]).await.unwrap();
    let mut seen: Vec<Envelope> = Vec::new();
    for _ in 0..5 {
        seen.push(within(tail.next()).await.unwrap());
    }
    valkey.wipe().await.unwrap();
    // What the relay does after such a loss: everything again, and more.
    eventually(async || events.publish(&sent[..20]).await.is_ok()).await;
    for _ in 5..20 {
        seen.push(within(tail.next()).await.unwrap());
    }
    events.publish(&sent[20..]).await.unwrap();
    for _ in 20..30 {
        seen.push(within(tail.next()).await.unwrap());
    }
    assert_eq!(seen, sent);
    sleep(Duration::from_millis(100)).await;
    assert!(tail.next().now_or_never().is_none());
}

#[tokio::test]
async fn events_older_than_the_retention_are_trimmed() {
    let test = shared().await;
    let mut raw = raw(&test).await;
    let stream = test.bus.keys().events("message");
    for n in 1..=500 {
        let _: String = redis::cmd("XADD")
            .arg(&[&stream, &format!("{n}-0"), "long", "ago"])
            .query_async(&mut raw)
            .await
            .unwrap();
    }
    test.bus
        .events()
        .publish(&[event("message.created")])
        .await
        .unwrap();
    let left: u64 = redis::cmd("XLEN")
        .arg(&stream)
        .query_async(&mut raw)
        .await
        .unwrap();
    assert!(left < 200, "{left} are left");
}
