//! What only one replica may do: the leader does it, the others stand by.
//!
//! The leader holds an advisory lock on a connection of its own, outside the pool. Postgres lets go of the lock the moment
//! that connection is gone, however its process died, and the next replica that asks becomes the leader. Whoever lost the
//! connection has lost the lead, and finds out with the next statement on it.

use mosaic_domain::JobId;
use sqlx::{Connection as _, PgConnection};

use crate::{Error, Purpose, Storage};

/// Everything that has a leader, in one place: no two may share the key of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead<'a> {
    /// Asks a channel for updates.
    Channel(&'a str),
    /// Makes one job, named by its id.
    Job(JobId),
    /// Fires the schedules of a service.
    Schedules(&'a str),
    /// Asks identity providers whether those who signed in there still may.
    OidcRefresh,
    /// Looks after runs of which nothing is heard.
    Watchdog,
}

impl Lead<'_> {
    fn key(self) -> String {
        match self {
            Self::Job(id) => format!("mosaic job {id}"),
            Self::Channel(name) => format!("mosaic channel {name}"),
            Self::Schedules(service) => format!("mosaic schedules {service}"),
            Self::OidcRefresh => "mosaic oidc refresh".to_owned(),
            Self::Watchdog => "mosaic watchdog".to_owned(),
        }
    }
}

/// The lead. Dropping it gives it back.
#[derive(Debug)]
pub struct Leader {
    pub(crate) connection: PgConnection,
}

impl Storage {
    /// Becomes the leader unless somebody else is.
    pub async fn lead(&self, what: Lead<'_>) -> Result<Option<Leader>, Error> {
        let key = what.key();
        // Those who stand by ask again and again; a connection of their own is made only when the lead looks free.
        let mut tx = self.system(Purpose::Schema).read().await?;
        let free = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS "free!""#,
            key,
        )
        .fetch_one(&mut *tx)
        .await?;
        // The lock itself goes with the transaction, before it is taken for good.
        tx.rollback().await?;
        if !free {
            return Ok(None);
        }
        let mut connection = self.apart(Purpose::Schedules).await?;
        let locked = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS "locked!""#,
            key,
        )
        .fetch_one(&mut connection)
        .await?;
        if !locked {
            connection.close().await?;
            return Ok(None);
        }
        Ok(Some(Leader { connection }))
    }
}

impl Leader {
    /// Fails if the lead may be lost because its connection is.
    pub async fn still_leads(&mut self) -> Result<(), Error> {
        Ok(self.connection.ping().await?)
    }

    /// Gives the lead back at once, so that another replica has it without waiting.
    pub async fn step_down(mut self) -> Result<(), Error> {
        // By the end of the connection alone it would be free a moment later, when the server has seen it.
        sqlx::query("SELECT pg_advisory_unlock_all()")
            .execute(&mut self.connection)
            .await?;
        Ok(self.connection.close().await?)
    }
}
