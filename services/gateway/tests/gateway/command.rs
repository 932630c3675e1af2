//! Commanding runs: who may, what becomes of them, what is written down.

use std::time::Duration;

use mosaic_domain::RunId;
use mosaic_proto::agent::v1::{DrainRequest, InjectRequest, KillRequest, PauseRequest};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::control::{self, Told};
use super::sse::{Sse, kinds};
use super::stage::{Person, Stage, problem, run_id};
use super::worker::Worker;

const LEASE: Duration = Duration::from_mins(1);

async fn command(
    stage: &Stage,
    who: &Person,
    run: RunId,
    what: &str,
    body: &Value,
) -> anyhow::Result<Response> {
    let path = format!("/api/runs/{run}/{what}");
    let request = stage.request_by(who, Method::POST, &path).json(body);
    Ok(request.send().await?)
}

/// A command by Ada that is carried out.
async fn done(stage: &Stage, run: RunId, what: &str, body: &Value) -> anyhow::Result<Value> {
    let response = command(stage, &stage.ada, run, what, body).await?;
    anyhow::ensure!(response.status() == 202, "{}", response.text().await?);
    Ok(response.json().await?)
}

/// What the audit log says, the oldest first: action and outcome.
async fn audited(stage: &Stage) -> anyhow::Result<Vec<(String, String)>> {
    let log = stage.read("/api/audit").await?;
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    let entries = log["items"].as_array().cloned().unwrap_or_default();
    let told = |entry: &Value| (text(entry, "action"), text(entry, "outcome"));
    Ok(entries.iter().rev().map(told).collect())
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(action, outcome): &(&str, &str)| ((*action).to_owned(), (*outcome).to_owned());
    expected.iter().map(own).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_run_is_paused_keeps_its_turn_and_goes_on() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "later").await?;
    let waits = json!({"content": "after that", "delivery": "wait"});
    run_id(&stage.say(conversation, &waits).await?)?;
    let mut sse = Sse::open(&stage, &format!("/api/runs/{run}/events"), None).await?;
    assert_eq!(sse.must().await?.kind, "run.accepted");

    let paused = done(&stage, run, "pause", &json!({"reason": "lunch"})).await?;
    assert_eq!(
        (&paused["state"], &paused["pauseReason"]),
        (&json!("paused"), &json!("lunch"))
    );
    assert_eq!(paused["owner"]["name"], "Ada");
    let event = sse.must().await?;
    assert_eq!(
        (event.kind.as_str(), &event.data["data"]["reason"]),
        ("run.paused", &json!("lunch"))
    );
    assert_eq!(
        done(&stage, run, "pause", &json!({})).await?["state"],
        "paused"
    );
    let joined = stage
        .say(conversation, &json!({"content": "and this"}))
        .await?;
    assert_eq!(
        (run_id(&joined)?, &joined["acceptance"]),
        (run, &json!("joined"))
    );
    // The job that is in the queue already leads to nothing.
    assert!(Worker::claim(&stage, run).await.is_err());

    assert_eq!(
        done(&stage, run, "resume", &json!({})).await?["state"],
        "queued"
    );
    let worker = Worker::claim(&stage, run).await?;
    let read: Vec<_> = worker
        .claimed
        .messages
        .iter()
        .map(|one| one.content.as_str())
        .collect();
    assert_eq!(read, ["later", "and this"]);
    worker.complete("done").await?;
    let rest = sse.rest().await?;
    assert_eq!(kinds(&rest), ["run.resumed", "run.completed"]);
    let expected = [
        ("run.pause", "done"),
        ("run.pause", "unchanged"),
        ("run.resume", "done"),
    ];
    assert_eq!(audited(&stage).await?, pairs(&expected));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_run_is_paused_by_its_worker_and_the_wish_can_be_withdrawn() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "work").await?;
    let mut fake = control::serve(&stage).await?;
    let worker = Worker::claim_as(&stage, run, fake.id, LEASE).await?;

    let asked = done(&stage, run, "pause", &json!({"reason": "lunch"})).await?;
    assert_eq!(
        (&asked["state"], &asked["requested"]),
        (&json!("running"), &json!("pause"))
    );
    assert_eq!(asked["worker"], fake.id.to_string());
    let told = PauseRequest {
        run_id: run.to_string(),
        reason: "lunch".into(),
    };
    assert_eq!(fake.hears().await?, Told::Pause(told));
    assert_eq!(
        done(&stage, run, "resume", &json!({})).await?["requested"],
        Value::Null
    );
    assert!(!worker.halt().await?, "nobody wants it to halt any more");

    done(&stage, run, "pause", &json!({})).await?;
    assert!(worker.halt().await?);
    let paused = stage.read(&format!("/api/runs/{run}")).await?;
    assert_eq!(
        (&paused["state"], &paused["pauseReason"]),
        (&json!("paused"), &json!("paused by Ada"))
    );
    let fence = worker.claimed.fence;
    let held = stage
        .storage
        .renew_leases(fence.worker_id, &[(run, fence.epoch)], LEASE)
        .await?;
    assert!(held.is_empty(), "a paused run is held by nobody");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_keeps_what_was_shown_and_its_worker_can_write_nothing() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "work").await?;
    let waits = json!({"content": "after that", "delivery": "wait"});
    let next = run_id(&stage.say(conversation, &waits).await?)?;
    let mut fake = control::serve(&stage).await?;
    let mut worker = Worker::claim_as(&stage, run, fake.id, LEASE).await?;
    worker.begin_step().await?;
    worker.say("so far").await?;
    let mut sse = Sse::open(&stage, &format!("/api/runs/{run}/events"), None).await?;

    let refused = command(&stage, &stage.ada, run, "kill", &json!({})).await?;
    problem(refused, 400, "invalid_argument").await?;
    let killed = done(&stage, run, "kill", &json!({"reason": "enough"})).await?;
    assert_eq!(
        (&killed["state"], &killed["endReason"]),
        (&json!("killed"), &json!("enough"))
    );
    let told = KillRequest {
        run_ids: vec![run.to_string()],
        reason: "enough".into(),
    };
    assert_eq!(fake.hears().await?, Told::Kill(told));
    let seen = sse.rest().await?;
    let expected = [
        "run.accepted",
        "run.started",
        "step.started",
        "text.delta",
        "run.killed",
    ];
    assert_eq!(kinds(&seen), expected);
    let seqs: Vec<_> = seen.iter().map(|event| event.data["seq"].clone()).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5]);

    assert!(worker.say("more").await.is_err(), "the stream refuses it");
    assert!(worker.record().await.is_err(), "the record refuses it");
    assert!(worker.complete("an answer").await.is_err());
    let messages = stage
        .read(&format!("/api/conversations/{conversation}/messages"))
        .await?;
    assert_eq!(
        messages["items"].as_array().map(Vec::len),
        Some(2),
        "{messages}"
    );
    let stored = stage
        .read(&format!("/api/conversations/{conversation}"))
        .await?;
    assert_eq!(stored["activeRunId"], next.to_string());
    assert_eq!(
        done(&stage, run, "kill", &json!({"reason": "again"})).await?["endReason"],
        "enough"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_contradict_the_state_are_refused_with_what_to_do() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "work").await?;
    let worker = Worker::claim(&stage, run).await?;
    done(&stage, run, "stop", &json!({"reason": "enough"})).await?;
    for (what, body) in [("pause", json!({})), ("inject", json!({"content": "x"}))] {
        let refused = command(&stage, &stage.ada, run, what, &body).await?;
        let refused = problem(refused, 409, "conflict").await?;
        assert!(
            refused["remedy"]
                .as_str()
                .is_some_and(|text| text.contains("kill it"))
        );
    }
    worker.complete("done").await?;
    let bodies = [
        ("pause", json!({})),
        ("resume", json!({})),
        ("kill", json!({"reason": "x"})),
        ("inject", json!({"content": "x"})),
    ];
    for (what, body) in bodies {
        let refused = command(&stage, &stage.ada, run, what, &body).await?;
        let refused = problem(refused, 409, "conflict").await?;
        assert!(
            refused["detail"]
                .as_str()
                .is_some_and(|text| text.contains("completed"))
        );
        assert!(
            refused["remedy"]
                .as_str()
                .is_some_and(|text| text.contains("Send a message"))
        );
    }
    // What is alike is one entry that counts.
    let log = stage.read("/api/audit?outcome=refused").await?;
    let entries = log["items"].as_array().cloned().unwrap_or_default();
    let times = entries
        .iter()
        .filter_map(|entry| entry["repeated"].as_u64());
    assert_eq!(times.sum::<u64>(), 6, "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_commands_everybodys_runs_and_reads_none_and_a_member_only_their_own()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.colleague("Bob", "member").await?;
    let (eve, carl) = (
        stage.stranger().await?,
        stage.colleague("Carl", "guest").await?,
    );
    let created = stage
        .request_by(&bob, Method::POST, "/api/conversations")
        .json(&json!({}));
    let theirs: Value = created.send().await?.json().await?;
    let path = format!(
        "/api/conversations/{}/messages",
        theirs["id"].as_str().unwrap_or_default()
    );
    let said = stage
        .request_by(&bob, Method::POST, &path)
        .json(&json!({"content": "secret"}));
    let bobs = run_id(&said.send().await?.json().await?)?;
    let own = stage.ask(stage.conversation().await?, "mine").await?;

    let mine = stage.read("/api/runs").await?;
    assert_eq!(mine["items"].as_array().map(Vec::len), Some(1));
    let all = stage.read("/api/runs?scope=workspace&state=active").await?;
    assert_eq!(all["items"].as_array().map(Vec::len), Some(2));
    assert!(!all.to_string().contains("secret"), "{all}");
    let page = stage.read("/api/runs?scope=workspace&limit=1").await?;
    let next = page["nextCursor"].as_str().unwrap_or_default();
    let rest = stage
        .read(&format!("/api/runs?scope=workspace&limit=1&cursor={next}"))
        .await?;
    assert_eq!(rest["items"][0]["id"], bobs.to_string());
    assert_eq!(rest["items"][0]["owner"]["name"], "Bob");
    assert_eq!(rest["nextCursor"], Value::Null);

    for (what, body) in [
        ("stop", json!({})),
        ("pause", json!({})),
        ("resume", json!({})),
        ("kill", json!({"reason": "x"})),
        ("inject", json!({"content": "x"})),
    ] {
        for stranger in [&bob, &eve] {
            let refused = command(&stage, stranger, own, what, &body).await?;
            problem(refused, 404, "not_found").await?;
        }
        let refused = command(&stage, &carl, own, what, &body).await?;
        problem(refused, 403, "permission_denied").await?;
    }
    let refused = command(&stage, &stage.ada, bobs, "inject", &json!({"content": "x"})).await?;
    problem(refused, 404, "not_found").await?;
    assert_eq!(
        done(&stage, bobs, "pause", &json!({})).await?["owner"]["name"],
        "Bob"
    );
    assert_eq!(
        command(&stage, &bob, bobs, "resume", &json!({}))
            .await?
            .status(),
        202
    );

    let everything = json!({"reason": "panic", "scope": "workspace"});
    let kill = stage
        .request_by(&bob, Method::POST, "/api/runs/kill")
        .json(&everything);
    problem(kill.send().await?, 403, "permission_denied").await?;
    for path in ["/api/runs?scope=workspace", "/api/workers", "/api/audit"] {
        let refused = stage.request_by(&bob, Method::GET, path).send().await?;
        problem(refused, 403, "permission_denied").await?;
    }
    let killed = stage
        .post("/api/runs/kill", &json!({"reason": "tidy up"}))
        .await?;
    assert_eq!(killed.json::<Value>().await?["killed"], 1, "only her own");
    let killed = stage.post("/api/runs/kill", &everything).await?;
    assert_eq!(killed.json::<Value>().await?["killed"], 1);
    let log = stage.read("/api/audit?action=run.kill_all").await?;
    let outcomes: Vec<_> = log["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (&one["actor"], &one["outcome"]))
        .collect();
    let (ada, bob) = (json!("Ada"), json!("Bob"));
    let (done, denied) = (json!("done"), json!("denied"));
    let asked = json!("requested");
    let expected = [
        (&ada, &done),
        (&ada, &asked),
        (&ada, &done),
        (&ada, &asked),
        (&bob, &denied),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(log["items"][0]["address"], "127.0.0.1");
    assert_eq!(log["items"][0]["reason"], "panic");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_injected_joins_its_run_once_and_its_worker_is_told() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "work").await?;
    let waits = json!({"content": "after that", "delivery": "wait"});
    let next = run_id(&stage.say(conversation, &waits).await?)?;
    let mut fake = control::serve(&stage).await?;
    let _worker = Worker::claim_as(&stage, run, fake.id, LEASE).await?;
    let body = json!({"content": "look there too", "idempotencyKey": "k"});
    let sent = done(&stage, run, "inject", &body).await?;
    assert_eq!(
        (&sent["runId"], &sent["acceptance"]),
        (&json!(run.to_string()), &json!("joined"))
    );
    let told = InjectRequest {
        run_id: run.to_string(),
    };
    assert_eq!(fake.hears().await?, Told::Inject(told));
    let again = done(&stage, run, "inject", &body).await?;
    assert_eq!(
        (&again["messageId"], &again["acceptance"]),
        (&sent["messageId"], &json!("repeated"))
    );
    let waiting = done(&stage, next, "inject", &json!({"content": "this as well"})).await?;
    assert_eq!(
        waiting["runId"],
        next.to_string(),
        "it joins just the run it names"
    );
    let messages = stage
        .read(&format!("/api/conversations/{conversation}/messages"))
        .await?;
    assert_eq!(messages["items"].as_array().map(Vec::len), Some(4));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_drained_and_resumed_by_admins() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.colleague("Bob", "member").await?;
    let mut fake = control::serve(&stage).await?;
    assert!(!stage.storage.report_worker(fake.id, 4).await?);
    let run = stage.ask(stage.conversation().await?, "work").await?;
    let _worker = Worker::claim_as(&stage, run, fake.id, LEASE).await?;
    let path = format!("/api/workers/{}/drain", fake.id);
    let body = json!({"reason": "an upgrade"});
    let refused = stage
        .request_by(&bob, Method::POST, &path)
        .json(&body)
        .send()
        .await?;
    problem(refused, 403, "permission_denied").await?;
    problem(
        stage.post(&path, &json!({})).await?,
        400,
        "invalid_argument",
    )
    .await?;
    let unknown = format!("/api/workers/{}/drain", uuid::Uuid::now_v7());
    problem(stage.post(&unknown, &body).await?, 404, "not_found").await?;

    assert_eq!(stage.post(&path, &body).await?.status(), 204);
    let told = DrainRequest {
        reason: "an upgrade".into(),
    };
    assert_eq!(fake.hears().await?, Told::Drain(told));
    assert!(
        stage.storage.report_worker(fake.id, 4).await?,
        "its heartbeat finds it too"
    );
    let workers = stage.read("/api/workers").await?;
    let worker = &workers["items"][0];
    assert_eq!(
        (&worker["capacity"], &worker["running"]),
        (&json!(4), &json!(1))
    );
    assert_eq!(
        (&worker["draining"], &worker["drainReason"]),
        (&json!(true), &json!("an upgrade"))
    );
    let path = format!("/api/workers/{}/resume", fake.id);
    assert_eq!(
        stage
            .post(&path, &json!({"reason": "done"}))
            .await?
            .status(),
        204
    );
    assert_eq!(fake.hears().await?, Told::Undrain);
    assert_eq!(
        stage.read("/api/workers").await?["items"][0]["draining"],
        false
    );
    let expected = [
        ("worker.drain", "denied"),
        ("worker.drain", "refused"),
        ("worker.drain", "done"),
        ("worker.resume", "done"),
    ];
    assert_eq!(audited(&stage).await?, pairs(&expected));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_audit_log_can_be_changed_or_removed() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let run = stage.ask(stage.conversation().await?, "x").await?;
    done(&stage, run, "stop", &json!({"reason": "enough"})).await?;
    for statement in [
        "UPDATE audit_log SET actor = 'Nobody'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
    ] {
        assert!(
            stage.database.execute(statement).await.is_err(),
            "{statement}"
        );
    }
    assert_eq!(audited(&stage).await?, pairs(&[("run.stop", "done")]));
    Ok(())
}
