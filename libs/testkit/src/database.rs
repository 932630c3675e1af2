//! A database of its own for every test, on the Postgres that `cargo xtask test` starts.

use std::thread;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use uuid::Uuid;

mod template;

/// Names the server on which tests make their databases.
pub const POSTGRES_VARIABLE: &str = "MOSAIC_TEST_POSTGRES_URL";

/// A database that is dropped with this value, also when the test fails.
#[derive(Debug)]
pub struct TestDatabase {
    server: PgConnectOptions,
    name: String,
    owner: SecretString,
    services: SecretString,
}

/// As whom services of tests connect: a role that owns nothing, so that row security binds it.
const SERVICES: &str = "mosaic_test_services";

/// The server of the tests.
fn server() -> anyhow::Result<PgConnectOptions> {
    let url = crate::environment::required(POSTGRES_VARIABLE)?;
    url.parse()
        .with_context(|| format!("{POSTGRES_VARIABLE} is no Postgres address"))
}

impl TestDatabase {
    /// Creates an empty database.
    pub async fn create() -> anyhow::Result<Self> {
        let server = server()?;
        Self::from(server, "template1").await
    }

    /// Creates a database with the schema of this version: a copy of one that was migrated once.
    pub async fn migrated() -> anyhow::Result<Self> {
        let server = server()?;
        let template = template::ready(&server).await?;
        let mut database = Self::from(server, &template).await?;
        let services = database.server.clone().database(&database.name);
        let services = services.username(SERVICES).password("services");
        database.services = services.to_url_lossy().to_string().into();
        Ok(database)
    }

    async fn from(server: PgConnectOptions, template: &str) -> anyhow::Result<Self> {
        let name = format!("mosaic_test_{}", Uuid::now_v7().simple());
        let url = server.clone().database(&name).to_url_lossy().to_string();
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        execute(&server, create).await?;
        Ok(Self {
            server,
            name,
            services: url.clone().into(),
            owner: url.into(),
        })
    }

    /// Where services connect: as a role that owns nothing, once the schema is there.
    #[must_use]
    pub fn url(&self) -> &SecretString {
        &self.services
    }

    /// Where its owner connects, whom row security does not bind. Holds the password of the test server.
    #[must_use]
    pub fn owner_url(&self) -> &SecretString {
        &self.owner
    }

    /// Its name on the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs statements past every repository: to damage what a test then expects to be noticed.
    pub async fn execute(&self, statements: &str) -> anyhow::Result<()> {
        let here: PgConnectOptions = self.owner.expose_secret().parse()?;
        execute(&here, statements.to_owned()).await
    }

    /// Cuts every connection and refuses new ones until [`TestDatabase::come_back`], as a server that is away does.
    pub async fn go_away(&self) -> anyhow::Result<()> {
        let name = &self.name;
        let refuse = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false");
        execute(&self.server, refuse).await?;
        let cut = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        execute(&self.server, cut).await
    }

    /// Accepts connections again.
    pub async fn come_back(&self) -> anyhow::Result<()> {
        let accept = format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", self.name);
        execute(&self.server, accept).await
    }

    /// Begins a transaction, runs a statement in it, and leaves it open until what is returned is dropped: a client
    /// that hangs while it holds locks.
    pub async fn hold(&self, statement: &str) -> anyhow::Result<OpenTransaction> {
        let here: PgConnectOptions = self.owner.expose_secret().parse()?;
        let mut connection = PgConnection::connect_with(&here).await?;
        let statements = format!("BEGIN; {statement};");
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(statements)))
            .await?;
        Ok(OpenTransaction {
            _connection: connection,
        })
    }

    /// The single whole number that a query answers with.
    pub async fn number(&self, query: &str) -> anyhow::Result<i64> {
        number(&self.owner, query).await
    }

    /// The single text that a query answers with.
    pub async fn text(&self, query: &str) -> anyhow::Result<String> {
        let here: PgConnectOptions = self.owner.expose_secret().parse()?;
        let mut connection = PgConnection::connect_with(&here).await?;
        let query = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
        let text = query.fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(text)
    }
}

/// The single whole number that a query on a database answers with.
pub async fn number(url: &SecretString, query: &str) -> anyhow::Result<i64> {
    let here: PgConnectOptions = url.expose_secret().parse()?;
    let mut connection = PgConnection::connect_with(&here).await?;
    let query = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
    let number = query.fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(number)
}

/// A transaction that nobody ends. Its connection is cut when this is dropped.
#[derive(Debug)]
pub struct OpenTransaction {
    _connection: PgConnection,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop_it = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        // A runtime of its own: the one of the test may be the very thread that is dropping, or gone already.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(execute(&server, drop_it))
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            tracing::warn!(database = %self.name, "a test database could not be dropped");
        }
    }
}

/// Runs statements on a database that is not a test's own, past every repository.
pub async fn execute_on(url: &SecretString, statements: &str) -> anyhow::Result<()> {
    let place: PgConnectOptions = url.expose_secret().parse()?;
    execute(&place, statements.to_owned()).await
}

async fn execute(place: &PgConnectOptions, statements: String) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect_with(place)
        .await
        .context("the test server does not answer")?;
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(statements)))
        .await?;
    connection.close().await?;
    Ok(())
}
