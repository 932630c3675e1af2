use std::collections::HashSet;
use std::time::{Duration, Instant};

use mosaic_proto::job::OutboxEntry;
use mosaic_storage::Purpose;
use mosaic_testkit::TestDatabase;
use tokio::time::{sleep, timeout};

use crate::support::{LEASE, connect, due, ids, lease, queue, record};

#[tokio::test]
async fn jobs_are_taken_before_events_that_are_older_and_each_of_them_once() {
    let (database, storage) = record().await;
    queue(&database, "event", 30).await;
    queue(&database, "job", 20).await;
    let life = storage.bus_enter_life("first").await.unwrap();
    let first = lease(&storage, life, 30).await;
    let jobs = |entries: &[OutboxEntry]| {
        let kinds = entries.iter().map(|e| matches!(e, OutboxEntry::Job(_)));
        kinds.take_while(|job| *job).count()
    };
    assert_eq!((first.len(), jobs(&first)), (30, 20));
    let second = lease(&storage, life, 30).await;
    assert_eq!((second.len(), jobs(&second)), (20, 0));
    let all: HashSet<_> = ids(&first).into_iter().chain(ids(&second)).collect();
    assert_eq!(all.len(), 50);
    assert!(lease(&storage, life, 30).await.is_empty());
}

#[tokio::test]
async fn those_who_take_at_the_same_time_take_different_entries() {
    let (database, storage) = record().await;
    queue(&database, "event", 4_000).await;
    let life = storage.bus_enter_life("first").await.unwrap();
    let (a, b, c, d) = tokio::join!(
        lease(&storage, life, 1_000),
        lease(&storage, life, 1_000),
        lease(&storage, life, 1_000),
        lease(&storage, life, 1_000),
    );
    let taken: Vec<_> = [a, b, c, d].iter().flat_map(|some| ids(some)).collect();
    let different: HashSet<_> = taken.iter().collect();
    assert_eq!(different.len(), taken.len());
    // Who looked at rows that another was just locking passed over them and finds the rest now.
    let rest = lease(&storage, life, 4_000).await;
    assert_eq!(taken.len() + rest.len(), 4_000);
}

#[tokio::test]
async fn what_a_dead_relay_had_taken_is_given_out_again() {
    let (database, storage) = record().await;
    queue(&database, "job", 3).await;
    let life = storage.bus_enter_life("first").await.unwrap();
    let short = Duration::from_millis(300);
    let age = Duration::from_secs(2);
    let taken = storage.outbox_lease(life, age, short, 9).await.unwrap();
    assert_eq!(taken.len(), 3);
    assert!(lease(&storage, life, 9).await.is_empty());
    sleep(short).await;
    assert_eq!(ids(&lease(&storage, life, 9).await), ids(&taken));
}

#[tokio::test]
async fn an_entry_of_a_host_whose_clock_is_ahead_is_found_like_any_other() {
    let (database, storage) = record().await;
    queue(&database, "job", 1).await;
    let ahead = "UPDATE outbox SET created_at = now() + interval '10 minutes'";
    database.execute(ahead).await.unwrap();
    let life = storage.bus_enter_life("first").await.unwrap();
    assert_eq!(lease(&storage, life, 9).await.len(), 1);
}

#[tokio::test]
async fn an_entry_is_left_to_the_process_that_wrote_it_for_the_first_seconds() {
    let (database, storage) = record().await;
    queue(&database, "job", 1).await;
    let fresh = "UPDATE outbox SET queued_at = now()";
    database.execute(fresh).await.unwrap();
    let life = storage.bus_enter_life("first").await.unwrap();
    assert!(lease(&storage, life, 9).await.is_empty());
}

#[tokio::test]
async fn a_new_life_makes_half_a_million_published_entries_due_in_no_time() {
    let (database, storage) = record().await;
    queue(&database, "event", 300_000).await;
    queue(&database, "job", 200_000).await;
    let first = storage.bus_enter_life("first").await.unwrap();
    let published = format!("UPDATE outbox SET life = {first}, published_at = now()");
    database.execute(&published).await.unwrap();
    database.execute("VACUUM ANALYZE outbox").await.unwrap();
    assert!(lease(&storage, first, 512).await.is_empty());

    let started = Instant::now();
    let second = storage.bus_enter_life("second").await.unwrap();
    let entered = started.elapsed();
    let taken = lease(&storage, second, 512).await;
    let leased = started.elapsed();
    assert_eq!(taken.len(), 512);
    assert!(matches!(taken[511], OutboxEntry::Job(_)));
    assert_eq!(due(&database, second).await, 500_000);
    eprintln!("entered after {entered:?}, first batch after {leased:?}");
    assert!(leased < Duration::from_secs(2), "{leased:?}");

    let started = Instant::now();
    for _ in 0..20 {
        let taken = lease(&storage, second, 512).await;
        assert_eq!(taken.len(), 512);
        let ids = ids(&taken);
        storage.outbox_mark_published(second, &ids).await.unwrap();
    }
    let each = started.elapsed() / 20;
    eprintln!("{each:?} for each further batch");
    assert!(each < Duration::from_millis(500), "{each:?}");
}

