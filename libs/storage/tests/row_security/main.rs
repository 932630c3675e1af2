//! The second wall by itself: statements without any scope of their own, on every table of the catalogue, as the role of
//! services. A table that is added without policies, or without rows in `rows.sql`, fails here.

#![cfg(test)]

use std::collections::BTreeMap;
use std::time::Duration;

use mosaic_domain::{Scope, UserId, WorkspaceId};
use mosaic_storage::{Purpose, Storage, StorageOptions, Tx};
use mosaic_testkit::TestDatabase;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection, Row as _,
};
use tokio::time::timeout;
use uuid::{Uuid, uuid};

const THEIRS: Uuid = uuid!("d0000000-0000-4000-8000-000000000001");
const ADA: Uuid = uuid!("a0000000-0000-4000-8000-000000000002");
/// What members of a workspace are shown of each other.
const SHOWN: [&str; 5] = [
    "channel_mappings",
    "memberships",
    "team_members",
    "teams",
    "users",
];
/// Where roles are, which nobody gives themselves.
const ROLES: [&str; 2] = ["memberships", "team_members"];
/// What is nobody's in particular, or for whoever looks after a workspace.
const NOBODYS: [&str; 11] = [
    "audit_log",
    "bus_lives",
    "channel_inbox",
    "event_log",
    "invitations",
    "memory_progress",
    "oidc_logins",
    "outbox",
    "queue_pauses",
    "schedules",
    "service_instances",
];

struct Walled {
    database: TestDatabase,
    storage: Storage,
    tables: Vec<String>,
}

impl Walled {
    async fn set() -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        database.execute(include_str!("rows.sql")).await.unwrap();
        let storage = connect(database.url().clone()).await;
        let all = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
                   WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
                     AND relname NOT IN ('_sqlx_migrations', 'schema_compatibility')";
        let all = database.text(all).await.unwrap();
        let tables = all.split(' ').map(str::to_owned).collect();
        Self {
            database,
            storage,
            tables,
        }
    }

    async fn ada(&self) -> Tx {
        let scope = Scope {
            workspace_id: WorkspaceId::new(THEIRS),
            user_id: UserId::new(ADA),
        };
        self.storage.scoped(&scope).await.unwrap()
    }

    /// The rows of every table as text, as the owner has them.
    async fn everything(&self, table: &str) -> Vec<String> {
        let mut owner = PgConnection::connect(self.database.owner_url().expose_secret())
            .await
            .unwrap();
        let rows = rows(&mut owner, table).await;
        owner.close().await.unwrap();
        rows
    }
}

async fn connect(url: SecretString) -> Storage {
    Storage::connect(&StorageOptions {
        url,
        max_connections: 2,
        connect_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
        application: "test".to_owned(),
    })
    .await
    .unwrap()
}

async fn rows(connection: &mut PgConnection, table: &str) -> Vec<String> {
    let query = format!("SELECT to_jsonb(t)::text FROM {table} t");
    sqlx::query_scalar(AssertSqlSafe(query))
        .fetch_all(connection)
        .await
        .unwrap()
}

/// The state with which Postgres refuses a statement, of which nothing remains.
async fn refusal(connection: &mut PgConnection, statement: &str) -> String {
    connection.execute("SAVEPOINT before").await.unwrap();
    let refused = connection
        .execute(AssertSqlSafe(statement.to_owned()))
        .await;
    connection.execute("ROLLBACK TO before").await.unwrap();
    match refused {
        Ok(done) => format!("done to {} rows", done.rows_affected()),
        Err(error) => error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .unwrap_or_default()
            .into_owned(),
    }
}

#[tokio::test]
async fn every_table_is_behind_the_wall_and_has_rows_in_this_test() {
    let walled = Walled::set().await;
    let open = "SELECT count(*) FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                  AND relname NOT IN ('_sqlx_migrations', 'schema_compatibility')
                  AND NOT (relrowsecurity AND relforcerowsecurity)";
    assert_eq!(walled.database.number(open).await.unwrap(), 0);
    for table in &walled.tables {
        assert!(!walled.everything(table).await.is_empty(), "{table}");
    }
}

#[tokio::test]
async fn a_person_sees_their_own_rows_alone_and_what_members_are_shown() {
    let walled = Walled::set().await;
    let mut tx = walled.ada().await;
    let mut seen = BTreeMap::new();
    for table in &walled.tables {
        let rows = rows(&mut tx, table).await;
        let strange = |row: &&String| {
            row.contains("c0000000-")
                || (row.contains("b0000000-") && !SHOWN.contains(&table.as_str()))
        };
        assert_eq!(rows.iter().find(strange), None, "{table}");
        seen.insert(table.as_str(), rows.len());
    }
    for (table, count) in seen {
        let expected = match table {
            _ if SHOWN.contains(&table) => 2,
            _ if NOBODYS.contains(&table) => 0,
            _ => 1,
        };
        assert_eq!(count, expected, "{table}");
    }
}

