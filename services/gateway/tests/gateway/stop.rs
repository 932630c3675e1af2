//! Stopping runs.

use serde_json::{Value, json};

use super::control::{self, Told};
use super::sse::{Sse, kinds};
use super::stage::{Stage, problem, run_id};
use super::worker::Worker;

async fn stop(stage: &Stage, run: mosaic_domain::RunId, body: &Value) -> anyhow::Result<Value> {
    let response = stage.post(&format!("/api/runs/{run}/stop"), body).await?;
    anyhow::ensure!(response.status() == 202, "{}", response.text().await?);
    Ok(response.json().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_run_is_stopped_at_once_and_its_watchers_see_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "never mind").await?;
    let waiting = json!({"content": "this instead", "delivery": "wait"});
    let next = run_id(&stage.say(conversation, &waiting).await?)?;
    let mut sse = Sse::open(&stage, &format!("/api/runs/{run}/events"), None).await?;
    assert_eq!(sse.must().await?.kind, "run.accepted");

    let stopped = stop(&stage, run, &json!({"reason": "a typo"})).await?;
    assert_eq!(stopped["state"], "cancelled");
    assert_eq!(stopped["runId"], run.to_string());
    let rest = sse.rest().await?;
    assert_eq!(kinds(&rest), ["run.cancelled"]);
    assert_eq!(rest[0].data["data"]["reason"], "a typo");
    assert_eq!(stop(&stage, run, &json!({})).await?["state"], "cancelled");
    let ended = stage.read(&format!("/api/runs/{run}")).await?;
    assert_eq!(ended["state"], "cancelled");
    assert_eq!(ended["endReason"], "a typo");
    let stored = stage
        .read(&format!("/api/conversations/{conversation}"))
        .await?;
    assert_eq!(stored["activeRunId"], next.to_string());

    let refused = stage
        .post(&format!("/api/runs/{next}/stop"), &json!({"why": "x"}))
        .await?;
    problem(refused, 400, "invalid_argument").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_run_is_stopped_by_a_word_to_its_worker() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "work").await?;
    let mut fake = control::serve(&stage).await?;
    let lease = std::time::Duration::from_mins(1);
    let worker = Worker::claim_as(&stage, run, fake.id, lease).await?;

    let path = format!("/api/runs/{run}/stop");
    let response = stage.request(reqwest::Method::POST, &path).send().await?;
    assert_eq!(response.status(), 202);
    let body: Value = response.json().await?;
    assert_eq!(body["state"], "stopping");
    let Told::Cancel(request) = fake.hears().await? else {
        anyhow::bail!("told something else");
    };
    assert_eq!(request.run_id, run.to_string());
    assert_eq!(request.reason, "stopped by Ada");

    worker.complete("too late to stop").await?;
    assert_eq!(stop(&stage, run, &json!({})).await?["state"], "completed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_cannot_be_reached_finds_the_request_itself() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "work").await?;
    let worker = Worker::claim(&stage, run).await?;
    assert_eq!(
        stop(&stage, run, &json!({"reason": "enough"})).await?["state"],
        "stopping"
    );
    let fence = worker.claimed.fence;
    let lease = std::time::Duration::from_mins(1);
    let held = stage
        .storage
        .renew_leases(fence.worker_id, &[(run, fence.epoch)], lease)
        .await?;
    assert_eq!(held[0].cancel_reason.as_deref(), Some("enough"));
    Ok(())
}
