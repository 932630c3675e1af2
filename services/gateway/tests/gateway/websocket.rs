//! The WebSocket.

use serde_json::{Value, json};

use super::socket::{Received, Socket};
use super::stage::{Stage, run_id};
use super::worker::Worker;

fn types(frames: &[Value]) -> Vec<&str> {
    frames
        .iter()
        .filter_map(|frame| frame["type"].as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_on_a_socket_is_acknowledged_and_its_run_followed() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let mut socket = Socket::open(&stage).await?;
    socket
        .send(&json!({"type": "message", "content": "hello", "ref": "r1"}))
        .await?;
    let ack = socket.frame().await?;
    assert_eq!(ack["type"], "ack", "{ack}");
    assert_eq!(ack["ref"], "r1");
    assert_eq!(ack["acceptance"], "queued");
    let run = run_id(&ack)?;
    let mut worker = Worker::claim(&stage, run).await?;
    worker.say("hi").await?;
    worker.complete("hi").await?;
    let frames = socket.until("run.completed").await?;
    assert_eq!(
        types(&frames),
        ["run.accepted", "run.started", "text.delta", "run.completed"]
    );
    assert_eq!(frames[3]["data"]["content"], "hi");

    // The next message in the same conversation needs no new watch.
    let next =
        json!({"type": "message", "conversationId": ack["conversationId"], "content": "more"});
    socket.send(&next).await?;
    let ack = socket.until("ack").await?.pop().unwrap_or_default();
    Worker::claim(&stage, run_id(&ack)?)
        .await?
        .complete("more")
        .await?;
    let frames = socket.until("run.completed").await?;
    let events = types(&frames)
        .into_iter()
        .filter(|kind| *kind != "ack")
        .count();
    assert!(events <= 3, "{frames:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_sent_again_after_its_socket_was_lost_is_stored_once() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let message = json!({"type": "message", "content": "hello", "idempotencyKey": "k1"});
    let mut acks = Vec::new();
    for _ in 0..2 {
        let mut socket = Socket::open(&stage).await?;
        socket.send(&message).await?;
        acks.push(socket.frame().await?);
    }
    assert_eq!(acks[0]["acceptance"], "queued", "{acks:?}");
    assert_eq!(acks[1]["acceptance"], "repeated", "{acks:?}");
    for field in ["conversationId", "messageId", "runId", "seq"] {
        assert_eq!(acks[0][field], acks[1][field], "{field}");
    }

    // Sent again on both sockets at once, it is one message all the same, and both see its run.
    let again = json!({"type": "message", "content": "hello", "idempotencyKey": "k2"});
    let (mut one, mut other) = (Socket::open(&stage).await?, Socket::open(&stage).await?);
    tokio::try_join!(one.send(&again), other.send(&again))?;
    let (first, second) = (one.frame().await?, other.frame().await?);
    assert_eq!(first["runId"], second["runId"], "{first} {second}");
    Worker::claim(&stage, run_id(&first)?)
        .await?
        .complete("hi")
        .await?;
    for socket in [&mut one, &mut other] {
        let frames = socket.until("run.completed").await?;
        assert_eq!(
            types(&frames),
            ["run.accepted", "run.started", "run.completed"]
        );
    }

    // Another key, and the same key of another person, begin conversations of their own.
    let stranger = stage.stranger().await?;
    let mut socket = Socket::open_with(&stage, Some(stranger.token.expose()), None).await?;
    assert_eq!(socket.frame().await?["type"], "ready");
    socket.send(&message).await?;
    assert_eq!(socket.frame().await?["acceptance"], "queued");
    let mine = stage.read("/api/conversations").await?;
    assert_eq!(mine["items"].as_array().map(Vec::len), Some(2), "{mine}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_resumes_behind_the_last_event_it_saw() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let mut worker = Worker::claim(&stage, run).await?;
    let watch = json!({"type": "watch", "conversationId": conversation.to_string()});
    let mut socket = Socket::open(&stage).await?;
    socket.send(&watch).await?;
    worker.say("one ").await?;
    let seen = socket.until("text.delta").await?;
    let last = seen
        .last()
        .map(|frame| frame["id"].clone())
        .unwrap_or_default();
    drop(socket);
    worker.say("two").await?;

    let mut socket = Socket::open(&stage).await?;
    let mut again = watch.clone();
    again["lastEventId"] = last;
    socket.send(&again).await?;
    let frame = socket.frame().await?;
    assert_eq!(frame["data"]["text"], "two", "{frame}");
    worker.complete("one two").await?;
    assert_eq!(socket.frame().await?["type"], "run.completed");

    socket
        .send(&json!({"type": "unwatch", "conversationId": conversation.to_string()}))
        .await?;
    socket.send(&json!({"type": "ping"})).await?;
    assert_eq!(socket.frame().await?["type"], "pong");
    let run = stage.ask(conversation, "unseen").await?;
    Worker::claim(&stage, run).await?.complete("unseen").await?;
    socket.send(&json!({"type": "ping"})).await?;
    assert_eq!(socket.frame().await?["type"], "pong");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_does_not_fit_is_answered_and_the_socket_goes_on() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let mut socket = Socket::open(&stage).await?;
    for (frame, code) in [
        ("hello".to_owned(), "invalid_argument"),
        ("{}".to_owned(), "invalid_argument"),
        (json!({"type": "dance"}).to_string(), "invalid_argument"),
        (
            json!({"type": "message", "ref": "x"}).to_string(),
            "invalid_argument",
        ),
        (
            json!({"type": "message", "content": "a", "colour": 1}).to_string(),
            "invalid_argument",
        ),
        (
            json!({"type": "message", "content": " "}).to_string(),
            "unprocessable",
        ),
        (
            json!({"type": "watch", "conversationId": "x"}).to_string(),
            "invalid_argument",
        ),
        (
            json!({"type": "stop", "runId": uuid::Uuid::nil()}).to_string(),
            "not_found",
        ),
        (
            json!({"type": "auth", "token": "x"}).to_string(),
            "conflict",
        ),
    ] {
        socket.send_text(&frame).await?;
        let answer = socket.frame().await?;
        assert_eq!(answer["type"], "error", "{frame}: {answer}");
        assert_eq!(answer["problem"]["code"], code, "{frame}: {answer}");
        assert!(answer["problem"]["remedy"].is_string());
    }
    // A message that was refused begins no conversation.
    assert_eq!(stage.read("/api/conversations").await?["items"], json!([]));
    socket.send(&json!({"type": "ping"})).await?;
    assert_eq!(socket.frame().await?["type"], "pong");

    socket.send_text(&"x".repeat(70 << 10)).await?;
    let answer = socket.frame().await?;
    assert_eq!(answer["problem"]["code"], "payload_too_large");
    assert_eq!(socket.closed().await?, 1009);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_without_header_says_who_it_is_in_its_first_frame() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let mut socket = Socket::open_with(&stage, None, None).await?;
    socket
        .send(&json!({"type": "auth", "token": stage.ada.token.expose()}))
        .await?;
    assert_eq!(socket.frame().await?["type"], "ready");

    for first in [
        json!({"type": "ping"}),
        json!({"type": "auth", "token": "mos_x"}),
    ] {
        let mut socket = Socket::open_with(&stage, None, None).await?;
        socket.send(&first).await?;
        let answer = socket.frame().await?;
        assert_eq!(answer["problem"]["code"], "unauthenticated", "{answer}");
        assert!(matches!(socket.next().await?, Received::Closed(1008)));
    }
    let mut silent = Socket::open_with(&stage, None, None).await?;
    assert_eq!(silent.frame().await?["problem"]["code"], "unauthenticated");
    assert!(
        Socket::open_with(&stage, Some("mos_wrong"), None)
            .await
            .is_err()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_may_not_open_a_socket() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let token = Some(stage.ada.token.expose());
    let own = format!("http://{}", stage.host(0)?);
    assert!(Socket::open_with(&stage, token, Some(&own)).await.is_ok());
    assert!(
        Socket::open_with(&stage, token, Some("https://evil.example"))
            .await
            .is_err()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_a_run_on_a_socket_is_written_down_with_where_it_was_opened() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let run = stage.ask(stage.conversation().await?, "work").await?;
    let mut socket = Socket::open(&stage).await?;
    let stop = json!({"type": "stop", "runId": run.to_string(), "ref": "s"});
    socket.send(&stop).await?;
    assert_eq!(socket.frame().await?["type"], "stopped");
    let log = stage.read("/api/audit?action=run.stop").await?;
    assert_eq!(log["items"][0]["outcome"], "done", "{log}");
    assert_eq!(log["items"][0]["address"], "127.0.0.1", "{log}");
    Ok(())
}
