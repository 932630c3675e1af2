//! Events, as they are printed.

use axum::Json;
use axum::Router;
use axum::extract::RawQuery;
use axum::routing::get;
use serde_json::{Value, json};

use super::setup::{mosaic, run};

const TOKEN: &str = "mos_test";

fn event(number: usize) -> Value {
    json!({"specversion": "1.0", "id": format!("01890000-0000-7000-8000-00000000000{number}"),
        "type": "message.created", "source": "gateway", "subject": format!("conversation/{number}"),
        "time": format!("2026-01-02T03:04:0{number}.000Z"), "workspace": "w", "actor": "user/1",
        "data": {"characters": number}})
}

/// An archive with two pages. It answers only the question that the tests ask.
async fn archive(RawQuery(query): RawQuery) -> Json<Value> {
    let query = query.unwrap_or_default();
    let asked =
        "order=oldest&type=message.*&since=2026-01-02T03%3A04%3A00Z&until=2026-01-03T00%3A00%3A00Z";
    Json(if !query.contains(asked) {
        json!({"items": []})
    } else if query.ends_with("&cursor=second") {
        json!({"items": [event(3)]})
    } else {
        json!({"items": [event(1), event(2)], "nextCursor": "second"})
    })
}

fn replay(arguments: &[&str]) -> super::setup::Said {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/api/event-log", get(archive));
    tokio_util::task::TaskTracker::new().spawn_on(
        async move { axum::serve(listener, app).await },
        runtime.handle(),
    );
    let temp = tempfile::tempdir().unwrap();
    let mut command = mosaic(temp.path());
    command
        .args(["events", "replay", "--url", &url])
        .args(arguments)
        .env("MOSAIC_CLIENT__TOKEN", TOKEN);
    run(&mut command)
}

const RANGE: [&str; 6] = [
    "--type",
    "message.*",
    "--since",
    "2026-01-02T03:04:00Z",
    "--until",
    "2026-01-03T00:00:00Z",
];

#[test]
fn a_replay_prints_every_page_in_order() {
    let said = replay(&RANGE);
    assert_eq!((said.code, said.talk.as_str()), (0, ""));
    insta::assert_snapshot!(said.out, @r#"
    2026-01-02 03:04:01  message.created     conversation/1  {"characters":1}
    2026-01-02 03:04:02  message.created     conversation/2  {"characters":2}
    2026-01-02 03:04:03  message.created     conversation/3  {"characters":3}
    "#);
}

#[test]
fn a_replay_in_json_is_one_cloud_event_a_line_and_as_many_as_wanted() {
    let said = replay(&[&RANGE[..], &["--json", "-n", "2"]].concat());
    assert_eq!(said.code, 0, "{}", said.talk);
    let lines: Vec<Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    for (number, line) in lines.iter().enumerate() {
        let mut expected = event(number + 1);
        expected["time"] = json!(format!("2026-01-02T03:04:0{}Z", number + 1));
        assert_eq!(line, &expected);
    }
}

#[test]
fn nothing_archived_is_nothing_printed() {
    let said = replay(&["--type", "other.*"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""));
}
