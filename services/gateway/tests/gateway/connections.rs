//! Connections that ask for nothing.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

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
