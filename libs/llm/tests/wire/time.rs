//! Time-outs and cancellation.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures::StreamExt;
use mosaic_llm::{CompletionEvent, LlmErrorKind, TimeoutOverrides};
use mosaic_testkit::model_server::{ModelServer, Outcome, Script, Turn};

use crate::support::{
    REMOTE, build, config, fail, hear, listen, patient, provider, request, server,
};

const SHORT: Duration = Duration::from_millis(150);
const SOON: Duration = Duration::from_secs(3);

async fn client_gone(server: &ModelServer, requests: usize) -> bool {
    server
        .wait_until(SOON, |seen| {
            seen.len() == requests && seen.iter().all(|it| it.outcome == Outcome::ClientGone)
        })
        .await
}

#[tokio::test]
async fn a_provider_that_never_answers_times_out() {
    let server = server(Script::answering(Turn::hanging())).await;
    for kind in REMOTE {
        let config =
            config(kind, &server).with_timeouts(patient(|timeouts| timeouts.first_byte = SHORT));
        let start = Instant::now();
        let error = fail(&*build(config), request("hi")).await;
        assert_eq!(error.kind, LlmErrorKind::Timeout, "{kind}");
        assert!(start.elapsed() < SOON);
    }
    assert!(client_gone(&server, 3).await, "{:?}", server.requests());
}

#[tokio::test]
async fn a_stream_that_falls_silent_times_out_after_what_it_said() {
    let server = server(Script::answering(
        Turn::chunks(["one", "two"]).hanging_after(1),
    ))
    .await;
    for kind in REMOTE {
        let config = config(kind, &server).with_timeouts(patient(|timeouts| timeouts.idle = SHORT));
        let heard = listen(&*build(config), request("hi")).await;
        assert_eq!(heard.turn.text(), "one", "{kind}");
        assert_eq!(heard.error.unwrap().kind, LlmErrorKind::Timeout, "{kind}");
    }
    assert!(client_gone(&server, 3).await);
}

#[tokio::test]
async fn a_slow_but_steady_stream_passes_the_idle_time_and_fails_the_total_time() {
    let slow = Turn::chunks(["a", "b", "c", "d", "e", "f"])
        .with_delays(Duration::ZERO, Duration::from_millis(60));
    let server = server(Script::answering(slow)).await;
    for kind in REMOTE {
        let config = config(kind, &server).with_timeouts(patient(|timeouts| timeouts.idle = SOON));
        let provider = build(config);
        assert_eq!(
            hear(&*provider, request("hi")).await.text(),
            "abcdef",
            "{kind}"
        );
        let mut hasty = request("hi");
        hasty.timeouts = TimeoutOverrides {
            total: Some(SHORT),
            ..TimeoutOverrides::default()
        };
        let heard = listen(&*provider, hasty).await;
        assert_eq!(heard.error.unwrap().kind, LlmErrorKind::Timeout, "{kind}");
        assert!(!heard.turn.text().is_empty() && heard.turn.text() != "abcdef");
    }
}

#[tokio::test]
async fn dropping_the_stream_cancels_the_request_at_the_provider() {
    let server = server(Script::answering(
        Turn::chunks(["one", "two"]).hanging_after(1),
    ))
    .await;
    for kind in REMOTE {
        let mut stream = provider(kind, &server)
            .complete(request("hi"))
            .await
            .unwrap();
        let first = stream.next().await.unwrap().unwrap();
        assert_eq!(first, CompletionEvent::TextDelta { text: "one".into() });
        drop(stream);
    }
    assert!(client_gone(&server, 3).await, "{:?}", server.requests());
}

#[tokio::test]
async fn dropping_the_call_before_it_answers_cancels_it_too() {
    let server = server(Script::answering(Turn::hanging())).await;
    for kind in REMOTE {
        let provider = provider(kind, &server);
        let call = provider.complete(request("hi"));
        assert!(tokio::time::timeout(SHORT, call).await.is_err());
    }
    assert!(client_gone(&server, 3).await);
}

#[tokio::test]
async fn the_connection_is_used_again_after_a_complete_answer() {
    let server = server(Script::echo()).await;
    for kind in REMOTE {
        let provider = provider(kind, &server);
        for _ in 0..3 {
            assert_eq!(hear(&*provider, request("a b")).await.text(), "a b");
        }
    }
    let requests = server.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.outcome == Outcome::Played)
    );
    let sockets: HashSet<_> = requests.iter().map(|request| request.from).collect();
    assert_eq!(sockets.len(), REMOTE.len(), "{sockets:?}");
}

#[tokio::test]
async fn a_stopping_server_breaks_open_answers_and_returns() {
    let server = server(Script::answering(Turn::chunks(["one"]).hanging_after(1))).await;
    let mut stream = provider(REMOTE[0], &server)
        .complete(request("hi"))
        .await
        .unwrap();
    stream.next().await.unwrap().unwrap();
    tokio::time::timeout(SOON, server.stop()).await.unwrap();
    assert_eq!(
        stream.next().await.unwrap().unwrap_err().kind,
        LlmErrorKind::Network
    );
}
