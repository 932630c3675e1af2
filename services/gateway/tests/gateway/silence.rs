//! Runs of which nothing is heard.

use serde_json::json;

use super::socket::Socket;
use super::sse::{Sse, kinds};
use super::stage::Stage;
use super::worker::Worker;

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_run_gives_a_sign_of_life_that_is_in_no_log() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (queued, running) = (stage.conversation().await?, stage.conversation().await?);
    stage.ask(queued, "hello").await?;
    let run = stage.ask(running, "hello").await?;
    let worker = Worker::claim(&stage, run).await?;

    let mut socket = Socket::open(&stage).await?;
    let watch = json!({"type": "watch", "conversationId": queued.to_string()});
    socket.send(&watch).await?;
    assert_eq!(socket.frame().await?["type"], "run.accepted");
    let path = format!("/api/conversations/{queued}/events");
    let mut waiting = Sse::open(&stage, &path, None).await?;
    assert_eq!(waiting.must().await?.kind, "run.accepted");
    let path = format!("/api/runs/{run}/events");
    let mut sse = Sse::open(&stage, &path, None).await?;
    let seen = sse.until("run.started").await?;

    // Signs of life come whatever else is away.
    let (sign, waits) = tokio::try_join!(sse.patiently(), waiting.patiently())?;
    for (sign, run, note) in [
        (&sign, json!(run), "still working"),
        (&waits, json!(null), "waiting for a worker"),
    ] {
        assert_eq!((sign.kind.as_str(), sign.id.as_str()), ("run.progress", ""));
        assert_eq!(sign.data["data"]["note"], note);
        assert!(run.is_null() || sign.data["runId"] == run);
        for field in ["id", "epoch", "seq"] {
            assert!(sign.data.get(field).is_none(), "{field}: {:?}", sign.data);
        }
    }
    let frame = socket.frame().await?;
    assert_eq!(frame["data"]["note"], "waiting for a worker", "{frame}");
    assert!(frame.get("id").is_none());

    // The log goes on as if nothing had been said, on this stream and on one that resumes.
    let last = seen.last().map(|event| event.id.clone());
    let mut resumed = Sse::open(&stage, &path, last.as_deref()).await?;
    worker.complete("hi").await?;
    for stream in [&mut sse, &mut resumed] {
        let rest = stream.rest().await?;
        assert_eq!(kinds(&rest), ["run.completed"]);
        assert_eq!(rest[0].id, format!("{run}:1:3"));
    }
    Ok(())
}
