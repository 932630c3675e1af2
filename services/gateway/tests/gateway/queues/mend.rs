//! Dead letters that get other data: what is done changes, and not for whom.

use anyhow::Context as _;
use mosaic_proto::job::{Job, SUMMARIES_QUEUE};
use mosaic_runtime::clock;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::stage::{Person, Stage, problem};
use super::stage::{because, command};

/// The dead letter of a summary that was wanted with these data.
async fn letter(stage: &Stage, data: &str) -> anyhow::Result<String> {
    let job = Job {
        id: clock::id(),
        queue: SUMMARIES_QUEUE.to_owned(),
        workspace_id: stage.ada.scope.workspace_id,
        priority: 5,
        created_at: clock::now(),
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data: data.to_owned(),
    };
    let id = job.id.to_string();
    stage.bus.queue(SUMMARIES_QUEUE).push(&[job]).await?;
    because(stage, "summaries/drain").await?;
    let page = stage.read("/api/queues/summaries/dead").await?;
    let all = page["items"].as_array().context("dead letters")?;
    let own = all.iter().find(|one| one["job"]["id"] == *id);
    let entry = own.and_then(|one| one["entryId"].as_str());
    Ok(entry.context("the dead letter")?.to_owned())
}

async fn conversation(stage: &Stage, who: &Person) -> anyhow::Result<String> {
    let begin = stage.request_by(who, Method::POST, "/api/conversations");
    let begun = begin.json(&json!({})).send().await?.error_for_status()?;
    let begun: Value = begun.json().await?;
    Ok(begun["id"].as_str().context("an id")?.to_owned())
}

fn wanted(conversation: &str, kind: &str, forced: bool) -> Value {
    json!({"conversationId": conversation, "kind": kind, "forced": forced})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_ones_own_is_not_pointed_at_a_colleague() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "member").await?;
    let own = conversation(&stage, &stage.ada).await?;
    let carls = conversation(&stage, &carl).await?;
    let readable = wanted(&own, "compaction", true).to_string();
    let there = "SELECT count(*) FROM outbox WHERE kind = 'job' AND topic = 'summaries'";
    for before in [readable.as_str(), "{\"conversationId\":"] {
        let entry = letter(&stage, before).await?;
        let path = format!("summaries/dead/{entry}/retry");
        let data = json!({"data": wanted(&carls, "compaction", true)});
        let refused = stage.post(&format!("/api/queues/{path}"), &data).await?;
        let refused = problem(refused, 422, "unprocessable").await?;
        assert_eq!(refused["errors"][0]["field"], "data", "{refused}");
        assert_eq!(stage.database.number(there).await?, 0, "{before}");

        // To something else of the same person it may be; that is nothing that they asked for.
        let other = conversation(&stage, &stage.ada).await?;
        let data = json!({"data": wanted(&other, "compaction", true)});
        let back = command(&stage, &path, &data).await?;
        assert_eq!(back["data"]["conversationId"], *other, "{back}");
        assert_ne!(back["data"]["forced"], true, "{back}");
        stage.database.execute("DELETE FROM outbox").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_a_colleague_stays_theirs_and_what_they_asked_for() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "member").await?;
    let own = conversation(&stage, &stage.ada).await?;
    let carls = conversation(&stage, &carl).await?;
    let asked = wanted(&carls, "session", true);
    let entry = letter(&stage, &asked.to_string()).await?;
    let path = format!("summaries/dead/{entry}/retry");
    let data = json!({"data": wanted(&own, "session", true)});
    let refused = stage.post(&format!("/api/queues/{path}"), &data).await?;
    problem(refused, 422, "unprocessable").await?;
    let data = json!({"data": {"conversationId": carls, "kind": "session"}});
    let back = command(&stage, &path, &data).await?;
    assert_eq!(back["data"], asked);

    let audit = stage.read("/api/audit?action=queue.mend").await?;
    let letter = format!("summaries/{entry}");
    let told = format!("{letter}: from conversation {carls} to conversation {carls}");
    let rows = audit["items"].as_array().into_iter().flatten();
    let rows: Vec<_> = rows
        .map(|row| (&row["outcome"], &row["targetId"]))
        .collect();
    let (told, letter) = (json!(told), json!(letter));
    let [done, requested, refused] = ["done", "requested", "refused"].map(Value::from);
    assert_eq!(
        rows,
        [(&done, &told), (&requested, &told), (&refused, &letter)]
    );
    Ok(())
}
