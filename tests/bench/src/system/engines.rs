//! Postgres and Valkey, and the proof that they keep what they confirm.

use std::fs;

use anyhow::Context as _;
use mosaic_storage::{Storage, StorageOptions};
use mosaic_testkit::TestDatabase;
use redis::aio::MultiplexedConnection;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sqlx::PgPool;
use std::time::Duration;

use super::usage::{Usage, parent};

/// Names the Valkey; `cargo xtask bench` starts it and sets this.
const VALKEY: &str = "MOSAIC_TEST_VALKEY_URL";
/// How long a connection or statement of the benchmark itself may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Connections of the benchmark itself.
const CONNECTIONS: u32 = 8;

/// Versions of the engines and what they promise of a confirmed write.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EngineFacts {
    pub(crate) postgres: String,
    pub(crate) valkey: String,
    pub(crate) fsync: String,
    pub(crate) synchronous_commit: String,
    pub(crate) full_page_writes: String,
    pub(crate) appendonly: String,
    pub(crate) appendfsync: String,
    /// The file system under the data of Postgres.
    pub(crate) file_system: String,
}

/// The engines.
pub(crate) struct Engines {
    pub(crate) database: TestDatabase,
    pub(crate) storage: Storage,
    /// Past row security, for counting.
    pub(crate) pool: PgPool,
    pub(crate) valkey_url: SecretString,
    pub(crate) valkey: MultiplexedConnection,
    pub(crate) facts: EngineFacts,
    pub(crate) postgres_usage: Option<Usage>,
    pub(crate) valkey_usage: Option<Usage>,
}

impl Engines {
    /// Connects to what `cargo xtask bench` started and makes a database with the schema of this version. Refuses engines
    /// that may lose what they confirm.
    pub(crate) async fn connect() -> anyhow::Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a variable of the benchmark run, not the product's"
        )]
        let valkey_url = std::env::var(VALKEY)
            .map(SecretString::from)
            .with_context(|| format!("{VALKEY} is not set; run this with `cargo xtask bench`"))?;
        let database = TestDatabase::migrated().await?;
        let storage = Storage::connect(&StorageOptions {
            url: database.url().clone(),
            max_connections: CONNECTIONS,
            connect_timeout: PATIENCE,
            statement_timeout: PATIENCE,
            application: "bench".into(),
        })
        .await?;
        let pool = PgPool::connect(database.owner_url().expose_secret()).await?;
        let client = redis::Client::open(valkey_url.expose_secret())?;
        let mut valkey = client.get_multiplexed_async_connection().await?;
        let facts = facts(&storage, &pool, &mut valkey).await?;
        anyhow::ensure!(
            facts.fsync == "on" && facts.synchronous_commit == "on" && facts.appendonly == "yes",
            "the engines may lose what they confirm: {facts:?}"
        );
        let backend: i32 = number(&pool, "SELECT pg_backend_pid()").await?;
        let postgres_usage = parent(backend).filter(|pid| *pid > 1).map(Usage::of);
        let server = info(&mut valkey, "server").await?;
        let valkey_pid = field(&server, "process_id").and_then(|pid| pid.parse().ok());
        Ok(Self {
            database,
            storage,
            pool,
            valkey_url,
            valkey,
            facts,
            postgres_usage,
            valkey_usage: valkey_pid.map(Usage::of),
        })
    }
}

async fn number(pool: &PgPool, query: &'static str) -> anyhow::Result<i32> {
    Ok(sqlx::query_scalar(query).fetch_one(pool).await?)
}

async fn facts(
    storage: &Storage,
    pool: &PgPool,
    valkey: &mut MultiplexedConnection,
) -> anyhow::Result<EngineFacts> {
    let postgres = storage.server_version().await?;
    let setting = async |name: &'static str| {
        let value = sqlx::query_scalar("SELECT current_setting($1)").bind(name);
        anyhow::Ok(value.fetch_one(pool).await?)
    };
    let directory: String = setting("data_directory").await?;
    let server = info(valkey, "server").await?;
    let version = field(&server, "valkey_version").or_else(|| field(&server, "redis_version"));
    Ok(EngineFacts {
        postgres,
        valkey: version.unwrap_or_default().to_owned(),
        fsync: setting("fsync").await?,
        synchronous_commit: setting("synchronous_commit").await?,
        full_page_writes: setting("full_page_writes").await?,
        appendonly: config(valkey, "appendonly").await?,
        appendfsync: config(valkey, "appendfsync").await?,
        file_system: file_system(&directory),
    })
}

/// A section of what Valkey says of itself.
pub(crate) async fn info(
    valkey: &mut MultiplexedConnection,
    section: &str,
) -> anyhow::Result<String> {
    Ok(redis::cmd("INFO").arg(section).query_async(valkey).await?)
}

/// A value of such a section.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = info.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
}

async fn config(valkey: &mut MultiplexedConnection, name: &str) -> anyhow::Result<String> {
    let answer: Vec<String> = redis::cmd("CONFIG")
        .arg("GET")
        .arg(name)
        .query_async(valkey)
        .await?;
    Ok(answer.into_iter().nth(1).unwrap_or_default())
}

/// The type of the file system that holds a folder.
fn file_system(folder: &str) -> String {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mut holding: Vec<(&str, &str)> = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(mount, _)| std::path::Path::new(folder).starts_with(mount))
        .collect();
    holding.sort_by_key(|(mount, _)| mount.len());
    holding
        .last()
        .map_or("unknown", |(_, kind)| kind)
        .to_owned()
}
