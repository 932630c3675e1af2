use mosaic_proto::job::RUNS_QUEUE;
use mosaic_testkit::service::eventually;
use serde_json::json;

use super::super::stage::{Stage, problem};
use super::stage::{Queues, audited, because, command, waiting};

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_queue_hands_out_nothing_until_it_is_resumed() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let mut queues = Queues::open(&stage);
    let paused = because(&stage, "runs/pause").await?;
    assert_eq!(paused["pause"]["reason"], "maintenance", "{paused}");
    assert_eq!(paused["pause"]["by"], "Ada");
    let conversation = stage.conversation().await?;
    stage.ask(conversation, "hello").await?;
    waiting(&stage, RUNS_QUEUE, 1).await?;
    queues.nothing().await?;

    // Whoever pauses it again learns who did so before.
    let again = command(&stage, "runs/pause", &json!({"reason": "another"})).await?;
    assert_eq!(again["pause"], paused["pause"]);
    let on_record =
        "SELECT count(*) FROM queue_pauses WHERE queue = 'runs' AND reason = 'maintenance'";
    assert_eq!(stage.database.number(on_record).await?, 1);
    let list = stage.read("/api/queues").await?;
    let runs = list["items"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["name"] == "runs"));
    assert_eq!(
        runs.map(|one| &one["pause"]["by"]),
        Some(&json!("Ada")),
        "{list}"
    );

    let resumed = because(&stage, "runs/resume").await?;
    assert!(resumed["pause"].is_null(), "{resumed}");
    queues.take().await?.ack().await?;
    because(&stage, "runs/resume").await?;
    assert_eq!(audited(&stage, "queue.pause").await?, ["done", "unchanged"]);
    assert_eq!(
        audited(&stage, "queue.resume").await?,
        ["done", "unchanged"]
    );
    let audit = stage.read("/api/audit?action=queue.pause").await?;
    let first = &audit["items"][2];
    assert_eq!(
        (&first["targetType"], &first["targetId"]),
        (&json!("queue"), &json!("runs"))
    );
    assert_eq!(
        (&first["reason"], &first["actor"]),
        (&json!("maintenance"), &json!("Ada"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drained_queue_is_empty_and_its_jobs_can_be_put_back() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let mut runs = Vec::new();
    for number in 1..=3 {
        let conversation = stage.conversation().await?;
        runs.push(stage.ask(conversation, "hello").await?.to_string());
        waiting(&stage, RUNS_QUEUE, number).await?;
    }
    assert_eq!(because(&stage, "runs/drain").await?, json!({"drained": 3}));
    assert_eq!(because(&stage, "runs/drain").await?, json!({"drained": 0}));
    let queue = stage.read("/api/queues/runs").await?;
    assert_eq!((&queue["waiting"], &queue["dead"]), (&json!(0), &json!(3)));
    let page = stage.read("/api/queues/runs/dead?limit=2").await?;
    assert_eq!(page["items"][0]["reason"], "maintenance", "{page}");
    let next = page["nextCursor"].as_str().unwrap_or_default();
    let rest = stage
        .read(&format!("/api/queues/runs/dead?limit=2&cursor={next}"))
        .await?;
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
    assert!(rest["nextCursor"].is_null());

    let two = command(
        &stage,
        "runs/dead/retry",
        &json!({"limit": 2, "reason": "over"}),
    )
    .await?;
    assert_eq!(two, json!({"retried": 2}));
    assert_eq!(
        command(&stage, "runs/dead/retry", &json!({})).await?,
        json!({"retried": 1})
    );
    let jobs = stage.read("/api/queues/runs/jobs").await?;
    let order = jobs["items"].as_array().into_iter().flatten();
    let order: Vec<&str> = order
        .filter_map(|one| one["job"]["data"]["runId"].as_str())
        .collect();
    assert_eq!(order, [&*runs[1], &*runs[2], &*runs[0]], "as they died");
    assert_eq!(audited(&stage, "queue.drain").await?, ["done", "unchanged"]);
    assert_eq!(audited(&stage, "queue.retry_all").await?, ["done", "done"]);
    let audit = stage.read("/api/audit?action=queue.retry_all").await?;
    let rows = audit["items"].as_array().into_iter().flatten();
    let targets: Vec<_> = rows.filter_map(|row| row["targetId"].as_str()).collect();
    let expected = [
        "runs: 1 dead letters: 1 put back",
        "runs: 1 dead letters",
        "runs: 2 dead letters: 2 put back",
        "runs: 2 dead letters",
    ];
    assert_eq!(targets, expected);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_at_a_time_puts_the_dead_letters_of_a_queue_back() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    stage.ask(conversation, "hello").await?;
    waiting(&stage, RUNS_QUEUE, 1).await?;
    because(&stage, "runs/drain").await?;
    // The first has to wait for the record once it has begun.
    let held = stage.database.hold("LOCK TABLE outbox IN EXCLUSIVE MODE");
    let held = held.await?;
    let first = because(&stage, "runs/dead/retry");
    let second = async {
        let begun = "SELECT count(*) FROM audit_log WHERE action = 'queue.retry_all'";
        eventually("the first to begin", async || {
            (stage.database.number(begun).await.ok()? == 1).then_some(())
        })
        .await?;
        let body = json!({"limit": 1_000});
        let refused = stage.post("/api/queues/runs/dead/retry", &body).await?;
        problem(refused, 409, "conflict").await?;
        drop(held);
        anyhow::Ok(())
    };
    let (first, ()) = tokio::try_join!(first, second)?;
    assert_eq!(first, json!({"retried": 1}));
    // Nothing is left, which is told again and again in one row.
    for _ in 0..5 {
        let again = because(&stage, "runs/dead/retry").await?;
        assert_eq!(again, json!({"retried": 0}));
    }
    let begun =
        "SELECT count(*) FROM audit_log WHERE action = 'queue.retry_all' AND outcome <> 'refused'";
    assert_eq!(stage.database.number(begun).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_queue_has_every_undone_job_once() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for content in ["one", "two"] {
        let conversation = stage.conversation().await?;
        stage.ask(conversation, content).await?;
    }
    waiting(&stage, RUNS_QUEUE, 2).await?;
    let mut queues = Queues::open(&stage);
    let in_work = queues.take().await?;
    let second = queues.take().await?;
    second.release().await?;
    // Closed, so that it takes nothing while the queue is filled.
    drop(queues);
    waiting(&stage, RUNS_QUEUE, 1).await?;
    let rebuilt = because(&stage, "runs/rebuild").await?;
    assert_eq!(
        rebuilt,
        json!({"name": "runs", "removed": 1, "pushed": 1, "left": 1})
    );
    waiting(&stage, RUNS_QUEUE, 1).await?;
    let all = because(&stage, "rebuild").await?;
    let runs = all["items"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["name"] == "runs"));
    assert_eq!(runs, Some(&rebuilt), "{all}");
    waiting(&stage, RUNS_QUEUE, 1).await?;
    assert_eq!(audited(&stage, "queue.rebuild").await?, ["done", "done"]);
    drop(in_work);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_fills_a_queue_that_valkey_has_lost() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    stage.ask(conversation, "hello").await?;
    waiting(&stage, RUNS_QUEUE, 1).await?;
    stage.valkey.wipe().await?;
    // The relay may have been quicker.
    let rebuilt = because(&stage, "runs/rebuild").await?;
    assert_eq!(rebuilt["pushed"], 1, "{rebuilt}");
    waiting(&stage, RUNS_QUEUE, 1).await?;
    Ok(())
}
