//! Blocking reads.

use std::pin::pin;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisError, RedisResult};
use tokio::time::timeout;

use super::Shared;
use super::commands::{self, Raw};
use crate::connection::Bus;
use crate::error::{Error, Result};

/// The longest a read blocks. Short enough to notice a connection that died without a word.
pub(super) const BLOCK: Duration = Duration::from_secs(1);

/// A connection for blocking reads, and its name at the server, by which a read can be ended from outside.
pub(super) struct Blocking {
    pub(super) connection: MultiplexedConnection,
    id: u64,
}

impl Blocking {
    pub(super) async fn connect(bus: &Bus) -> Result<Self> {
        let mut connection = bus.dedicated(BLOCK).await?;
        let id = redis::cmd("CLIENT")
            .arg("ID")
            .query_async(&mut connection)
            .await
            .map_err(taking)?;
        Ok(Self { connection, id })
    }

    /// Waits up to `block` for entries, at most `count` of each stream; not past the beginning of shutdown.
    pub(super) async fn wait(
        &mut self,
        shared: &Shared,
        count: usize,
        block: Duration,
    ) -> Result<Vec<Raw>> {
        let connection = &mut self.connection;
        let mut read = pin!(commands::wait(connection, &shared.options, count, block));
        let answer = tokio::select! {
            biased;
            answer = &mut read => answer,
            () = shared.closing.cancelled() => unblock(shared, self.id, read).await,
        };
        answer.map_err(taking)
    }
}

pub(super) fn taking(error: RedisError) -> Error {
    Error::command("take entries")(error)
}

/// Ends a blocked read, so that nothing is delivered to a reader that has gone. An order that came before the read
/// had begun to block does nothing, hence the repetition.
async fn unblock(
    shared: &Shared,
    id: u64,
    mut read: impl Future<Output = RedisResult<Vec<Raw>>> + Unpin,
) -> RedisResult<Vec<Raw>> {
    let mut order = redis::cmd("CLIENT");
    order.arg("UNBLOCK").arg(id);
    for _ in 0..5 {
        let _: Result<u8> = shared.bus.command("end a blocked read", &order).await;
        if let Ok(answer) = timeout(Duration::from_millis(100), &mut read).await {
            return answer;
        }
    }
    Ok(Vec::new())
}
