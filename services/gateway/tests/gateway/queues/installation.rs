//! What belongs to the installation is commanded from its home workspace alone.

use mosaic_bus::DEFAULT_PREFIX;
use mosaic_proto::job::RUNS_QUEUE;
use mosaic_runtime::clock;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::super::stage::{Person, Stage, problem};
use super::stage::{because, by_hand, waiting};

async fn ask(stage: &Stage, who: &Person, method: Method, path: &str) -> anyhow::Result<Response> {
    let request = stage.request_by(who, method, path);
    Ok(request.json(&json!({"reason": "x"})).send().await?)
}

async fn read(stage: &Stage, who: &Person, path: &str) -> anyhow::Result<Value> {
    let answer = ask(stage, who, Method::GET, path).await?;
    Ok(answer.error_for_status()?.json().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_of_other_workspaces_command_no_queue_and_no_worker() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let worker = clock::id::<mosaic_domain::InstanceId>();
    let routes = [
        ("/api/queues/runs/pause".to_owned(), "queue.pause"),
        ("/api/queues/runs/resume".to_owned(), "queue.resume"),
        ("/api/queues/runs/drain".to_owned(), "queue.drain"),
        ("/api/queues/runs/rebuild".to_owned(), "queue.rebuild"),
        ("/api/queues/rebuild".to_owned(), "queue.rebuild"),
        (format!("/api/workers/{worker}/drain"), "worker.drain"),
        (format!("/api/workers/{worker}/resume"), "worker.resume"),
    ];
    for (path, _) in &routes {
        let refused = ask(&stage, &bob, Method::POST, path).await?;
        problem(refused, 403, "permission_denied").await?;
    }
    let audit = read(&stage, &bob, "/api/audit").await?;
    let listed = audit["items"].as_array().into_iter().flatten().rev();
    let listed: Vec<_> = listed
        .filter(|one| one["outcome"] == "denied")
        .filter_map(|one| one["action"].as_str())
        .collect();
    let expected: Vec<_> = routes.iter().map(|(_, action)| *action).collect();
    assert_eq!(listed, expected);

    because(&stage, "runs/pause").await?;
    for path in ["/api/queues/runs", "/api/queues"] {
        let seen = read(&stage, &bob, path).await?.to_string();
        assert!(seen.contains("an operator"), "{seen}");
        assert!(
            !seen.contains("Ada") && !seen.contains("\"maintenance\""),
            "{seen}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_drained_job_is_put_back_elsewhere_and_what_nobody_can_read_is_not_there()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let begun = ask_json(&stage, &bob, "/api/conversations", json!({})).await?;
    let id = begun["id"].as_str().unwrap_or_default();
    let path = format!("/api/conversations/{id}/messages");
    ask_json(&stage, &bob, &path, json!({"content": "hello"})).await?;
    waiting(&stage, RUNS_QUEUE, 1).await?;
    because(&stage, "runs/drain").await?;
    let oops = format!("XADD {DEFAULT_PREFIX}:{{q:runs}}:dead * reason oops oops 1");
    by_hand(&stage, &oops).await?;

    let dead = read(&stage, &bob, "/api/queues/runs/dead").await?;
    assert_eq!(dead["items"].as_array().map(Vec::len), Some(1), "{dead}");
    let own = &dead["items"][0];
    let all = stage.read("/api/queues/runs/dead").await?;
    let unreadable = &all["items"][0];
    assert_eq!(own["reason"], Value::Null, "operators' words: {dead}");
    let path = |one: &Value| {
        let entry = one["entryId"].as_str().unwrap_or_default();
        format!("/api/queues/runs/dead/{entry}")
    };
    let gone = stage.request_by(&bob, Method::DELETE, &path(unreadable));
    problem(gone.send().await?, 404, "not_found").await?;
    let again = stage.request_by(&bob, Method::POST, &format!("{}/retry", path(own)));
    again.json(&json!({})).send().await?.error_for_status()?;
    waiting(&stage, RUNS_QUEUE, 1).await?;
    let gone = stage.request(Method::DELETE, &path(unreadable));
    assert_eq!(gone.send().await?.status(), 204);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn when_jobs_of_others_died_is_told_by_no_page_and_no_cursor() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    for who in [&stage.ada, &bob, &stage.ada, &bob, &stage.ada] {
        let begun = ask_json(&stage, who, "/api/conversations", json!({})).await?;
        let id = begun["id"].as_str().unwrap_or_default();
        let path = format!("/api/conversations/{id}/messages");
        ask_json(&stage, who, &path, json!({"content": "hello"})).await?;
        waiting(&stage, RUNS_QUEUE, 1).await?;
        because(&stage, "runs/drain").await?;
    }
    let path = "/api/queues/runs/dead?limit=1";
    let newest = read(&stage, &bob, path).await?;
    assert_eq!(
        newest["items"].as_array().map(Vec::len),
        Some(1),
        "{newest}"
    );
    assert_eq!(newest["nextCursor"], newest["items"][0]["entryId"]);
    let cursor = newest["nextCursor"].as_str().unwrap_or_default();
    let oldest = read(&stage, &bob, &format!("{path}&cursor={cursor}")).await?;
    assert_eq!(
        oldest["items"].as_array().map(Vec::len),
        Some(1),
        "{oldest}"
    );
    assert_ne!(oldest["items"][0]["entryId"], newest["items"][0]["entryId"]);
    assert_eq!(oldest["nextCursor"], Value::Null, "an older one is Ada's");
    Ok(())
}

async fn ask_json(stage: &Stage, who: &Person, path: &str, body: Value) -> anyhow::Result<Value> {
    let request = stage.request_by(who, Method::POST, path).json(&body);
    Ok(request.send().await?.error_for_status()?.json().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_down_is_not_done() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let hide = "ALTER TABLE audit_log RENAME TO audit_log_away";
    stage.database.execute(hide).await?;
    for path in ["/api/queues/runs/pause", "/api/runs/kill"] {
        let refused = ask(&stage, &stage.ada, Method::POST, path).await?;
        assert!(refused.status().is_server_error(), "{}", refused.status());
    }
    let queue = stage.read("/api/queues/runs").await?;
    assert!(queue["pause"].is_null(), "{queue}");
    Ok(())
}
