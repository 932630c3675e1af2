use std::time::Duration;

use mosaic_bus::{Limit, Rate, RateLimits};
use tokio::time::{Instant, sleep};

use crate::support::{TestBus, eventually, private, raw, shared, within};

/// Longer than what was admitted stays untold.
const TOLD: Duration = Duration::from_millis(400);

fn replica(test: &TestBus) -> RateLimits {
    test.bus.rate_limits(&test.tracker, test.token.clone())
}

fn of(who: &str, burst: u32, every: Duration) -> [Limit; 1] {
    [Limit::new(who, Rate::new(burst, every))]
}

async fn taken(replicas: &[&RateLimits], limit: &[Limit]) -> u32 {
    let mut count = 0;
    'all: loop {
        for replica in replicas {
            if replica.take(limit).await.is_err() {
                break 'all count;
            }
            count += 1;
        }
    }
}

fn admitted(replica: &RateLimits, limit: &[Limit]) -> u32 {
    let mut count = 0;
    while replica.admit(limit).is_ok() {
        count += 1;
    }
    count
}

#[tokio::test]
async fn two_replicas_together_let_through_what_one_may() {
    let test = shared().await;
    let (a, b) = (replica(&test), replica(&test));
    let limit = of("ada", 10, Duration::from_mins(1));
    assert_eq!(taken(&[&a, &b], &limit).await, 10);
    let refused = b.take(&limit).await.unwrap_err();
    assert!(refused.wait > Duration::from_secs(50) && refused.wait <= Duration::from_mins(1));
    a.take(&of("bob", 10, Duration::from_mins(1)))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_used_up_comes_back_with_time_and_is_then_no_key_any_more() {
    let test = shared().await;
    let replica = replica(&test);
    let limit = of("ada", 2, Duration::from_millis(200));
    assert_eq!(taken(&[&replica], &limit).await, 2);
    let refused = replica.take(&limit).await.unwrap_err();
    sleep(refused.wait).await;
    replica.take(&limit).await.unwrap();
    let mut raw = raw(&test).await;
    let key = test.bus.keys().rate("ada");
    let there: bool = redis::cmd("EXISTS")
        .arg(&key)
        .query_async(&mut raw)
        .await
        .unwrap();
    assert!(there);
    sleep(Duration::from_millis(500)).await;
    let there: bool = redis::cmd("EXISTS")
        .arg(&key)
        .query_async(&mut raw)
        .await
        .unwrap();
    assert!(!there);
}

#[tokio::test]
async fn of_several_allowances_all_are_taken_or_none() {
    let test = shared().await;
    let replica = replica(&test);
    let (wide, narrow) = (
        of("address", 5, Duration::from_mins(1)),
        of("account", 1, Duration::from_mins(10)),
    );
    let both = [wide.clone(), narrow].concat();
    replica.take(&both).await.unwrap();
    for _ in 0..10 {
        let refused = replica.take(&both).await.unwrap_err();
        assert_eq!(refused.which, 1);
        assert!(refused.wait > Duration::from_mins(5));
    }
    assert_eq!(taken(&[&replica], &wide).await, 4);
}

#[tokio::test]
async fn what_is_given_back_or_only_looked_at_was_not_taken() {
    let test = shared().await;
    let (a, b) = (replica(&test), replica(&test));
    let limit = of("ada", 1, Duration::from_mins(1));
    for _ in 0..3 {
        a.look(&limit).await.unwrap();
    }
    a.take(&limit).await.unwrap();
    assert!(b.look(&limit).await.is_err());
    a.give_back(&limit).await;
    a.give_back(&limit).await;
    // Given back twice is not more than nothing taken.
    assert_eq!(taken(&[&b], &limit).await, 1);
}

#[tokio::test]
async fn what_one_replica_admits_the_others_hear_of_within_half_a_second() {
    let test = shared().await;
    let (a, b) = (replica(&test), replica(&test));
    let limit = of("ada", 50, Duration::from_secs(10));
    assert_eq!(admitted(&a, &limit), 50);
    sleep(TOLD).await;
    // Who has never been here is let in once, and what others know is known here then.
    b.admit(&limit).unwrap();
    eventually(async || b.admit(&limit).is_err()).await;
    let refused = b.admit(&limit).unwrap_err();
    // What was let through too much is owed.
    assert!(refused.wait > Duration::from_secs(5), "{:?}", refused.wait);
    assert!(a.take(&limit).await.is_err());
}

#[tokio::test]
async fn over_time_many_replicas_let_through_what_one_may() {
    let test = shared().await;
    let replicas: Vec<_> = (0..4).map(|_| replica(&test)).collect();
    let limit = of("ada", 20, Duration::from_millis(20));
    let (mut count, began) = (0, Instant::now());
    while began.elapsed() < Duration::from_secs(4) {
        let fit = replicas.iter().filter(|one| one.admit(&limit).is_ok());
        count += fit.count();
        sleep(Duration::from_millis(5)).await;
    }
    // 200 in 4 s and a burst; what four replicas let through at first is paid back. Each alone would be four times as many.
    assert!((150..=340).contains(&count), "{count}");
}

#[tokio::test]
async fn without_valkey_each_replica_goes_by_what_it_knows_and_nobody_waits() {
    let (test, mut valkey) = private().await;
    let (a, b) = (replica(&test), replica(&test));
    let limit = of("ada", 10, Duration::from_mins(1));
    a.take(&limit).await.unwrap();
    valkey.kill().await;
    let began = Instant::now();
    // Nine are left here; the other has not heard of the first.
    assert_eq!(taken(&[&a], &limit).await, 9);
    assert_eq!(taken(&[&b], &limit).await, 10);
    assert_eq!(admitted(&a, &of("bob", 3, Duration::from_mins(1))), 3);
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    within(valkey.restart()).await.unwrap();
    let fresh = of("carl", 4, Duration::from_mins(1));
    // As soon as it is back they count together again.
    sleep(Duration::from_millis(1_500)).await;
    assert_eq!(taken(&[&a, &b], &fresh).await, 4);
}

#[tokio::test]
async fn a_valkey_that_lost_its_memory_does_not_make_this_process_forget() {
    let (test, mut valkey) = private().await;
    let replica = replica(&test);
    let limit = of("ada", 30, Duration::from_secs(10));
    assert_eq!(admitted(&replica, &limit), 30);
    sleep(TOLD).await;
    valkey.wipe().await.unwrap();
    sleep(TOLD).await;
    assert!(replica.admit(&limit).is_err());
}
