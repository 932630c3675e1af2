//! Stopping the gateway.

use std::time::{Duration, Instant};

use super::socket::Socket;
use super::sse::Sse;
use super::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_stops_says_goodbye_and_is_quick() -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let conversation = stage.conversation().await?;
    let run = stage.ask(conversation, "hello").await?;
    let mut sse = Sse::open(&stage, &format!("/api/runs/{run}/events"), None).await?;
    assert_eq!(sse.must().await?.kind, "run.accepted");
    let mut socket = Socket::open(&stage).await?;

    let gateway = stage.gateways.remove(0);
    let begun = Instant::now();
    gateway.life().stop();
    assert!(sse.next().await?.is_none());
    assert_eq!(socket.closed().await?, 1001);
    gateway.stop().await?;
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    let left = stage.storage.instances(Duration::from_mins(1)).await?;
    assert!(left.is_empty(), "{left:?}");

    // Whoever was cut off goes on elsewhere.
    let other = stage.add_gateway().await?;
    let last = format!("{run}:0:1");
    let path = format!("/api/runs/{run}/events");
    let mut sse = Sse::open_at(&stage, other, &stage.ada, &path, Some(&last)).await?;
    super::worker::Worker::claim(&stage, run)
        .await?
        .complete("hi")
        .await?;
    assert_eq!(sse.rest().await?.len(), 2);
    Ok(())
}
