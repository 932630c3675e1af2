use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::{Health, QueueOperator, Relay};
use mosaic_proto::job::{Job, OutboxEntry};

use crate::support::{
    TestBus, eventually, job, job_of, one, ordered, private, raw, server_time, shared, within,
};
use crate::table::Table;

/// Puts jobs among the dead letters.
async fn bury(test: &TestBus, jobs: &[Job]) {
    test.bus.queue("work").push(jobs).await.unwrap();
    let mut consumer = test.consumer("undertaker");
    for n in 0..jobs.len() {
        let delivery = one(&mut consumer).await;
        delivery.fail(&format!("reason {n}")).await.unwrap();
    }
}

#[tokio::test]
async fn dead_letters_are_read_page_by_page_newest_first() {
    let test = shared().await;
    let jobs: Vec<Job> = (0..5).map(|_| job()).collect();
    bury(&test, &jobs).await;
    let queue = test.bus.queue("work");
    let first = queue.dead_page(None, 2).await.unwrap();
    let second = queue.dead_page(first.next.as_deref(), 2).await.unwrap();
    let third = queue.dead_page(second.next.as_deref(), 2).await.unwrap();
    let reasons: Vec<_> = [&first, &second, &third]
        .into_iter()
        .flat_map(|page| page.items.iter().map(|dead| dead.reason.clone()))
        .collect();
    assert_eq!(
        reasons,
        ["reason 4", "reason 3", "reason 2", "reason 1", "reason 0"]
    );
    assert_eq!(third.next, None);
    let exact = queue.dead_page(None, 5).await.unwrap();
    assert_eq!((exact.items.len(), exact.next), (5, None));
}

#[tokio::test]
async fn a_dead_job_is_mended_and_put_back_as_if_it_had_never_been_tried() {
    let test = shared().await;
    let job = job_of(9);
    bury(&test, std::slice::from_ref(&job)).await;
    let queue = test.bus.queue("work");
    let dead = queue.dead(1).await.unwrap().remove(0);
    assert!(queue.retry_dead(&dead.entry_id, Some("{}")).await.unwrap());
    assert!(!queue.retry_dead(&dead.entry_id, None).await.unwrap());
    assert!(queue.dead(1).await.unwrap().is_empty());
    let mut consumer = test.consumer("a");
    let delivery = one(&mut consumer).await;
    assert_eq!(delivery.attempt, 1);
    let mended = Job {
        data: "{}".to_owned(),
        ..job
    };
    assert_eq!(delivery.job, mended);
    delivery.fail("again").await.unwrap();
    let dead = queue.dead(1).await.unwrap().remove(0);
    assert_eq!((dead.reason.as_str(), dead.job), ("again", Some(mended)));
}

#[tokio::test]
async fn all_dead_letters_are_put_back_up_to_a_limit_the_oldest_first() {
    let test = shared().await;
    let jobs: Vec<Job> = (0..450).map(|_| job()).collect();
    bury(&test, &jobs).await;
    let queue = test.bus.queue("work");
    assert_eq!(queue.retry_all_dead(401).await.unwrap(), 401);
    let left = queue.dead(100).await.unwrap();
    assert_eq!(left.len(), 49);
    assert_eq!(left[48].job.as_ref(), Some(&jobs[401]));
    assert_eq!(queue.retry_all_dead(1000).await.unwrap(), 49);
    assert_eq!(queue.stats().await.unwrap().waiting, 450);
}

#[tokio::test]
async fn what_an_operator_puts_back_or_discards_is_so_on_record_too() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    within(relay.health().wait_for(Health::is_healthy))
        .await
        .unwrap();
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let jobs = [job(), job()];
    let entries: Vec<_> = jobs.iter().cloned().map(OutboxEntry::Job).collect();
    table.commit(&entries);
    table.finish(jobs[0].id);
    bury(&test, &jobs).await;

    let queue = operator.queue("work");
    let dead = queue.dead(2).await.unwrap();
    let back = operator
        .retry_dead("work", &dead[1].entry_id, Some("mended"))
        .await
        .unwrap();
    assert_eq!(back.unwrap().data, "mended");
    let noted = || {
        let rows = table.rows.lock().unwrap();
        let row = rows.iter().find(|row| row.entry.id() == jobs[0].id);
        matches!(row.map(|row| &row.entry), Some(OutboxEntry::Job(job)) if job.data == "mended")
    };
    assert!(noted(), "it would not be lost with Valkey");

    let gone = operator
        .discard_dead("work", &dead[0].entry_id)
        .await
        .unwrap();
    assert_eq!(gone.unwrap().job, Some(jobs[1].clone()));
    assert!(!table.has(jobs[1].id), "no life of Valkey brings it back");
    assert!(
        operator
            .discard_dead("work", &dead[0].entry_id)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        operator
            .retry_dead("work", "1-1", None)
            .await
            .unwrap()
            .is_none()
    );
    eventually(async || queue.stats().await.unwrap().dead == 0).await;
}

