use std::time::Duration;

use mosaic_testkit::TestDatabase;

use crate::support::{due, queue, record};

const OVERDUE: Duration = Duration::from_secs(30);

/// A conversation with a run in this state whose job was published so long ago.
async fn run(database: &TestDatabase, state: &str, lease_until: &str, published: &str) {
    let insert = insert(state, lease_until, published);
    database.execute(&insert).await.unwrap();
}

fn insert(state: &str, lease_until: &str, published: &str) -> String {
    format!(
            "WITH w AS (INSERT INTO workspaces (id, name) VALUES (uuidv7(), 'w') RETURNING id),
                  u AS (INSERT INTO users (id, name) VALUES (uuidv7(), 'u') RETURNING id),
                  j AS (INSERT INTO outbox (id, kind, workspace_id, topic, data, life, published_at)
                        SELECT uuidv7(), 'job', id, 'work', '{{}}', 1, now() - interval '{published}'
                        FROM w RETURNING id),
                  r AS (SELECT uuidv7() AS id),
                  c AS (INSERT INTO conversations (id, workspace_id, owner_id, agent, active_run_id)
                        SELECT uuidv7(), w.id, u.id, 'a', r.id FROM w, u, r RETURNING id)
             INSERT INTO runs (id, workspace_id, conversation_id, owner_id, ordinal, job_id, agent, state,
                               lease_until)
             SELECT r.id, w.id, c.id, u.id, 1, j.id, 'a', '{state}', {lease_until}
             FROM w, u, j, r, c;"
        )
}

#[tokio::test]
async fn the_job_of_a_run_whose_worker_is_gone_becomes_due_again() {
    let (database, storage) = record().await;
    let long_gone = "now() - interval '40 seconds'";
    run(&database, "running", long_gone, "1 minute").await;
    run(&database, "running", long_gone, "10 seconds").await;
    let alive = "now() + interval '5 seconds'";
    run(&database, "running", alive, "1 hour").await;
    assert_eq!(
        storage
            .outbox_reopen_stranded(OVERDUE, None, &[])
            .await
            .unwrap(),
        1
    );
    assert_eq!(due(&database, 1).await, 1);
    assert_eq!(
        storage
            .outbox_reopen_stranded(OVERDUE, None, &[])
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn the_job_of_a_run_that_nobody_claims_becomes_due_again_after_a_generous_time() {
    let (database, storage) = record().await;
    run(&database, "queued", "NULL", "11 minutes").await;
    run(&database, "queued", "NULL", "9 minutes").await;
    assert_eq!(
        storage
            .outbox_reopen_stranded(OVERDUE, None, &[])
            .await
            .unwrap(),
        1
    );
    assert_eq!(due(&database, 1).await, 1);
    assert_eq!(
        storage
            .outbox_reopen_stranded(OVERDUE, None, &[])
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn a_queue_that_is_longer_than_that_is_not_flooded_with_duplicates() {
    let (database, storage) = record().await;
    let waiting = insert("queued", "NULL", "11 minutes").repeat(120);
    database.execute(&waiting).await.unwrap();
    assert_eq!(
        storage
            .outbox_reopen_stranded(OVERDUE, None, &[])
            .await
            .unwrap(),
        100
    );
    assert_eq!(due(&database, 1).await, 100);
}

#[tokio::test]
async fn a_job_whose_entry_may_still_wait_is_left_alone_and_so_is_a_paused_queue() {
    let (database, storage) = record().await;
    run(&database, "queued", "NULL", "11 minutes").await;
    run(
        &database,
        "running",
        "now() - interval '40 seconds'",
        "11 minutes",
    )
    .await;
    let stranded = async |oldest| {
        let found = storage.outbox_reopen_stranded(OVERDUE, oldest, &[]).await;
        found.unwrap()
    };
    let older = Some(Duration::from_mins(12));
    assert_eq!(stranded(older).await, 0, "its turn has not come");
    let pause = "INSERT INTO queue_pauses VALUES ('work', uuidv7(), 'r', 'ada', now())";
    database.execute(pause).await.unwrap();
    assert_eq!(stranded(None).await, 0, "nobody may take it");
    database.execute("DELETE FROM queue_pauses").await.unwrap();
    let younger = Some(Duration::from_mins(9));
    assert_eq!(
        stranded(younger).await,
        2,
        "those after it are taken or next"
    );
}

#[tokio::test]
async fn a_job_among_the_dead_letters_is_not_lost() {
    let (database, storage) = record().await;
    run(&database, "queued", "NULL", "11 minutes").await;
    let long_gone = "now() - interval '40 seconds'";
    run(&database, "running", long_gone, "11 minutes").await;
    let (jobs, _) = storage.outbox_undone("work", None, 10).await.unwrap();
    let dead: Vec<_> = jobs.iter().map(|job| job.id).collect();
    let stranded = storage.outbox_reopen_stranded(OVERDUE, None, &dead).await;
    assert_eq!(stranded.unwrap(), 0);
    let stranded = storage.outbox_reopen_stranded(OVERDUE, None, &[]).await;
    assert_eq!(stranded.unwrap(), 2);
}

#[tokio::test]
async fn a_job_that_was_set_aside_is_not_lost_either_also_when_nobody_knows_the_dead_letters() {
    let (database, storage) = record().await;
    run(&database, "queued", "NULL", "11 minutes").await;
    let long_gone = "now() - interval '40 seconds'";
    run(&database, "running", long_gone, "11 minutes").await;
    let aside = "UPDATE outbox SET set_aside = 'poisoned'";
    database.execute(aside).await.unwrap();
    let stranded = storage.outbox_reopen_stranded(OVERDUE, None, &[]).await;
    assert_eq!(stranded.unwrap(), 0);
    assert_eq!(due(&database, 1).await, 0);
}

#[tokio::test]
async fn old_events_are_forgotten_unless_they_are_due_again_and_jobs_never_are() {
    let (database, storage) = record().await;
    let life = storage.bus_enter_life("first").await.unwrap();
    queue(&database, "event", 12_000).await;
    queue(&database, "job", 5).await;
    let old =
        format!("UPDATE outbox SET life = {life}, published_at = now() - interval '61 minutes'");
    database.execute(&old).await.unwrap();
    queue(&database, "event", 7).await;
    let second = storage.bus_enter_life("second").await.unwrap();
    assert_eq!(storage.outbox_prune().await.unwrap(), 0, "all are due");
    let again = format!("UPDATE outbox SET life = {second} WHERE life = {life}");
    database.execute(&again).await.unwrap();
    assert_eq!(storage.outbox_prune().await.unwrap(), 12_000);
    let left = database.number("SELECT count(*) FROM outbox").await;
    assert_eq!(left.unwrap(), 12);
}
