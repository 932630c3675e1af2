//! Queues, as they are commanded.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, Request};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::setup::{Said, mosaic, run};

const JOB: &str = "01890000-0000-7000-8000-000000000001";

fn queue(paused: bool) -> Value {
    let pause = json!({"reason": "moving", "by": "Ada", "at": "2026-01-02T03:04:05Z"});
    json!({"name": "runs", "lanes": {"high": 0, "normal": 2, "low": 0}, "waiting": 1, "pending": 1, "delayed": 0,
        "ordered": 0, "dead": 1_500, "oldestAgeMs": 2_000, "pause": paused.then_some(pause)})
}

fn job() -> Value {
    json!({"id": JOB, "priority": 5, "createdAt": "2026-01-02T03:04:05Z", "data": {"runId": "7"}, "dataBytes": 13})
}

fn answer(path: &str, body: &Value) -> Value {
    let letter = json!({"entryId": "17-0", "reason": "it does not fit", "diedAt": "2026-01-02T03:04:05Z",
        "attempts": 1, "concealed": false, "job": job()});
    match path {
        "runs" => queue(false),
        "runs/dead" => json!({"items": [letter]}),
        "runs/dead/17-0/retry" => job(),
        "runs/dead/retry" if body["reason"] == "among many" => {
            json!({"retried": 200, "more": true})
        }
        "runs/dead/retry" => json!({"retried": body["limit"]}),
        "runs/pause" => queue(true),
        "runs/drain" => json!({"drained": 2}),
        "runs/rebuild" => json!({"name": "runs", "removed": 1, "pushed": 2, "left": 3}),
        _ => Value::Null,
    }
}

/// Runs the command at a gateway; also returns what was asked of that.
fn commanded(arguments: &[&str]) -> (Said, Vec<String>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&asked);
    let list = || async { Json(json!({"items": [queue(true)]})) };
    let one = async move |Path(path): Path<String>, request: Request| {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let uri = head.uri.path_and_query().unwrap();
        notes
            .lock()
            .unwrap()
            .push(format!("{} {uri} {text}", head.method).trim().to_owned());
        Json(answer(
            &path,
            &serde_json::from_str(&text).unwrap_or_default(),
        ))
    };
    let app = Router::new()
        .route("/api/queues", get(list))
        .route("/api/queues/{*path}", any(one));
    tokio_util::task::TaskTracker::new().spawn_on(
        async move { axum::serve(listener, app).await },
        runtime.handle(),
    );
    let temp = tempfile::tempdir().unwrap();
    let mut command = mosaic(temp.path());
    command
        .args(["queue", "--url", &url])
        .args(arguments)
        .env("MOSAIC_CLIENT__TOKEN", "mos_test");
    let said = run(&mut command);
    let asked = asked.lock().unwrap().clone();
    (said, asked)
}

#[test]
fn queues_are_listed_and_shown_on_standard_output() {
    let (list, _) = commanded(&["ls"]);
    assert_eq!((list.code, list.talk.as_str()), (0, ""));
    assert!(list.out.contains("2.0 s   paused"), "{}", list.out);
    let (shown, _) = commanded(&["show", "runs"]);
    assert!(
        shown.out.contains("state    hands out jobs"),
        "{}",
        shown.out
    );
    let (json, _) = commanded(&["show", "runs", "--json"]);
    let status: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(status["dead"], 1_500);
}

