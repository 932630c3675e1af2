//! Beginning a transaction: on whose behalf, and for what.

use std::future::{Future, IntoFuture};
use std::io;
use std::pin::Pin;
use std::time::Duration;

use mosaic_domain::{Scope, WorkspaceId};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr as _, Transaction};
use tokio::time::timeout;

use super::{BEGINS_WITHIN, Purpose, Tx, silent};
use crate::Error;

/// The longest that Postgres can be told to work on a statement, in milliseconds: 24 days.
const LONGEST: u128 = 2_147_483_647;

/// On whose behalf a transaction asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Context {
    Person(Scope),
    Workspace(WorkspaceId),
    System(Purpose),
}

/// A transaction about to begin. Awaited, it may write; [`Begin::read`] makes one that cannot.
#[derive(Debug)]
#[must_use = "it begins when it is awaited"]
pub struct Begin<'a> {
    pool: &'a PgPool,
    context: Context,
    outbox: bool,
    patience: Option<Duration>,
}

impl<'a> Begin<'a> {
    pub(super) const fn new(pool: &'a PgPool, context: Context) -> Self {
        Self {
            pool,
            context,
            outbox: false,
            patience: None,
        }
    }

    /// It also publishes, or takes back what was to be published: the outbox is nobody's.
    pub const fn with_outbox(self) -> Self {
        Self {
            outbox: true,
            ..self
        }
    }

    /// Each of its statements is given up by the server after this time, also when nobody waits for it any more. Instead of what is
    /// set for all.
    pub const fn with_patience(self, patience: Duration) -> Self {
        Self {
            patience: Some(patience),
            ..self
        }
    }

    /// Begins one that only reads. Dropping it ends it, without waiting for the server.
    pub async fn read(self) -> Result<Tx, Error> {
        self.start("BEGIN READ ONLY").await
    }

    async fn start(self, begin: &str) -> Result<Tx, Error> {
        let statement = self.statement(begin);
        // Each of the idle connections may have died since it was used, as all do when the server restarts.
        let mut dead = self.pool.size();
        loop {
            let begun = match self.pool.acquire().await {
                Ok(connection) => begin_on(connection, statement.clone()).await,
                Err(error) => Err(error),
            };
            match begun {
                Ok(tx) => return Ok(Tx::new(tx)),
                Err(error) if dead > 0 && is_gone(&error) => dead -= 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// One message to the server. Nothing in it comes from outside: ids as they are printed, names of purposes, and numbers.
    fn statement(&self, begin: &str) -> String {
        let mut statement = match self.context {
            Context::Person(Scope {
                workspace_id,
                user_id,
            }) => format!(
                "{begin}; SET LOCAL mosaic.workspace_id = '{}'; SET LOCAL mosaic.user_id = '{}'",
                workspace_id.uuid(),
                user_id.uuid()
            ),
            Context::Workspace(id) => {
                format!("{begin}; SET LOCAL mosaic.workspace_id = '{}'", id.uuid())
            }
            Context::System(purpose) => {
                format!("{begin}; SET LOCAL mosaic.purpose = '{}'", purpose.as_str())
            }
        };
        if self.outbox {
            statement.push_str("; SET LOCAL mosaic.outbox = 'on'");
        }
        if let Some(patience) = self.patience {
            // 0 would be for ever, and it knows no more milliseconds than these.
            let most = patience.as_millis().clamp(1, LONGEST);
            let patience = format!("; SET LOCAL statement_timeout = {most}");
            statement.push_str(&patience);
        }
        statement
    }
}

impl<'a> IntoFuture for Begin<'a> {
    type Output = Result<Tx, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.start("BEGIN"))
    }
}

/// Begins to the end, also when nobody waits for it any more. sqlx takes a transaction back only once it knows that it has begun:
/// a connection whose caller went away before that would go back to the pool with the transaction open, and the next to get it
/// would ask on behalf of the one before.
async fn begin_on(
    connection: PoolConnection<Postgres>,
    statement: String,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let statement = AssertSqlSafe(statement).into_sql_str();
    let begin = Transaction::<'static, Postgres>::begin(connection, Some(statement));
    #[expect(
        clippy::disallowed_methods,
        reason = "one message to the server, after which it ends by itself; a shutdown closes the pool, which waits for its connection"
    )]
    let task = tokio::spawn(begin);
    match timeout(BEGINS_WITHIN, task).await {
        Ok(begun) => begun.unwrap_or(Err(sqlx::Error::WorkerCrashed)),
        Err(_) => Err(silent()),
    }
}

/// Whether the connection was lost before the statement: nothing has happened yet. Not if it only says nothing: whoever has
/// waited for that has waited long enough.
fn is_gone(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() != io::ErrorKind::TimedOut,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "25P03")
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use mosaic_domain::UserId;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn a_transaction_says_with_its_first_message_on_whose_behalf_it_asks() {
        let pool = PgPool::connect_lazy("postgres://nobody@127.0.0.1:1/none").unwrap();
        let said = |context| Begin::new(&pool, context).statement("BEGIN");
        let scope = Scope {
            workspace_id: WorkspaceId::new(Uuid::nil()),
            user_id: UserId::new(Uuid::max()),
        };
        assert_eq!(
            said(Context::Person(scope)),
            "BEGIN; SET LOCAL mosaic.workspace_id = '00000000-0000-0000-0000-000000000000'; \
             SET LOCAL mosaic.user_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'"
        );
        assert_eq!(
            said(Context::Workspace(scope.workspace_id)),
            "BEGIN; SET LOCAL mosaic.workspace_id = '00000000-0000-0000-0000-000000000000'"
        );
        assert_eq!(
            said(Context::System(Purpose::Worker)),
            "BEGIN; SET LOCAL mosaic.purpose = 'worker'"
        );
        let begin = Begin::new(&pool, Context::System(Purpose::Worker));
        let hurried = begin.with_patience(Duration::from_secs(2));
        assert_eq!(
            hurried.statement("BEGIN"),
            "BEGIN; SET LOCAL mosaic.purpose = 'worker'; SET LOCAL statement_timeout = 2000"
        );
    }
}
