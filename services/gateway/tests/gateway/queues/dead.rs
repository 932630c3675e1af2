use mosaic_bus::DEFAULT_PREFIX;
use mosaic_proto::job::{Job, RUNS_QUEUE};
use mosaic_runtime::clock;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::stage::{Stage, problem};
use super::stage::{Queues, audited, because, by_hand, command, waiting};

/// Gives up on everything that waits and returns the newest dead letter.
async fn dead(stage: &Stage) -> anyhow::Result<String> {
    because(stage, "runs/drain").await?;
    let page = stage.read("/api/queues/runs/dead?limit=1").await?;
    Ok(page["items"][0]["entryId"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

fn job(stage: &Stage, data: &str) -> Job {
    Job {
        id: clock::id(),
        queue: RUNS_QUEUE.to_owned(),
        workspace_id: stage.ada.scope.workspace_id,
        priority: 9,
        created_at: clock::now(),
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data: data.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_job_is_looked_at_mended_and_put_back() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    waiting(&stage, RUNS_QUEUE, 1).await?;
    let mut queues = Queues::open(&stage);
    let taken = queues.take().await?;
    let mut broken = job(&stage, "{\"runId\":");
    broken.id = taken.job.id;
    taken.ack().await?;
    stage
        .bus
        .queue(RUNS_QUEUE)
        .push(std::slice::from_ref(&broken))
        .await?;
    queues
        .take()
        .await?
        .fail("the payload does not fit")
        .await?;

    let page = stage.read("/api/queues/runs/dead").await?;
    let letter = &page["items"][0];
    assert_eq!(letter["reason"], "the payload does not fit", "{page}");
    assert_eq!(letter["job"]["data"], "{\"runId\":");
    assert_eq!(letter["attempts"], 1);
    let path = format!(
        "runs/dead/{}/retry",
        letter["entryId"].as_str().unwrap_or_default()
    );
    let data = json!({"runId": run.to_string(), "conversationId": conversation.to_string()});
    let back = command(&stage, &path, &json!({"data": data, "reason": "cut off"})).await?;
    assert_eq!((&back["data"], &back["priority"]), (&data, &json!(9)));
    let again = queues.take().await?;
    assert_eq!((again.job.id, again.attempt), (broken.id, 1));
    assert_eq!(serde_json::from_str::<Value>(&again.job.data)?, data);
    let on_record = format!("SELECT count(*) FROM outbox WHERE id = '{}'", broken.id);
    assert_eq!(
        stage.database.number(&on_record).await?,
        1,
        "it survives Valkey"
    );
    again.ack().await?;

    let gone = stage
        .post(&format!("/api/queues/{path}"), &json!({}))
        .await?;
    problem(gone, 404, "not_found").await?;
    assert_eq!(audited(&stage, "queue.mend").await?, ["done"]);
    assert_eq!(audited(&stage, "queue.retry").await?, ["refused"]);
    let audit = stage.read("/api/audit?action=queue.mend").await?;
    let entry = letter["entryId"].as_str().unwrap_or_default();
    let told = format!("runs/{entry}: from what is not known to run {run}");
    for row in [&audit["items"][0], &audit["items"][1]] {
        assert_eq!(
            (&row["reason"], &row["targetId"]),
            (&json!("cut off"), &json!(told))
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_nobody_could_work_with_are_refused() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let created = stage
        .request_by(&bob, Method::POST, "/api/conversations")
        .json(&json!({}));
    let bobs: Value = created.send().await?.json().await?;
    let path = format!(
        "/api/conversations/{}/messages",
        bobs["id"].as_str().unwrap_or_default()
    );
    let said = stage
        .request_by(&bob, Method::POST, &path)
        .json(&json!({"content": "x"}));
    let said: Value = said.send().await?.json().await?;
    let elsewhere = stage.conversation().await?;
    let other = stage.ask(elsewhere, "again").await?;
    waiting(&stage, RUNS_QUEUE, 3).await?;
    because(&stage, "runs/drain").await?;
    let page = stage.read("/api/queues/runs/dead").await?;
    let is_own = |one: &&Value| one["job"].to_string().contains(&run.to_string());
    let own = page["items"]
        .as_array()
        .and_then(|all| all.iter().find(is_own));
    let entry = own
        .and_then(|one| one["entryId"].as_str())
        .unwrap_or_default();
    let path = format!("/api/queues/runs/dead/{entry}/retry");
    let cases = [
        (json!({"runId": run.to_string()}), "conversationId"),
        (
            json!({"runId": "7", "conversationId": conversation.to_string()}),
            "runId",
        ),
        (
            json!({"runId": run.to_string(), "conversationId": conversation.to_string(), "force": true}),
            "force",
        ),
        (json!("text"), "RunJob"),
        (
            json!({"runId": said["runId"], "conversationId": bobs["id"]}),
            "not there",
        ),
        // Another job does that one.
        (
            json!({"runId": other.to_string(), "conversationId": elsewhere.to_string()}),
            "not there",
        ),
    ];
    for (data, about) in cases {
        let refused = stage.post(&path, &json!({"data": data})).await?;
        let refused = problem(refused, 422, "unprocessable").await?;
        let detail = refused["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(about), "{about}: {detail}");
        assert_eq!(refused["errors"][0]["field"], "data");
    }
    let large = json!({"data": {"runId": "x".repeat(64 << 10)}});
    problem(stage.post(&path, &large).await?, 413, "payload_too_large").await?;
    let unknown = stage.post(&path, &json!({"date": {}})).await?;
    problem(unknown, 400, "invalid_argument").await?;
    assert_eq!(stage.read("/api/queues/runs").await?["dead"], 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_dead_letter_is_gone_on_record_too() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    waiting(&stage, RUNS_QUEUE, 1).await?;
    let path = format!("/api/queues/runs/dead/{}?reason=spam", dead(&stage).await?);
    let undone = "SELECT count(*) FROM outbox WHERE kind = 'job'";
    assert_eq!(stage.database.number(undone).await?, 1);
    let discarded = stage.request(Method::DELETE, &path).send().await?;
    assert_eq!(discarded.status(), 204);
    assert_eq!(stage.database.number(undone).await?, 0);
    let ended = stage.storage.run(stage.ada.scope, run).await?;
    let code = ended.and_then(|run| run.end_code);
    assert_eq!(code.as_deref(), Some("job_discarded"));
    let audit = stage.read("/api/audit?action=queue.discard").await?;
    let told = audit["items"][0]["targetId"].as_str().unwrap_or_default();
    assert!(
        told.ends_with(&format!("run {run}: ended with it")),
        "{told}"
    );
    assert_eq!(because(&stage, "runs/rebuild").await?["pushed"], 0);
    let again = stage.request(Method::DELETE, &path).send().await?;
    problem(again, 404, "not_found").await?;
    assert_eq!(audited(&stage, "queue.discard").await?, ["done", "refused"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_that_is_no_job_can_be_discarded_and_not_put_back() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let oops = format!("XADD {DEFAULT_PREFIX}:{{q:runs}}:dead * reason oops oops 1");
    by_hand(&stage, &oops).await?;
    let page = stage.read("/api/queues/runs/dead").await?;
    let entry = page["items"][0]["entryId"].as_str().unwrap_or_default();
    let path = format!("/api/queues/runs/dead/{entry}");
    assert_eq!(
        (&page["items"][0]["job"], &page["items"][0]["concealed"]),
        (&Value::Null, &json!(false))
    );
    let again = stage.post(&format!("{path}/retry"), &json!({})).await?;
    let refused = problem(again, 409, "conflict").await?;
    assert!(
        refused["remedy"]
            .as_str()
            .is_some_and(|text| text.contains("discard"))
    );
    assert_eq!(
        command(&stage, "runs/dead/retry", &json!({})).await?,
        json!({"retried": 0})
    );
    assert_eq!(
        stage.request(Method::DELETE, &path).send().await?.status(),
        204
    );
    assert_eq!(stage.read("/api/queues/runs").await?["dead"], 0);
    Ok(())
}
