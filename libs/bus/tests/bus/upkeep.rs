use std::time::Duration;

use mosaic_bus::{ConsumerOptions, Lane, VisibilityTooShort};
use mosaic_proto::job::Job;

use crate::support::{eventually, job, job_of, one, raw, shared, within};

#[tokio::test]
async fn the_names_of_vanished_consumers_are_forgotten_once_they_hold_nothing() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    queue.push(&[job()]).await.unwrap();
    let mut raw = raw(&test).await;
    let lane = test.bus.keys().lane("work", Lane::Normal);
    let mut survivor = test.consumer_with("survivor", |options| {
        options.visibility = Duration::from_millis(200);
        options.vanished = Duration::from_millis(900);
    });
    eventually(async || !queue.stats().await.unwrap().paused).await;
    // A process that took a job and was killed: nobody says goodbye for it.
    let taken = async |raw: &mut redis::aio::MultiplexedConnection| {
        let taken: redis::RedisResult<redis::Value> = redis::cmd("XREADGROUP")
            .arg(&[
                "GROUP", "workers", "killed", "COUNT", "1", "STREAMS", &lane, ">",
            ])
            .query_async(raw)
            .await;
        taken.is_ok_and(|value| value != redis::Value::Nil)
    };
    within(async { while !taken(&mut raw).await {} }).await;
    let names = async || -> Vec<String> {
        let mut raw = crate::support::raw(&test).await;
        let consumers: Vec<std::collections::HashMap<String, redis::Value>> = redis::cmd("XINFO")
            .arg(&["CONSUMERS", &lane, "workers"])
            .query_async(&mut raw)
            .await
            .unwrap();
        let name = |one: &std::collections::HashMap<String, redis::Value>| {
            redis::from_redis_value_ref::<String>(&one["name"]).unwrap()
        };
        consumers.iter().map(name).collect()
    };
    assert!(names().await.contains(&"killed".to_owned()));
    let claimed = one(&mut survivor).await;
    assert_eq!(claimed.attempt, 2);
    claimed.ack().await.unwrap();
    let waiting = test.tracker.spawn(async move { survivor.next(1).await });
    eventually(async || names().await == ["survivor"]).await;
    waiting.abort();
}

#[tokio::test]
async fn a_visibility_that_is_shorter_than_the_work_is_told() {
    let mut options = ConsumerOptions::new("work", "workers", "a");
    options.visibility = Duration::from_secs(30);
    assert_eq!(options.check(), Ok(()));
    options.longest_work = Some(Duration::from_secs(30));
    assert_eq!(options.check(), Ok(()));
    options.longest_work = Some(Duration::from_mins(10));
    let short = options.check().unwrap_err();
    let told = VisibilityTooShort {
        visibility: Duration::from_secs(30),
        longest: Duration::from_mins(10),
    };
    assert_eq!(short, told);
    assert!(
        short
            .to_string()
            .contains("raise the visibility above 600s"),
        "{short}"
    );
}

#[tokio::test]
async fn the_low_lane_is_not_starved_by_a_flood_however_many_are_taken_at_once() {
    for at_once in [1, 5, 64] {
        let test = shared().await;
        let queue = test.bus.queue("work");
        let flood: Vec<Job> = (0..1500).map(|_| job_of(10)).collect();
        queue.push(&flood).await.unwrap();
        let low: Vec<Job> = (0..8).map(|_| job_of(1)).collect();
        queue.push(&low).await.unwrap();
        let mut consumer = test.consumer("a");
        let (mut taken, mut lows) = (0, 0);
        while lows < low.len() {
            let deliveries = within(consumer.next(at_once)).await.unwrap();
            assert!(deliveries.len() <= at_once);
            taken += deliveries.len();
            lows += deliveries
                .iter()
                .filter(|delivery| delivery.job.priority == 1)
                .count();
            mosaic_bus::Delivery::ack_all(deliveries).await.unwrap();
        }
        let most = 17 * at_once * (low.len() / at_once + 2);
        assert!(taken < most, "{taken} jobs, {at_once} at once");
    }
}