#[tokio::test]
async fn whoever_looks_after_a_workspace_sees_nothing_of_another() {
    let walled = Walled::set().await;
    let mut tx = walled
        .storage
        .within(WorkspaceId::new(THEIRS))
        .await
        .unwrap();
    for table in &walled.tables {
        for row in rows(&mut tx, table).await {
            assert!(!row.contains("c0000000-"), "{table}: {row}");
        }
    }
    assert_eq!(rows(&mut tx, "runs").await.len(), 2);
    assert_eq!(rows(&mut tx, "audit_log").await.len(), 2);
}

#[tokio::test]
async fn whoever_does_not_say_for_whom_they_ask_sees_nothing_also_where_it_was_said_before() {
    let walled = Walled::set().await;
    let mut connection = PgConnection::connect(walled.database.url().expose_secret())
        .await
        .unwrap();
    for _ in 0..2 {
        for table in &walled.tables {
            assert!(rows(&mut connection, table).await.is_empty(), "{table}");
        }
        let said = "BEGIN; SET LOCAL mosaic.purpose = 'worker'; COMMIT";
        connection.execute(said).await.unwrap();
    }
    let mut tx = walled.storage.system(Purpose::Schema).await.unwrap();
    for table in &walled.tables {
        assert!(rows(&mut tx, table).await.is_empty(), "{table}");
    }
}

