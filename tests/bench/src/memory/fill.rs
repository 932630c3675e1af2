//! A database full of memories, in bulk: what is measured is finding, not remembering.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use mosaic_testkit::TestDatabase;
use secrecy::ExposeSecret as _;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use super::crowd::{Crowd, Row};
use super::vectors::DIMENSION;

/// The model that the vectors are said to be of.
pub(super) const MODEL: &str = "bench/v1";
const INDEX: &str = "memory_vectors_384";
/// Rows of one statement.
const BATCH: usize = 5_000;

/// The database.
pub(super) struct Filled {
    pub(super) database: TestDatabase,
    /// What ages are counted from.
    pub(super) now: DateTime<Utc>,
    pub(super) postgres: String,
    pub(super) index_s: f64,
    pub(super) index_mib: i64,
}

impl Filled {
    pub(super) async fn fill(crowd: &Crowd) -> anyhow::Result<Self> {
        let database = TestDatabase::migrated().await?;
        #[expect(clippy::disallowed_methods, reason = "the bench makes the memories")]
        let now = Utc::now();
        let mut connection = PgConnection::connect(database.owner_url().expose_secret()).await?;
        // The index is the migration's own, only built after the rows: the same graph, in minutes instead of an hour.
        let index: String = sqlx::query_scalar("SELECT pg_get_indexdef($1::regclass)")
            .bind(INDEX)
            .fetch_one(&mut connection)
            .await?;
        connection.execute("DROP INDEX memory_vectors_384").await?;
        people(&mut connection, crowd).await?;
        for rows in crowd.rows.chunks(BATCH) {
            memories(&mut connection, crowd, rows, now).await?;
            vectors(&mut connection, crowd, rows).await?;
        }
        let since = Instant::now();
        connection
            .execute("SET maintenance_work_mem = '1GB'")
            .await?;
        connection.execute(AssertSqlSafe(index)).await?;
        let took: Duration = since.elapsed();
        connection.execute("VACUUM ANALYZE").await?;
        let index_mib = sqlx::query_scalar("SELECT pg_relation_size($1::regclass) / 1048576")
            .bind(INDEX)
            .fetch_one(&mut connection)
            .await?;
        let postgres = facts(&mut connection).await?;
        connection.close().await?;
        Ok(Self {
            database,
            now,
            postgres,
            index_s: took.as_secs_f64(),
            index_mib,
        })
    }
}

async fn people(connection: &mut PgConnection, crowd: &Crowd) -> anyhow::Result<()> {
    sqlx::query("INSERT INTO workspaces (id, name) VALUES ($1, 'bench')")
        .bind(crowd.workspace)
        .execute(&mut *connection)
        .await?;
    let ids: Vec<Uuid> = crowd.people.iter().map(|person| person.id).collect();
    sqlx::query("INSERT INTO users (id, name) SELECT id, 'somebody' FROM UNNEST($1::uuid[]) AS id")
        .bind(ids)
        .execute(connection)
        .await?;
    Ok(())
}

async fn memories(
    connection: &mut PgConnection,
    crowd: &Crowd,
    rows: &[Row],
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let memories: Vec<Uuid> = rows.iter().map(|row| row.memory).collect();
    let people: Vec<Uuid> = rows.iter().map(|row| crowd.people[row.person].id).collect();
    let made: Vec<DateTime<Utc>> = rows.iter().map(|row| made(row, now)).collect();
    sqlx::query(
        "INSERT INTO memories (id, workspace_id, user_id, kind, role, content, chunked, created_at)
         SELECT id, $2, person, 'note', 'user', 'What was noted on ' || made, true, made
         FROM UNNEST($1::uuid[], $3::uuid[], $4::timestamptz[]) AS row (id, person, made)",
    )
    .bind(&memories)
    .bind(crowd.workspace)
    .bind(&people)
    .bind(&made)
    .execute(&mut *connection)
    .await?;
    let chunks: Vec<Uuid> = rows.iter().map(|row| row.chunk).collect();
    sqlx::query(
        "INSERT INTO memory_chunks (id, memory_id, workspace_id, user_id, ordinal, content)
         SELECT id, memory, $3, person, 0, 'What was noted'
         FROM UNNEST($1::uuid[], $2::uuid[], $4::uuid[]) AS row (id, memory, person)",
    )
    .bind(&chunks)
    .bind(&memories)
    .bind(crowd.workspace)
    .bind(&people)
    .execute(connection)
    .await?;
    Ok(())
}

/// When a memory was made.
pub(super) fn made(row: &Row, now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(i64::try_from(row.age).unwrap_or_default())
}

async fn vectors(connection: &mut PgConnection, crowd: &Crowd, rows: &[Row]) -> anyhow::Result<()> {
    let mut copy = connection
        .copy_in_raw(
            "COPY memory_vectors (chunk_id, workspace_id, user_id, model, dimension, embedding)
             FROM STDIN (FORMAT binary)",
        )
        .await?;
    let mut bytes = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    for row in rows {
        bytes.extend(6_i16.to_be_bytes());
        field(&mut bytes, row.chunk.as_bytes())?;
        field(&mut bytes, crowd.workspace.as_bytes())?;
        field(&mut bytes, crowd.people[row.person].id.as_bytes())?;
        field(&mut bytes, MODEL.as_bytes())?;
        field(&mut bytes, &i32::try_from(DIMENSION)?.to_be_bytes())?;
        // pgvector: the dimension, two unused bytes, the numbers.
        let mut vector = i16::try_from(DIMENSION)?.to_be_bytes().to_vec();
        vector.extend([0, 0]);
        vector.extend(row.vector.iter().flat_map(|number| number.to_be_bytes()));
        field(&mut bytes, &vector)?;
    }
    bytes.extend((-1_i16).to_be_bytes());
    copy.send(bytes).await?;
    let copied = copy.finish().await?;
    anyhow::ensure!(
        usize::try_from(copied)? == rows.len(),
        "not every vector was copied"
    );
    Ok(())
}

fn field(bytes: &mut Vec<u8>, content: &[u8]) -> anyhow::Result<()> {
    bytes.extend(i32::try_from(content.len())?.to_be_bytes());
    bytes.extend(content);
    Ok(())
}

async fn facts(connection: &mut PgConnection) -> anyhow::Result<String> {
    sqlx::query_scalar(
        "SELECT format('Postgres %s, pgvector %s (shared_buffers %s, fsync %s)', current_setting('server_version'),
                       (SELECT extversion FROM pg_extension WHERE extname = 'vector'),
                       current_setting('shared_buffers'), current_setting('fsync'))",
    )
    .fetch_one(connection)
    .await
    .context("what Postgres says of itself")
}