#[tokio::test]
async fn a_mark_that_comes_after_the_life_has_ended_leaves_the_entry_due() {
    let (database, storage) = record().await;
    queue(&database, "job", 2).await;
    let first = storage.bus_enter_life("first").await.unwrap();
    let taken = ids(&lease(&storage, first, 9).await);
    let second = storage.bus_enter_life("second").await.unwrap();
    storage.outbox_mark_published(first, &taken).await.unwrap();
    assert_eq!(due(&database, first).await, 0);
    let again = ids(&lease(&storage, second, 9).await);
    assert_eq!(again.len(), 2);

    storage.outbox_mark_published(second, &again).await.unwrap();
    storage.outbox_mark_published(first, &again).await.unwrap();
    assert_eq!(
        due(&database, second).await,
        0,
        "an old mark undoes nothing"
    );
}

#[tokio::test]
async fn a_mark_does_not_wait_for_the_transaction_that_ends_the_job() {
    let (database, storage) = record().await;
    queue(&database, "job", 2).await;
    let life = storage.bus_enter_life("first").await.unwrap();
    let taken = ids(&lease(&storage, life, 9).await);
    let end = format!("DELETE FROM outbox WHERE id = '{}'", taken[0]);
    let _ending = database.hold(&end).await.unwrap();
    let mark = storage.outbox_mark_published(life, &taken);
    let held = timeout(Duration::from_secs(2), mark)
        .await
        .expect("nobody waits")
        .unwrap();
    assert_eq!(held, taken[..1], "and is told what is still to be marked");
    assert_eq!(due(&database, life).await, 1);
}

#[tokio::test]
async fn what_a_scan_holds_while_it_is_marked_is_marked_the_next_time() {
    let (database, storage) = record().await;
    queue(&database, "job", 3).await;
    let life = storage.bus_enter_life("first").await.unwrap();
    let taken = ids(&lease(&storage, life, 9).await);
    let scan = format!(
        "SELECT FROM outbox WHERE id = '{}' FOR NO KEY UPDATE",
        taken[1]
    );
    let scanning = database.hold(&scan).await.unwrap();
    let held = storage.outbox_mark_published(life, &taken).await.unwrap();
    assert_eq!(held, taken[1..2]);
    drop(scanning);
    let marked = async {
        while !storage
            .outbox_mark_published(life, &held)
            .await
            .unwrap()
            .is_empty()
        {}
    };
    timeout(Duration::from_secs(10), marked)
        .await
        .expect("the scan is over");
    assert_eq!(due(&database, life).await, 0);
}

#[tokio::test]
async fn that_a_mark_does_not_wait_for_the_disk_holds_for_no_later_statement() {
    let database = TestDatabase::migrated().await.unwrap();
    let durable = format!(
        "ALTER DATABASE {} SET synchronous_commit = on",
        database.name()
    );
    database.execute(&durable).await.unwrap();
    let storage = connect(&database).await;
    queue(&database, "job", 1).await;
    let life = storage.bus_enter_life("first").await.unwrap();
    let taken = ids(&lease(&storage, life, 9).await);
    storage.outbox_mark_published(life, &taken).await.unwrap();
    assert_eq!(due(&database, life).await, 0);
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut tx = storage.system(Purpose::Relay).read().await.unwrap();
        let commit: String = sqlx::query_scalar("SHOW synchronous_commit")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(commit, "on");
        held.push(tx);
    }
}

#[tokio::test]
async fn everybody_who_enters_a_life_gets_the_same_number_and_a_later_life_a_higher_one() {
    let (database, storage) = record().await;
    let other = connect(&database).await;
    let mut before = 0;
    for name in ["a", "b", "c"] {
        let (x, y, z) = tokio::join!(
            storage.bus_enter_life(name),
            other.bus_enter_life(name),
            storage.bus_enter_life(name),
        );
        let numbers = [x.unwrap(), y.unwrap(), z.unwrap()];
        assert_eq!(numbers, [numbers[0]; 3]);
        assert!(numbers[0] > before);
        before = numbers[0];
    }
    assert_eq!(other.bus_enter_life("a").await.unwrap(), 1);
}

#[tokio::test]
async fn a_life_is_higher_than_any_mark_even_if_the_record_has_forgotten_lives() {
    let (database, storage) = record().await;
    queue(&database, "job", 1).await;
    queue(&database, "event", 1).await;
    let marks =
        "UPDATE outbox SET published_at = now(), life = CASE kind WHEN 'job' THEN 40 ELSE 30 END";
    database.execute(marks).await.unwrap();
    let life = storage.bus_enter_life("next").await.unwrap();
    assert_eq!(life, 41);
    let age = Duration::ZERO;
    let taken = storage.outbox_lease(life, age, LEASE, 9).await.unwrap();
    assert_eq!(taken.len(), 2);
}
