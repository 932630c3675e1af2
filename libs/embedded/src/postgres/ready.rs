//! Asks a Postgres whether it takes connections, in its own protocol and without logging in.

use std::{net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::USER;

const PATIENCE: Duration = Duration::from_secs(2);

/// While it starts or recovers a Postgres refuses the session before it asks for a password; the
/// password request is therefore the sign that it is ready.
pub(super) async fn takes_connections(port: u16) -> bool {
    matches!(timeout(PATIENCE, first_byte(port)).await, Ok(Ok(b'R')))
}

async fn first_byte(port: u16) -> std::io::Result<u8> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(&startup_message()).await?;
    let kind = stream.read_u8().await?;
    // Read to its end, or closing would reset the connection and the server would log that.
    let length = stream.read_u32().await?;
    let rest = u64::from(length.saturating_sub(4));
    tokio::io::copy(&mut stream.take(rest), &mut tokio::io::sink()).await?;
    Ok(kind)
}

fn startup_message() -> Vec<u8> {
    const PROTOCOL_3_0: u32 = 196_608;
    let mut body = PROTOCOL_3_0.to_be_bytes().to_vec();
    for text in ["user", USER, "database", "postgres", ""] {
        body.extend_from_slice(text.as_bytes());
        body.push(0);
    }
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [length.to_be_bytes().as_slice(), &body].concat()
}
