//! The database that every other is a copy of. To migrate takes longer than to copy, and the suite does it hundreds of times.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use uuid::Uuid;

/// The same migrations that libs/storage carries; it is not asked for them so that its own tests can use this crate.
static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// The statements of every migration end with rights for the role of services.
const ADMIT: &str = "SELECT mosaic_make_role('mosaic_test_services', 'services'); SELECT mosaic_grant('mosaic_test_services')";

/// Whoever makes the template holds this advisory lock of the server.
const MAKING: i64 = 0x006d_6f73_6169_6354;

/// The name of the template with the schema of this version; made by the first who asks, in whatever process.
pub(super) async fn ready(server: &PgConnectOptions) -> anyhow::Result<String> {
    let name = format!("mosaic_template_{:016x}", version());
    let mut connection = PgConnection::connect_with(server).await?;
    if !exists(&mut connection, &name).await? {
        // Let go of with the connection.
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(MAKING)
            .execute(&mut connection)
            .await?;
        if !exists(&mut connection, &name).await? {
            make(server, &mut connection, &name).await?;
        }
    }
    connection.close().await?;
    Ok(name)
}

/// Under its name only when it is whole, so that nobody copies half of it.
async fn make(
    server: &PgConnectOptions,
    connection: &mut PgConnection,
    name: &str,
) -> anyhow::Result<()> {
    let draft = format!("mosaic_draft_{}", Uuid::now_v7().simple());
    run(connection, format!("CREATE DATABASE {draft}")).await?;
    let mut inside = PgConnection::connect_with(&server.clone().database(&draft)).await?;
    MIGRATOR.run_direct(None, &mut inside, false).await?;
    inside.execute(ADMIT).await?;
    inside.close().await?;
    // Its server process may still be on its way out, and a database with company cannot be renamed.
    let alone = format!(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{draft}'"
    );
    run(connection, alone).await?;
    run(
        connection,
        format!("ALTER DATABASE {draft} RENAME TO {name}"),
    )
    .await
}

async fn exists(connection: &mut PgConnection, name: &str) -> anyhow::Result<bool> {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(connection)
        .await?;
    Ok(found)
}

async fn run(connection: &mut PgConnection, statement: String) -> anyhow::Result<()> {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(statement)))
        .await?;
    Ok(())
}

/// Another number for every other schema.
fn version() -> u64 {
    let mut hasher = DefaultHasher::new();
    for migration in MIGRATOR.iter() {
        migration.version.hash(&mut hasher);
        migration.checksum.hash(&mut hasher);
    }
    ADMIT.hash(&mut hasher);
    hasher.finish()
}
