//! Commands that are refused, or are for something that is not there, are written down, and a kill of all runs needs nobody who waits for it.

use mosaic_testkit::service::eventually;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::stage::{Person, Stage, problem};

/// What the audit log of somebody's workspace says, the oldest first: who, what, to what, how it went.
async fn audited(stage: &Stage, who: &Person, action: &str) -> anyhow::Result<Vec<[String; 4]>> {
    let path = format!("/api/audit?action={action}");
    let log = stage.request_by(who, Method::GET, &path).send();
    let log: Value = log.await?.error_for_status()?.json().await?;
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    let entries = log["items"].as_array().cloned().unwrap_or_default();
    let fields = ["actor", "action", "targetId", "outcome"];
    let row = |entry: &Value| fields.map(|field| text(entry, field));
    Ok(entries.iter().rev().map(row).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_command_a_run_is_written_down_before_a_field_is_looked_at()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let carl = stage.colleague("Carl", "guest").await?;
    let bob = stage.stranger().await?;
    let run = stage.ask(stage.conversation().await?, "mine").await?;
    let post = async |who: &Person, what: &str, body: Value| {
        let path = format!("/api/runs/{run}/{what}");
        let request = stage.request_by(who, Method::POST, &path).json(&body);
        request.send().await
    };
    let verbs = ["stop", "pause", "resume", "kill"];
    for verb in verbs {
        let blank = json!({"reason": " "});
        problem(post(&carl, verb, blank).await?, 403, "permission_denied").await?;
        let reason = json!({"reason": "x"});
        problem(post(&bob, verb, reason).await?, 404, "not_found").await?;
    }
    let said = json!({"content": "x"});
    problem(
        post(&carl, "inject", said.clone()).await?,
        403,
        "permission_denied",
    )
    .await?;
    problem(post(&bob, "inject", said).await?, 404, "not_found").await?;
    let row = |who: &str, verb: &str| {
        let denied = [who, &format!("run.{verb}"), &run.to_string(), "denied"];
        denied.map(str::to_owned)
    };
    for (name, admin) in [("Carl", &stage.ada), ("Bob", &bob)] {
        let expected = verbs.into_iter().chain(["inject"]);
        let expected: Vec<_> = expected.map(|verb| row(name, verb)).collect();
        assert_eq!(audited(&stage, admin, "run.*").await?, expected);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn all_runs_are_killed_although_nobody_waits_for_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for _ in 0..60 {
        stage.ask(stage.conversation().await?, "work").await?;
    }
    let body = json!({"reason": "panic"}).to_string();
    let request = format!(
        "POST /api/runs/kill HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        stage.ada.token.expose(),
        body.len()
    );
    let mut stream = TcpStream::connect(stage.host(0)?).await?;
    stream.write_all(request.as_bytes()).await?;
    let begun = "SELECT count(*) FROM audit_log WHERE action = 'run.kill_all'";
    eventually("the command to arrive", async || {
        (stage.database.number(begun).await.ok()? > 0).then_some(())
    })
    .await?;
    drop(stream);
    let live = "SELECT count(*) FROM runs WHERE state <> 'killed'";
    eventually("all runs to end", async || {
        (stage.database.number(live).await.ok()? == 0).then_some(())
    })
    .await?;
    let log = eventually("the end in the audit log", async || {
        let log = audited(&stage, &stage.ada, "run.kill_all").await.ok()?;
        (log.len() == 2).then_some(log)
    })
    .await?;
    assert_eq!([&*log[0][3], &*log[1][3]], ["requested", "done"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_commands_what_is_not_there_is_written_down() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let nobody = uuid::Uuid::now_v7().to_string();
    let commands = [
        ("queues/others/pause".to_owned(), "queue.pause", "others"),
        ("queues/others/resume".to_owned(), "queue.resume", "others"),
        ("queues/others/drain".to_owned(), "queue.drain", "others"),
        (
            "queues/others/rebuild".to_owned(),
            "queue.rebuild",
            "others",
        ),
        (
            "queues/others/dead/retry".to_owned(),
            "queue.retry_all",
            "others",
        ),
        (
            "queues/others/dead/1-1/retry".to_owned(),
            "queue.retry",
            "others/1-1",
        ),
        (format!("workers/{nobody}/drain"), "worker.drain", &*nobody),
        (
            format!("workers/{nobody}/resume"),
            "worker.resume",
            &*nobody,
        ),
    ];
    for (path, action, target) in commands {
        let body = json!({"reason": "x"});
        let refused = stage.post(&format!("/api/{path}"), &body).await?;
        problem(refused, 404, "not_found").await?;
        let row = ["Ada", action, target, "refused"].map(str::to_owned);
        assert_eq!(audited(&stage, &stage.ada, action).await?, [row]);
    }
    let discard = stage.request(Method::DELETE, "/api/queues/others/dead/1-1");
    problem(discard.send().await?, 404, "not_found").await?;
    let row = ["Ada", "queue.discard", "others/1-1", "refused"].map(str::to_owned);
    assert_eq!(audited(&stage, &stage.ada, "queue.discard").await?, [row]);
    Ok(())
}

/// Rows of the audit log about an action, and how many of them tell of something that was begun.
async fn rows(stage: &Stage, action: &str) -> anyhow::Result<(i64, i64)> {
    let all = format!("SELECT count(*) FROM audit_log WHERE action = '{action}'");
    let begun = format!("{all} AND outcome <> 'refused'");
    let database = &stage.database;
    Ok((database.number(&all).await?, database.number(&begun).await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_which_nothing_can_come_fill_a_few_rows_and_no_more() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for number in 1..=60 {
        let path = format!("/api/queues/runs/dead/1-{number}");
        let retry = stage.post(&format!("{path}/retry"), &json!({})).await?;
        problem(retry, 404, "not_found").await?;
        let discard = stage.request(Method::DELETE, &path).send().await?;
        problem(discard, 404, "not_found").await?;
        let kill = stage
            .post("/api/runs/kill", &json!({"reason": "x"}))
            .await?;
        assert_eq!(kill.json::<Value>().await?["killed"], 0);
    }
    // Twenty targets and one row for the others in every minute; this may take more than one.
    for action in ["queue.retry", "queue.discard", "run.kill_all"] {
        let (rows, begun) = rows(&stage, action).await?;
        assert!((1..60).contains(&rows), "{action}: {rows} rows");
        assert_eq!(begun, 0, "{action}");
    }
    Ok(())
}
