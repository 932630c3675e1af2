//! Single commands, each waited for, by the driver that the services use.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use secrecy::{ExposeSecret as _, SecretString};

use super::{AsyncRepeat, Reference, measure};

/// A stream that nobody reads.
const STREAM: &str = "bench:round-trip";
/// Entries it keeps at the most.
const KEPT: u32 = 10_000;
/// About as much as an event.
const PAYLOAD: &str =
    r#"{"step":1,"text":"What is on my list for today, and what should I do first?"}"#;

/// Which command.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RoundTrip {
    /// Nothing but the way there and back.
    Ping,
    /// An entry of a stream, written to the append-only file.
    Append,
}

/// The round trips, on the Valkey that the services use.
#[derive(Debug)]
pub(crate) struct RoundTrips {
    client: redis::Client,
}

impl RoundTrips {
    pub(crate) fn new(url: &SecretString) -> anyhow::Result<Self> {
        let client = redis::Client::open(url.expose_secret())?;
        Ok(Self { client })
    }

    /// Sends commands over this many connections.
    pub(crate) async fn round(
        &self,
        command: RoundTrip,
        concurrency: usize,
        limit: Duration,
    ) -> anyhow::Result<Reference> {
        let mut connections = Vec::with_capacity(concurrency);
        for _ in 0..concurrency {
            connections.push(self.client.get_multiplexed_async_connection().await?);
        }
        measure(connections, limit, command).await
    }
}

impl AsyncRepeat<MultiplexedConnection> for RoundTrip {
    async fn once(self, connection: &mut MultiplexedConnection) -> anyhow::Result<()> {
        let mut command = redis::Cmd::new();
        match self {
            Self::Ping => command.arg("PING"),
            Self::Append => command
                .arg("XADD")
                .arg(STREAM)
                .arg("MAXLEN")
                .arg("~")
                .arg(KEPT)
                .arg("*")
                .arg("data")
                .arg(PAYLOAD),
        };
        command.query_async::<()>(connection).await?;
        Ok(())
    }
}
