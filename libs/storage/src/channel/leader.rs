//! One replica asks a channel for updates; the others stand by.
//!
//! The leader holds an advisory lock on a connection of its own. Postgres lets go of the lock the moment that connection is
//! gone, however its process died, and the next replica that asks becomes the leader.

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Postgres};

use crate::{Error, Storage};

/// The right to ask a channel for updates. Dropping it gives it back.
#[derive(Debug)]
pub struct ChannelLeader {
    connection: PoolConnection<Postgres>,
}

impl Storage {
    /// Becomes the leader of a channel unless somebody else is.
    pub async fn lead_channel(&self, channel: &str) -> Result<Option<ChannelLeader>, Error> {
        let mut connection = self.pool.acquire().await?;
        // The lock lasts as long as the connection, which must therefore not serve anybody else afterwards.
        connection.close_on_drop();
        let locked = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_lock(hashtextextended('mosaic channel ' || $1, 0)) AS "locked!""#,
            channel,
        )
        .fetch_one(&mut *connection)
        .await?;
        Ok(locked.then_some(ChannelLeader { connection }))
    }
}

impl ChannelLeader {
    /// Fails if the lock may be lost because its connection is.
    pub async fn still_leads(&mut self) -> Result<(), Error> {
        Ok(self.connection.ping().await?)
    }
}
