//! Where a secret could turn up, read as a whole.

use std::fmt;
use std::path::Path;

use mosaic_telemetry::collector::Collector;
use redis::Value;
use redis::aio::MultiplexedConnection;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// A place and everything in it, in small letters.
pub(crate) struct Place {
    pub(crate) name: String,
    content: Vec<u8>,
}

impl Place {
    pub(crate) fn new(name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        let mut content = content.into();
        content.make_ascii_lowercase();
        Self {
            name: name.into(),
            content,
        }
    }

    pub(crate) fn position(&self, part: &[u8]) -> Option<usize> {
        self.content
            .windows(part.len())
            .position(|window| window == part)
    }

    pub(crate) fn holds(&self, part: &[u8]) -> bool {
        self.position(part).is_some()
    }

    pub(crate) fn text(&self, from: usize, to: usize) -> String {
        let end = to.min(self.content.len());
        String::from_utf8_lossy(&self.content[from.min(end)..end]).into_owned()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.name, self.content.len())
    }
}

/// What the services and programs wrote to their standard outputs.
pub(crate) fn logs(folder: &Path) -> anyhow::Result<Vec<Place>> {
    let mut places = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let name = format!("log {}", path.display());
            places.push(Place::new(name, std::fs::read(&path)?));
        }
    }
    Ok(places)
}

/// What was sent to the collector.
pub(crate) fn traces(collector: &Collector) -> Place {
    Place::new("traces", format!("{:?}", collector.spans()))
}

/// Every row of every table, as text; bytes are written in hex.
pub(crate) async fn postgres(url: &SecretString) -> anyhow::Result<Vec<Place>> {
    let mut connection = PgConnection::connect(url.expose_secret()).await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', table_schema, table_name)
         FROM information_schema.tables
         WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
    )
    .fetch_all(&mut connection)
    .await?;
    anyhow::ensure!(tables.len() > 20, "few tables are seen: {tables:?}");
    let mut places = Vec::new();
    for table in tables {
        let rows = format!("SELECT coalesce(string_agg(one::text, E'\\n'), '') FROM {table} one");
        let rows: String = sqlx::query_scalar(AssertSqlSafe(rows))
            .fetch_one(&mut connection)
            .await?;
        places.push(Place::new(format!("postgres {table}"), rows));
    }
    connection.close().await?;
    Ok(places)
}

/// Every key with its name and all it holds.
pub(crate) async fn valkey(url: &SecretString) -> anyhow::Result<Vec<Place>> {
    let client = redis::Client::open(url.expose_secret())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg("*")
        .query_async(&mut connection)
        .await?;
    let mut places = Vec::new();
    for key in keys {
        let content = content(&mut connection, &key).await?;
        let mut bytes = key.clone().into_bytes();
        flatten(&content, &mut bytes);
        places.push(Place::new(format!("valkey {key}"), bytes));
    }
    Ok(places)
}

async fn content(connection: &mut MultiplexedConnection, key: &str) -> anyhow::Result<Value> {
    let kind: String = redis::cmd("TYPE").arg(key).query_async(connection).await?;
    let mut command = match kind.as_str() {
        "string" => redis::cmd("GET"),
        "hash" => redis::cmd("HGETALL"),
        "list" => redis::cmd("LRANGE"),
        "set" => redis::cmd("SMEMBERS"),
        "zset" => redis::cmd("ZRANGE"),
        "stream" => redis::cmd("XRANGE"),
        // It ended in between.
        "none" => return Ok(Value::Nil),
        other => anyhow::bail!("the key {key} is of the unknown type {other}"),
    };
    command.arg(key);
    match kind.as_str() {
        "list" | "zset" => command.arg(0).arg(-1),
        "stream" => command.arg("-").arg("+"),
        _ => &mut command,
    };
    Ok(command.query_async(connection).await?)
}

fn flatten(value: &Value, bytes: &mut Vec<u8>) {
    bytes.push(b'\n');
    match value {
        Value::BulkString(text) => bytes.extend_from_slice(text),
        Value::SimpleString(text) => bytes.extend_from_slice(text.as_bytes()),
        Value::Array(parts) | Value::Set(parts) => {
            for part in parts {
                flatten(part, bytes);
            }
        }
        Value::Map(pairs) => {
            for (key, value) in pairs {
                flatten(key, bytes);
                flatten(value, bytes);
            }
        }
        other => bytes.extend_from_slice(format!("{other:?}").as_bytes()),
    }
}
