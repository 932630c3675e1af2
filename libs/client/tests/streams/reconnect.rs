use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mosaic_client::{Client, ClientOptions, Error, Event, Patience};
use mosaic_domain::RunId;
use serde_json::json;
use tokio_util::sync::{CancellationToken, DropGuard};

const RUN: &str = "01890000-0000-7000-8000-000000000001";

/// What the gateway does with one connection after the other.
enum Act {
    Send(Vec<u32>),
    Sign,
    End(u32),
    Fail(StatusCode),
    Page,
}

#[derive(Clone, Default)]
struct Script {
    acts: Arc<Mutex<VecDeque<Act>>>,
    asked: Arc<Mutex<Vec<Option<String>>>>,
}

fn event(seq: u32, kind: &str) -> String {
    let frame = json!({"id": format!("{RUN}:1:{seq}"), "type": kind, "time": "2026-01-02T03:04:05Z",
        "conversationId": RUN, "runId": RUN, "epoch": 1, "seq": seq, "data": {"step": 1, "text": format!("{seq} ")}});
    format!(": ping\n\nid: {RUN}:1:{seq}\nevent: {kind}\ndata: {frame}\n\n")
}

/// A sign of life, which is in no log.
fn sign() -> String {
    let frame = json!({"type": "run.progress", "time": "2026-01-02T03:04:05Z", "conversationId": RUN, "runId": RUN,
        "data": {"note": "still working"}});
    format!("event: run.progress\ndata: {frame}\n\n")
}

async fn answer(State(script): State<Script>, headers: HeaderMap) -> Response {
    let last = headers
        .get("last-event-id")
        .map(|id| id.to_str().unwrap().to_owned());
    script.asked.lock().unwrap().push(last);
    let act = script.acts.lock().unwrap().pop_front();
    match act {
        Some(Act::Send(seqs)) => Body::from(
            seqs.iter()
                .map(|seq| event(*seq, "text.delta"))
                .collect::<String>(),
        )
        .into_response(),
        Some(Act::Sign) => Body::from(sign()).into_response(),
        Some(Act::End(seq)) => Body::from(event(seq, "run.completed")).into_response(),
        Some(Act::Fail(status)) => {
            let problem = json!({"title": "no", "code": "not_found", "detail": "no such run", "remedy": "look again"});
            (status, problem.to_string()).into_response()
        }
        Some(Act::Page) => (StatusCode::BAD_GATEWAY, "<html>").into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn gateway(acts: Vec<Act>) -> (Client, Script, DropGuard) {
    let script = Script {
        acts: Arc::new(Mutex::new(acts.into())),
        ..Script::default()
    };
    let app = Router::new()
        .route("/api/runs/{id}/events", get(answer))
        .with_state(script.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    tokio_util::task::TaskTracker::new().spawn(async move {
        axum::serve(listener, app)
            .with_graceful_shutdown(stopped)
            .await
    });
    (
        Client::new(ClientOptions::new(url, None)).unwrap(),
        script,
        stop.drop_guard(),
    )
}

fn run_id() -> RunId {
    RUN.parse().unwrap()
}

fn hasty() -> Patience {
    Patience {
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(10),
        give_up_after: Some(Duration::from_millis(300)),
    }
}

#[tokio::test]
async fn a_stream_that_breaks_goes_on_behind_the_last_event() {
    let (client, script, _stop) = gateway(vec![
        Act::Send(vec![1, 2]),
        Act::Page,
        Act::Fail(StatusCode::SERVICE_UNAVAILABLE),
        Act::Send(vec![2, 3]),
        Act::Send(vec![5]),
        Act::Send(vec![4]),
        Act::End(5),
    ])
    .await;
    let mut stream = client.watch_run(run_id(), None, hasty()).await.unwrap();
    let mut seqs = Vec::new();
    while let Some(frame) = stream.next().await {
        let frame = frame.unwrap();
        seqs.extend(frame.seq);
        assert_eq!(
            frame.seq == Some(5),
            matches!(frame.event, Event::Completed { .. })
        );
    }
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
    let at = |seq: u32| Some(format!("{RUN}:1:{seq}"));
    assert_eq!(
        *script.asked.lock().unwrap(),
        [None, at(2), at(2), at(2), at(3), at(3), at(4)]
    );
}

#[tokio::test]
async fn a_sign_of_life_is_delivered_and_does_not_move_the_place_to_resume() {
    let (client, script, _stop) =
        gateway(vec![Act::Send(vec![1]), Act::Sign, Act::Sign, Act::End(2)]).await;
    let mut stream = client.watch_run(run_id(), None, hasty()).await.unwrap();
    let mut seqs = Vec::new();
    while let Some(frame) = stream.next().await {
        let frame = frame.unwrap();
        assert_eq!(
            frame.seq.is_none(),
            matches!(frame.event, Event::Progress { .. })
        );
        seqs.push(frame.seq);
    }
    assert_eq!(seqs, [Some(1), None, None, Some(2)]);
    let at = Some(format!("{RUN}:1:1"));
    assert_eq!(
        *script.asked.lock().unwrap(),
        [None, at.clone(), at.clone(), at]
    );
}

#[tokio::test]
async fn a_gap_that_stays_is_an_error() {
    let acts = std::iter::repeat_with(|| Act::Send(vec![1, 3]))
        .take(20)
        .collect();
    let (client, _script, _stop) = gateway(acts).await;
    let mut stream = client.watch_run(run_id(), None, hasty()).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().seq, Some(1));
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            Error::Gap {
                last: 1,
                found: 3,
                ..
            }
        ),
        "{error}"
    );
    assert!(stream.next().await.is_none(), "a failed stream has ended");
}

#[tokio::test]
async fn a_refusal_ends_a_stream_at_once_with_its_remedy() {
    let (client, _script, _stop) =
        gateway(vec![Act::Send(vec![1]), Act::Fail(StatusCode::NOT_FOUND)]).await;
    let mut stream = client.watch_run(run_id(), None, hasty()).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some("not_found"));
    assert_eq!(error.remedy().as_deref(), Some("look again"));
    assert_eq!(error.to_string(), "no such run");
}

#[tokio::test]
async fn a_gateway_that_stays_away_is_given_up() {
    let (client, _script, _stop) = gateway(vec![Act::Send(vec![1])]).await;
    let mut stream = client.watch_run(run_id(), None, hasty()).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Silent { .. }), "{error}");
}

#[tokio::test]
async fn nobody_there_is_said_at_once() {
    let client = Client::new(ClientOptions::new("http://127.0.0.1:1", None)).unwrap();
    let error = client.watch_run(run_id(), None, hasty()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "the gateway at http://127.0.0.1:1 cannot be reached: Connection refused (os error 111)"
    );
}
