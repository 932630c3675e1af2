use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mosaic_bus::{Backoff, JobError, WorkOptions, work};
use mosaic_proto::job::Job;
use tokio::time::{Instant, sleep};

use crate::support::{TestBus, eventually, job, shared, within};

fn options(concurrency: usize) -> WorkOptions {
    WorkOptions {
        concurrency,
        backoff: Backoff::new(Duration::from_millis(20), Duration::from_millis(100)),
    }
}

fn named(data: &str) -> Job {
    Job {
        data: data.to_owned(),
        ..job()
    }
}

async fn push(test: &TestBus, jobs: &[Job]) {
    test.bus.queue("work").push(jobs).await.unwrap();
}

#[tokio::test]
async fn every_answer_of_a_handler_becomes_the_verdict_it_means_and_a_panic_is_a_failed_attempt() {
    let test = shared().await;
    let jobs = ["fine", "flaky", "panics once", "hopeless", "never", "later"].map(named);
    push(&test, &jobs).await;
    let consumer = test.consumer_with("a", |options| options.max_attempts = 3);
    let tries = Arc::new(Mutex::new(Vec::<(String, u32, bool)>::new()));
    let seen = Arc::clone(&tries);
    let handler = move |job: Job, context: mosaic_bus::JobContext| {
        seen.lock()
            .unwrap()
            .push((job.data.clone(), context.attempt, context.last));
        async move {
            match (job.data.as_str(), context.attempt) {
                ("flaky", 1) => Err("x".parse::<u32>().unwrap_err().into()),
                ("panics once", 1) => panic!("oops"),
                ("hopeless", _) => Err(JobError::retry("no luck")),
                ("never", _) => Err(JobError::permanent("it makes no sense")),
                ("later", 1) => Err(JobError::retry_after(Duration::from_millis(10), "busy")),
                _ => Ok(()),
            }
        }
    };
    let (tracker, token) = (test.tracker.clone(), test.token.clone());
    let working = test
        .tracker
        .spawn(async move { work(consumer, options(3), &tracker, &token, handler).await });
    let queue = test.bus.queue("work");
    eventually(async || {
        let stats = queue.stats().await.unwrap();
        stats.depth == [0, 0, 0] && stats.delayed == 0 && stats.dead == 2
    })
    .await;
    let dead = queue.dead(10).await.unwrap();
    let dead = dead.iter().map(|dead| {
        let name = dead.job.as_ref().unwrap().data.clone();
        (name, dead.reason.clone(), dead.attempts)
    });
    let dead: HashSet<_> = dead.collect();
    assert!(dead.contains(&("hopeless".to_owned(), "no luck".to_owned(), 3)));
    assert!(dead.contains(&("never".to_owned(), "it makes no sense".to_owned(), 1)));
    let tries = tries.lock().unwrap().clone();
    let of = |name: &str| tries.iter().filter(|(data, ..)| data == name).count();
    assert_eq!(
        [of("fine"), of("flaky"), of("panics once"), of("later")],
        [1, 2, 2, 2]
    );
    assert!(tries.contains(&("hopeless".to_owned(), 3, true)));
    test.token.cancel();
    within(working).await.unwrap().unwrap();
}

#[tokio::test]
async fn no_more_jobs_are_taken_than_there_are_slots_and_a_stop_lets_work_finish() {
    let test = shared().await;
    let jobs: Vec<Job> = (0..20).map(|_| job()).collect();
    push(&test, &jobs).await;
    let consumer = test.consumer("a");
    let (now, most, done) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicUsize::new(0)),
    );
    let handler = {
        let (now, most, done) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&done));
        move |_: Job, _| {
            let (now, most, done) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&done));
            async move {
                let running = now.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(running, Ordering::SeqCst);
                sleep(Duration::from_millis(50)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                done.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        }
    };
    let (tracker, token) = (test.tracker.clone(), test.token.clone());
    let working = test
        .tracker
        .spawn(async move { work(consumer, options(4), &tracker, &token, handler).await });
    let queue = test.bus.queue("work");
    eventually(async || now.load(Ordering::SeqCst) == 4).await;
    assert!(
        queue.stats().await.unwrap().waiting >= 8,
        "the rest is left to others"
    );
    eventually(async || done.load(Ordering::SeqCst) >= 5).await;
    test.token.cancel();
    within(working).await.unwrap().unwrap();
    assert_eq!(now.load(Ordering::SeqCst), 0, "what was begun is finished");
    assert_eq!(most.load(Ordering::SeqCst), 4);
    test.tracker.close();
    within(test.tracker.wait()).await;
    let stats = queue.stats().await.unwrap();
    let done = done.load(Ordering::SeqCst) as u64;
    assert_eq!((stats.pending, stats.waiting), (0, 20 - done));
}

#[tokio::test]
async fn waits_between_attempts_grow_and_are_spread() {
    let test = shared().await;
    let jobs: Vec<Job> = (0..12).map(|n| named(&n.to_string())).collect();
    push(&test, &jobs).await;
    let consumer = test.consumer_with("a", |options| options.max_attempts = 2);
    let times = Arc::new(Mutex::new(Vec::new()));
    let started = Instant::now();
    let handler = {
        let times = Arc::clone(&times);
        move |_: Job, context: mosaic_bus::JobContext| {
            let times = Arc::clone(&times);
            async move {
                if context.attempt == 2 {
                    times.lock().unwrap().push(started.elapsed());
                    return Ok(());
                }
                Err(JobError::retry("once more"))
            }
        }
    };
    let wide = WorkOptions {
        concurrency: 12,
        backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(1)),
    };
    let (tracker, token) = (test.tracker.clone(), test.token.clone());
    test.tracker
        .spawn(async move { work(consumer, wide, &tracker, &token, handler).await });
    eventually(async || times.lock().unwrap().len() == 12).await;
    let times = times.lock().unwrap().clone();
    let spread = times[11].saturating_sub(times[0]);
    assert!(
        spread > Duration::from_millis(150),
        "twelve draws from a second: {times:?}"
    );
    assert!(times[11] < Duration::from_secs(3));
}