#[tokio::test]
async fn a_dead_letter_that_somebody_else_has_in_hand_is_waited_for_and_then_left_alone() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let queue = operator.queue("work");
    let jobs = [job(), job(), job()];
    let entries: Vec<_> = jobs.iter().cloned().map(OutboxEntry::Job).collect();
    table.commit(&entries);
    bury(&test, &jobs).await;
    let letter = async || queue.dead(1).await.unwrap().remove(0).entry_id;
    let lose = |entry: &str| {
        let lost = (queue.clone(), entry.to_owned());
        *table.discarded_meanwhile.lock().unwrap() = Some(lost);
    };

    let entry = letter().await;
    lose(&entry);
    let late = operator.retry_dead("work", &entry, Some("late")).await;
    assert_eq!(late.unwrap(), None);
    assert!(!table.has(jobs[2].id), "what was thrown away stays away");

    let entry = letter().await;
    lose(&entry);
    let late = operator.retry_dead_entries("work", &[entry]).await;
    assert_eq!(late.unwrap(), 0);
    assert!(!table.has(jobs[1].id));

    let entry = letter().await;
    lose(&entry);
    assert_eq!(operator.discard_dead("work", &entry).await.unwrap(), None);
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.dead, stats.waiting), (0, 0));
}

#[tokio::test]
async fn dead_and_drained_jobs_stay_dead_in_a_new_life_of_a_valkey_that_kept_its_data() {
    let (test, _valkey) = private().await;
    let table = Arc::new(Table::default());
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let _relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    let jobs: Vec<Job> = (0..3).map(|_| job()).collect();
    let entries: Vec<_> = jobs.iter().cloned().map(OutboxEntry::Job).collect();
    table.commit(&entries);
    eventually(async || table.all_published()).await;
    let queue = test.bus.queue("work");
    let mut consumer = test.consumer("a");
    one(&mut consumer).await.fail("broken").await.unwrap();
    assert_eq!(operator.drain("work", "stale").await.unwrap(), 2);
    let mut raw = raw(&test).await;
    let _: u32 = redis::cmd("DEL")
        .arg(test.bus.keys().incarnation())
        .query_async(&mut raw)
        .await
        .unwrap();
    eventually(async || table.lives.lock().unwrap().len() == 2 && table.all_published()).await;
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.dead, stats.waiting), (3, 0));

    // Of what was given up on nothing is left, so it is done again rather than never. What was thrown out stays out.
    let _: () = redis::cmd("FLUSHALL").query_async(&mut raw).await.unwrap();
    eventually(async || {
        let stats = queue.stats().await.unwrap();
        (stats.dead, stats.waiting) == (2, 1)
    })
    .await;
}

#[tokio::test]
async fn the_oldest_dead_letters_are_given_up_beyond_a_bound_but_none_that_was_drained() {
    const FILL: &str = "for n = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'id', n) end";
    let test = shared().await;
    let queue = test.bus.queue("work");
    let drained = job();
    queue.push(std::slice::from_ref(&drained)).await.unwrap();
    assert_eq!(queue.drain("poisoned").await.unwrap(), 1);
    let mut raw = raw(&test).await;
    for _ in 0..10 {
        let _: () = redis::cmd("EVAL")
            .arg(FILL)
            .arg(1)
            .arg(test.bus.keys().dead("work"))
            .arg(10_001)
            .query_async(&mut raw)
            .await
            .unwrap();
    }
    let mut consumer = test.consumer("a");
    queue.push(&[job()]).await.unwrap();
    one(&mut consumer).await.fail("broken").await.unwrap();
    assert_eq!(queue.stats().await.unwrap().dead, 100_012);

    assert_eq!(queue.retry_all_dead(1).await.unwrap(), 1);
    let delivery = one(&mut consumer).await;
    assert_eq!(delivery.job, drained);
    delivery.fail("broken").await.unwrap();
    assert_eq!(queue.stats().await.unwrap().dead, 100_000);
}

#[tokio::test]
async fn one_of_two_dead_letters_of_a_job_is_discarded_without_forgetting_the_job_that_waits() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let queue = operator.queue("work");
    let later = Some(server_time(&test).await + Duration::from_hours(1));
    let jobs = [
        job(),
        ordered("chat", 0),
        Job {
            not_before: later,
            ..job()
        },
    ];
    for job in &jobs {
        table.commit(&[OutboxEntry::Job(job.clone())]);
        for _ in 0..2 {
            queue.push(std::slice::from_ref(job)).await.unwrap();
            assert_eq!(queue.drain("doubled").await.unwrap(), 1);
        }
        let dead = queue.dead(10).await.unwrap();
        let [one, other] = [&dead[0].entry_id, &dead[1].entry_id];
        assert_eq!(dead.len(), 2);
        operator.retry_dead("work", one, None).await.unwrap();
        assert!(
            operator
                .discard_dead("work", other)
                .await
                .unwrap()
                .is_some()
        );
        assert!(table.has(job.id), "it waits");

        assert_eq!(queue.drain("again").await.unwrap(), 1);
        let last = queue.dead(10).await.unwrap().remove(0).entry_id;
        assert!(
            operator
                .discard_dead("work", &last)
                .await
                .unwrap()
                .is_some()
        );
        assert!(!table.has(job.id), "nothing of it is left");
    }
}