#[test]
fn a_dead_job_is_shown_with_why_and_what() {
    let (said, asked) = commanded(&["dead", "runs", "-n", "3"]);
    assert_eq!(said.code, 0, "{}", said.talk);
    insta::assert_snapshot!(said.out, @r#"
    17-0  2026-01-02 03:04:05, after 1 attempt
      it does not fit
      job 01890000-0000-7000-8000-000000000001, priority 5
      {"runId":"7"}
    "#);
    assert_eq!(asked, ["GET /api/queues/runs/dead?limit=3"]);
}

#[test]
fn a_dead_job_is_put_back_with_other_data() {
    let retry = [
        "retry",
        "runs",
        "17-0",
        "--data",
        r#"{"runId":"7"}"#,
        "--reason",
        "cut off",
    ];
    let (said, asked) = commanded(&retry);
    assert_eq!((said.code, said.out.trim()), (0, JOB), "{}", said.talk);
    let sent = r#"POST /api/queues/runs/dead/17-0/retry {"data":{"runId":"7"},"reason":"cut off"}"#;
    assert_eq!(asked, [sent]);
    for (data, entries) in [("{", &["17-0"][..]), ("{}", &["17-0", "18-0"])] {
        let (said, asked) = commanded(&[&["retry", "runs", "--data", data], entries].concat());
        assert_eq!((said.code, asked.len()), (2, 0), "{}", said.talk);
    }
}

#[test]
fn that_older_dead_jobs_were_not_looked_at_is_said_to_people_and_programs() {
    let retry = ["retry", "runs", "--all", "--reason", "among many"];
    let (said, asked) = commanded(&[&retry[..], &["--json"]].concat());
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told, json!({"retried": 200, "more": true}));
    assert_eq!(asked.len(), 2, "there is no use in asking again");
    let (said, _) = commanded(&retry);
    let words = "older ones were not looked at";
    assert!(said.talk.contains(words) || said.out.contains(words));
}

#[test]
fn all_dead_jobs_are_put_back_once() {
    let (said, asked) = commanded(&["retry", "runs", "--all", "--json"]);
    assert_eq!((said.code, said.out.as_str()), (0, "{\"retried\":1500}\n"));
    let sent = [
        "GET /api/queues/runs",
        "POST /api/queues/runs/dead/retry {\"limit\":1000}",
        "POST /api/queues/runs/dead/retry {\"limit\":500}",
    ];
    assert_eq!(asked, sent);
}

#[test]
fn a_pause_says_what_is_still_finished() {
    let (said, asked) = commanded(&["pause", "runs", "--reason", "moving"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    assert!(
        said.talk
            .starts_with("runs: paused by Ada since 2026-01-02 03:04:05: moving\n"),
        "{}",
        said.talk
    );
    assert!(said.talk.contains("1 job in work"), "{}", said.talk);
    assert_eq!(
        asked,
        [r#"POST /api/queues/runs/pause {"reason":"moving"}"#]
    );
    let (said, asked) = commanded(&["pause", "runs"]);
    assert_eq!((said.code, asked.len()), (2, 0), "a reason is needed");
}

#[test]
fn what_stops_or_removes_work_is_not_done_unasked() {
    for arguments in [
        &["drain", "runs", "--reason", "x"][..],
        &["rebuild", "runs", "--reason", "x"],
        &["rebuild", "--all", "--reason", "x"],
        &["discard", "runs", "17-0"],
    ] {
        let (said, asked) = commanded(arguments);
        assert_eq!((said.code, asked.len()), (2, 0), "{arguments:?}");
        assert!(said.talk.contains("--yes"), "{}", said.talk);
    }
    let (said, _) = commanded(&["drain", "runs", "--reason", "x", "--yes", "--json"]);
    assert_eq!((said.code, said.out.as_str()), (0, "{\"drained\":2}\n"));
    let (said, _) = commanded(&["rebuild", "runs", "--reason", "x", "--yes"]);
    insta::assert_snapshot!(said.out, @r"
    QUEUE  REMOVED  QUEUED  LEFT ALONE
    runs   1        2       3
    ");
    let (said, asked) = commanded(&["discard", "runs", "17-0", "--reason", "spam mail", "--yes"]);
    assert_eq!(said.code, 0, "{}", said.talk);
    assert_eq!(
        asked,
        ["DELETE /api/queues/runs/dead/17-0?reason=spam+mail"]
    );
}
