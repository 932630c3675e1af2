//! Connections that ask for nothing.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite;

use super::socket::Socket;
use super::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_never_finishes_its_request_is_closed() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let host = stage.host(0)?;
    let idle = async |opening: &'static str| {
        let mut stream = TcpStream::connect(&host).await?;
        stream.write_all(opening.as_bytes()).await?;
        let mut rest = Vec::new();
        // Closed is closed, whether politely or not.
        let _ = timeout(Duration::from_secs(15), stream.read_to_end(&mut rest)).await?;
        anyhow::Ok(())
    };
    tokio::try_join!(
        idle(""),
        idle("PRI * HT"),
        idle("GET /api/me HTTP/1.1\r\nhost: mosaic\r\nx-slow: "),
    )?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_cannot_keep_others_from_opening_a_socket() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(Socket::open_with(&stage, None, None).await?);
    }
    let refused = Socket::open_with(&stage, None, None).await;
    let Err(tungstenite::Error::Http(response)) = refused else {
        anyhow::bail!("the socket was not refused")
    };
    assert_eq!(response.status(), 503);
    // Who says at once who they are needs no such place.
    Socket::open(&stage).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_that_are_sent_slowly_keep_no_others_out() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let host = stage.host(0)?;
    let mut slow = Vec::new();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(&host).await?;
        let head = "POST /api/channels/telegram/webhook HTTP/1.1\r\nhost: mosaic\r\n\
                    x-telegram-bot-api-secret-token: x\r\ncontent-length: 1000\r\n\r\n{";
        stream.write_all(head.as_bytes()).await?;
        slow.push(stream);
    }
    let update = stage.http.post(stage.url("/api/channels/telegram/webhook"));
    let update = update.header("x-telegram-bot-api-secret-token", "x");
    let answer: Value = update.body("{}").send().await?.json().await?;
    // It came as far as the bridge, which does not run here.
    assert_eq!(answer["detail"], "The update cannot be stored now.");
    let mut first = [0; 12];
    let answer = slow[0].read_exact(&mut first);
    timeout(Duration::from_secs(8), answer).await??;
    assert_eq!(&first, b"HTTP/1.1 400");
    Ok(())
}
