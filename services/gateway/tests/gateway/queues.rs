//! Queues as their operators command them, over the API.

mod chats;
mod dead;
mod installation;
mod mend;
mod stage;
mod whole;

use mosaic_proto::job::RUNS_QUEUE;
use mosaic_testkit::service::eventually;
use reqwest::Method;
use serde_json::{Value, json};

use self::stage::{Queues, audited, waiting};
use super::stage::{Stage, problem};

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_and_what_is_in_work_can_be_looked_at() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "a secret").await?;
    waiting(&stage, RUNS_QUEUE, 1).await?;
    let jobs = stage.read("/api/queues/runs/jobs").await?;
    let job = &jobs["items"][0];
    assert_eq!(job["place"], "normal", "{jobs}");
    assert_eq!(job["job"]["data"]["runId"], run.to_string());
    assert!(job["holder"].is_null(), "{jobs}");
    assert!(!jobs.to_string().contains("secret"), "{jobs}");
    let low = stage.read("/api/queues/runs/jobs?lane=low").await?;
    assert_eq!(low["items"], json!([]));

    let mut queues = Queues::open(&stage);
    let delivery = queues.take().await?;
    let jobs = stage
        .read("/api/queues/runs/jobs?lane=normal&limit=1")
        .await?;
    assert_eq!(jobs["items"][0]["holder"]["consumer"], "test", "{jobs}");
    let queue = stage.read("/api/queues/runs").await?;
    assert_eq!(
        (&queue["pending"], &queue["waiting"]),
        (&json!(1), &json!(0))
    );
    assert!(queue["pause"].is_null());
    delivery.ack().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_or_a_question_that_does_not_fit_is_refused() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for path in [
        "/api/queues/others",
        "/api/queues/others/jobs",
        "/api/queues/others/dead",
    ] {
        problem(stage.get(path).await?, 404, "not_found").await?;
    }
    for query in [
        "jobs?lane=fast",
        "jobs?limit=0",
        "jobs?limit=201",
        "dead?limit=0",
        "dead?cursor=x",
        "dead?cursor=1",
    ] {
        let refused = stage.get(&format!("/api/queues/runs/{query}")).await?;
        problem(refused, 422, "unprocessable").await?;
    }
    let pause = "/api/queues/runs/pause";
    problem(
        stage.post(pause, &json!({})).await?,
        400,
        "invalid_argument",
    )
    .await?;
    for reason in [" ".to_owned(), "x".repeat(501)] {
        let refused = stage.post(pause, &json!({"reason": reason})).await?;
        problem(refused, 422, "unprocessable").await?;
    }
    let reason = json!({"reason": "x"});
    let other = stage.post("/api/queues/others/pause", &reason).await?;
    problem(other, 404, "not_found").await?;
    let limit = json!({"limit": 1_001});
    let all = stage.post("/api/queues/runs/dead/retry", &limit).await?;
    problem(all, 422, "unprocessable").await?;
    for entry in ["1-1", "%00", "1", "18446744073709551616-0"] {
        let path = format!("/api/queues/runs/dead/{entry}");
        let again = stage.post(&format!("{path}/retry"), &json!({})).await?;
        problem(again, 404, "not_found").await?;
        let gone = stage.request(Method::DELETE, &path).send().await?;
        problem(gone, 404, "not_found").await?;
    }
    let outcomes = audited(&stage, "queue.discard").await?;
    assert_eq!(outcomes, ["refused"; 4]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_see_and_command_queues_and_who_tries_is_written_down() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let user = stage.ada.scope.user_id;
    let demote = format!("UPDATE memberships SET role = 'member' WHERE user_id = '{user}'");
    stage.database.execute(&demote).await?;
    let reason = json!({"reason": "because"});
    let routes = [
        (Method::GET, "/api/queues", None),
        (Method::GET, "/api/queues/runs", None),
        (Method::GET, "/api/queues/runs/jobs", None),
        (Method::GET, "/api/queues/runs/dead", None),
        (
            Method::POST,
            "/api/queues/runs/dead/1-1/retry",
            Some("queue.retry"),
        ),
        (
            Method::POST,
            "/api/queues/runs/dead/retry",
            Some("queue.retry_all"),
        ),
        (
            Method::DELETE,
            "/api/queues/runs/dead/1-1",
            Some("queue.discard"),
        ),
        (Method::POST, "/api/queues/runs/pause", Some("queue.pause")),
        (
            Method::POST,
            "/api/queues/runs/resume",
            Some("queue.resume"),
        ),
        (Method::POST, "/api/queues/runs/drain", Some("queue.drain")),
        (
            Method::POST,
            "/api/queues/runs/rebuild",
            Some("queue.rebuild"),
        ),
        (Method::POST, "/api/queues/rebuild", Some("queue.rebuild")),
    ];
    for (method, path, _) in &routes {
        let mut request = stage.request(method.clone(), path);
        if method == Method::POST {
            request = request.json(&reason);
        }
        problem(request.send().await?, 403, "permission_denied").await?;
    }
    stage
        .database
        .execute(&demote.replace("'member'", "'admin'"))
        .await?;
    // A role is believed for as long as a token is: a second.
    eventually("the role to be seen", async || {
        let answer = stage.get("/api/audit").await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await?;
    let audit = stage.read("/api/audit?action=queue.*").await?;
    let mut tried: Vec<&str> = routes.iter().filter_map(|(.., action)| *action).collect();
    tried.reverse();
    let listed: Vec<&str> = audit["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["outcome"] == "denied" && entry["actor"] == "Ada")
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    assert_eq!(listed, tried);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_another_workspace_is_not_there() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    waiting(&stage, RUNS_QUEUE, 1).await?;
    let by_bob = async |method: Method, path: &str| {
        let request = stage.request_by(&bob, method, path);
        request.json(&json!({"reason": "x"})).send().await
    };
    let jobs: Value = by_bob(Method::GET, "/api/queues/runs/jobs")
        .await?
        .json()
        .await?;
    assert_eq!(jobs["items"], json!([]), "{jobs}");

    stage
        .post("/api/queues/runs/drain", &json!({"reason": "Ada's own"}))
        .await?
        .error_for_status()?;
    let dead: Value = by_bob(Method::GET, "/api/queues/runs/dead")
        .await?
        .json()
        .await?;
    assert_eq!(dead["items"], json!([]), "{dead}");
    let dead = stage.read("/api/queues/runs/dead").await?;
    let letter = dead["items"][0]["entryId"].as_str().unwrap_or_default();
    let path = format!("/api/queues/runs/dead/{letter}");
    let retried = by_bob(Method::POST, &format!("{path}/retry")).await?;
    problem(retried, 404, "not_found").await?;
    let gone = stage.request_by(&bob, Method::DELETE, &path).send().await?;
    problem(gone, 404, "not_found").await?;
    let all = by_bob(Method::POST, "/api/queues/runs/dead/retry").await?;
    assert_eq!(all.json::<Value>().await?, json!({"retried": 0}));
    let dead = stage.read("/api/queues/runs/dead").await?;
    assert_eq!(dead["items"][0]["job"]["data"]["runId"], run.to_string());
    Ok(())
}