#[tokio::test]
async fn who_goes_away_while_a_transaction_begins_leaves_nothing_of_it_to_the_next() {
    let walled = Walled::set().await;
    let foreign = "SELECT concat(current_setting('mosaic.purpose', true), current_setting('mosaic.outbox', true),
                                 current_setting('transaction_read_only'))";
    for _ in 0..50 {
        let begins = walled.storage.system(Purpose::Installation).with_outbox();
        // Asked once, which sends the message, and not waited for.
        drop(timeout(Duration::ZERO, begins.read()).await);
        let mut tx = walled.ada().await;
        assert_eq!(rows(&mut tx, "runs").await.len(), 1);
        let left: String = sqlx::query_scalar(foreign)
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(left, "off");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn nobody_changes_removes_or_adds_rows_of_others() {
    let walled = Walled::set().await;
    let mut tx = walled.ada().await;
    for table in &walled.tables {
        let query = format!(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name = '{table}'
               AND is_generated = 'NEVER' AND identity_generation IS NULL"
        );
        let columns = walled.database.text(&query).await.unwrap();
        for row in walled.everything(table).await {
            // What is told in the audit log of one's own workspace is no row of anybody.
            let hers =
                row.contains("a0000000-") || (table == "audit_log" && row.contains("d0000000-"));
            if hers && !NOBODYS[1..].contains(&table.as_str()) {
                continue;
            }
            let row = row.replace('\'', "''");
            let added = format!(
                "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, '{row}')"
            );
            assert_eq!(refusal(&mut tx, &added).await, "42501", "{table}: {row}");
        }
        let hers =
            format!("SELECT count(*) FROM {table} t WHERE to_jsonb(t)::text LIKE '%a0000000-%'");
        let hers: i64 = sqlx::query(AssertSqlSafe(hers))
            .fetch_one(&mut *tx)
            .await
            .unwrap()
            .get(0);
        let some = columns.split(", ").next().unwrap();
        for statement in [
            format!("UPDATE {table} SET {some} = {some}"),
            format!("DELETE FROM {table}"),
        ] {
            let done = refusal(&mut tx, &statement).await;
            let allowed = (0..=hers).map(|n| format!("done to {n} rows"));
            let kept = table.starts_with("audit_") || ROLES.contains(&table.as_str());
            let refused = done == "42501" && kept;
            assert!(
                refused || allowed.clone().any(|told| told == done),
                "{statement}: {done}"
            );
        }
    }
}

#[tokio::test]
async fn nobody_gives_themselves_a_role() {
    let walled = Walled::set().await;
    let mut tx = walled.ada().await;
    for table in ROLES {
        let statement = format!("UPDATE {table} SET role = 'owner'");
        assert_eq!(refusal(&mut tx, &statement).await, "42501", "{table}");
    }
    // To look at one's own, and to hold it as it is, is another matter.
    let held = format!("SELECT role FROM memberships WHERE user_id = '{ADA}' FOR NO KEY UPDATE");
    assert_eq!(refusal(&mut tx, &held).await, "done to 1 rows");
}

#[tokio::test]
async fn the_role_of_services_can_neither_lower_the_wall_nor_rewrite_what_was_done() {
    let walled = Walled::set().await;
    let role = walled.storage.role().await.unwrap();
    assert_eq!(role.unbound(), None);
    let mut tx = walled
        .storage
        .within(WorkspaceId::new(THEIRS))
        .await
        .unwrap();
    for statement in [
        "ALTER TABLE runs DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE runs NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY own ON runs",
        "CREATE POLICY more ON runs USING (true)",
        "DROP TRIGGER audit_log_append_only ON audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "UPDATE audit_log SET actor = 'x'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "DELETE FROM audit_repeats",
        "SET LOCAL session_replication_role = 'replica'",
        "SET LOCAL row_security = off; SELECT * FROM runs",
        "SELECT * FROM event_log_20260101",
        "CREATE TABLE mine (x integer)",
        "SELECT mosaic_grant('mosaic_test_services')",
        "UPDATE schema_compatibility SET oldest_code = 1",
    ] {
        let batch = sqlx::raw_sql(statement);
        (&mut *tx).execute("SAVEPOINT before").await.unwrap();
        let refused = (&mut *tx).execute(batch).await.unwrap_err();
        (&mut *tx).execute("ROLLBACK TO before").await.unwrap();
        let code = refused
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn a_role_that_can_act_as_one_past_the_wall_is_not_bound_either() {
    let database = TestDatabase::create().await.unwrap();
    let name = database.name();
    let make = format!(
        "CREATE ROLE {name}_past BYPASSRLS; CREATE ROLE {name}_in LOGIN PASSWORD 'in'; GRANT {name}_past TO {name}_in"
    );
    database.execute(&make).await.unwrap();
    let options: PgConnectOptions = database.owner_url().expose_secret().parse().unwrap();
    let options = options.username(&format!("{name}_in")).password("in");
    let storage = connect(options.to_url_lossy().to_string().into()).await;
    let role = storage.role().await.unwrap();
    storage.close().await;
    let remove = format!("DROP ROLE {name}_in; DROP ROLE {name}_past");
    database.execute(&remove).await.unwrap();
    let why = role.unbound().unwrap_or_default();
    assert!(why.contains("BYPASSRLS"), "{role:?}");
}

#[tokio::test]
async fn every_purpose_is_known_to_a_policy_and_the_policies_know_no_other() {
    let database = TestDatabase::migrated().await.unwrap();
    let known = "SELECT string_agg(DISTINCT word, ' ' ORDER BY word)
                 FROM pg_policies,
                      regexp_matches(coalesce(qual, '') || coalesce(with_check, ''), '''\\{([a-z,]+)\\}''', 'g') AS list,
                      string_to_table(list[1], ',') AS word";
    let known = database.text(known).await.unwrap();
    let mut names: Vec<_> = Purpose::ALL
        .iter()
        .map(|purpose| purpose.as_str())
        .collect();
    names.retain(|name| *name != Purpose::Schema.as_str());
    names.sort_unstable();
    assert_eq!(known, names.join(" "));
}

#[tokio::test]
async fn statements_find_their_rows_by_the_indexes_all_the_same() {
    let walled = Walled::set().await;
    for (query, index) in [
        ("SELECT FROM api_tokens WHERE token_hash = '\\x00'", "api_tokens_token_hash_key"),
        ("SELECT FROM runs WHERE id = gen_random_uuid()", "runs_pkey"),
        (
            "SELECT FROM conversations WHERE workspace_id = gen_random_uuid() AND owner_id = gen_random_uuid()
             ORDER BY updated_at DESC, id DESC LIMIT 5",
            "conversations_by_owner",
        ),
        (
            "SELECT FROM messages WHERE conversation_id = gen_random_uuid() AND seq > 3 ORDER BY seq LIMIT 5",
            "messages_conversation_id_seq_key",
        ),
        ("SELECT FROM users WHERE email_key = lower('A@example.com')", "users_by_email"),
        ("SELECT FROM run_log WHERE run_id = gen_random_uuid() ORDER BY first_seq LIMIT 16", "run_log_pkey"),
    ] {
        let mut tx = walled.ada().await;
        (&mut *tx).execute("SET LOCAL enable_seqscan = off").await.unwrap();
        let query = query.replace("gen_random_uuid()", "'a0000000-0000-4000-8000-000000000011'");
        let explain = format!("EXPLAIN (FORMAT JSON) {query}");
        let plan: serde_json::Value = sqlx::query_scalar(AssertSqlSafe(explain)).fetch_one(&mut *tx).await.unwrap();
        assert!(plan.to_string().contains(index), "{query}: {plan}");
    }
}

/// The server writes down what failed and where, and what it tells us is the same.
#[tokio::test]
async fn a_role_that_cannot_be_made_leaves_its_password_in_no_log() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut owner = PgConnection::connect(database.owner_url().expose_secret())
        .await
        .unwrap();
    let reserved = "SELECT mosaic_make_role('pg_services', 's3cret')";
    let refused = owner.execute(reserved).await.unwrap_err();
    let told = format!("{:?}", refused.as_database_error().unwrap());
    assert!(told.contains("reserved"), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
    owner.close().await.unwrap();
}
