use std::time::Duration;

use mosaic_testkit::TestDatabase;
use serde_json::Value;

use super::program::{Said, run, start};

async fn migrated() -> TestDatabase {
    let database = TestDatabase::create().await.unwrap();
    let up = run(&database, &["up"]);
    assert_eq!(up.code, 0, "{up:?}");
    database
}

#[tokio::test]
async fn a_fresh_database_gets_every_migration_and_a_second_run_has_nothing_to_do() {
    let database = TestDatabase::create().await.unwrap();
    let plan = run(&database, &["plan"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(plan.out.starts_with("0001  pending   spine\n"), "{plan:?}");

    let up = run(&database, &["up"]);
    assert_eq!(up.code, 0, "{up:?}");
    assert!(up.out.starts_with("0001  applied   spine\n"), "{up:?}");

    let again = run(&database, &["up"]);
    assert_eq!((again.code, again.out.as_str()), (0, ""), "{again:?}");
    assert!(again.talk.contains("Nothing to do"), "{again:?}");
    let plan = run(&database, &["plan"]);
    assert_eq!((plan.code, plan.out.as_str()), (0, ""), "{plan:?}");
    let verify = run(&database, &["verify"]);
    assert_eq!(verify.code, 0, "{verify:?}");
}

#[tokio::test]
async fn status_tells_a_program_what_is_missing_and_that_nothing_is() {
    let database = TestDatabase::create().await.unwrap();
    let status = |said: Said| serde_json::from_str::<Value>(&said.out).unwrap();

    let before = status(run(&database, &["status", "--json"]));
    assert_eq!(before["works"], false);
    assert_eq!(before["newest_applied"], Value::Null);
    assert_eq!(before["migrations"][0]["state"], "pending");
    let problem = before["problem"].as_str().unwrap();
    assert!(problem.contains("mosaic-migrate up"), "{problem}");

    run(&database, &["up"]);
    let after = status(run(&database, &["status", "--json"]));
    assert_eq!(after["works"], true);
    assert_eq!(after["problem"], Value::Null);
    assert_eq!(after["migrations"][0]["state"], "applied");
}

#[tokio::test]
async fn an_empty_database_does_not_pass_verification() {
    let database = TestDatabase::create().await.unwrap();
    let verify = run(&database, &["verify"]);
    assert_eq!(verify.code, 3, "{verify:?}");
    assert!(verify.talk.contains("mosaic-migrate up"), "{verify:?}");
}

#[tokio::test]
async fn a_migration_whose_checksum_drifted_is_refused_by_everything_that_would_trust_it() {
    let database = migrated().await;
    let drift = "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 1";
    database.execute(drift).await.unwrap();
    for arguments in [
        &["up"][..],
        &["plan"],
        &["verify"],
        &["bootstrap"],
        &["token"],
    ] {
        let said = run(&database, arguments);
        assert_eq!(said.code, 3, "{arguments:?}: {said:?}");
        assert!(
            said.talk.contains("migration 1 (spine) is drifted"),
            "{said:?}"
        );
    }
    let status = run(&database, &["status"]);
    assert_eq!(status.code, 0, "{status:?}");
    assert!(status.out.contains("0001  drifted   spine"), "{status:?}");
}

#[tokio::test]
async fn an_unfinished_migration_is_refused() {
    let database = migrated().await;
    let unfinished = "UPDATE _sqlx_migrations SET success = false WHERE version = 1";
    database.execute(unfinished).await.unwrap();
    for arguments in [["up"], ["verify"]] {
        let said = run(&database, &arguments);
        assert_eq!(said.code, 3, "{said:?}");
        assert!(said.talk.contains("is dirty"), "{said:?}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_accepted_while_it_supports_this_version() {
    let database = migrated().await;
    database.execute(NEWER).await.unwrap();
    let up = run(&database, &["up"]);
    assert_eq!((up.code, up.out.as_str()), (0, ""), "{up:?}");
    let verify = run(&database, &["verify"]);
    assert_eq!(verify.code, 0, "{verify:?}");
    assert!(verify.out.contains("9999  unknown"), "{verify:?}");
    assert!(verify.talk.contains("newer release"), "{verify:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused_when_it_no_longer_supports_this_version() {
    let database = migrated().await;
    database.execute(NEWER).await.unwrap();
    let contract = "UPDATE schema_compatibility SET oldest_code = 9999";
    database.execute(contract).await.unwrap();
    for arguments in [["up"], ["plan"], ["verify"]] {
        let said = run(&database, &arguments);
        assert_eq!(said.code, 3, "{said:?}");
        assert!(said.talk.contains("upgrade this service"), "{said:?}");
    }
}

#[tokio::test]
async fn of_several_at_once_one_applies_and_all_succeed() {
    let database = TestDatabase::create().await.unwrap();
    let children: Vec<_> = (0..4).map(|_| start(&database, &["up"])).collect();
    for child in children {
        let said: Said = child.wait_with_output().unwrap().into();
        assert_eq!(said.code, 0, "{said:?}");
    }
    let twice = "SELECT count(*) - count(DISTINCT version) FROM _sqlx_migrations";
    assert_eq!(database.number(twice).await.unwrap(), 0);
    assert_eq!(run(&database, &["verify"]).code, 0);
}

/// As a later release would leave it.
const NEWER: &str = "
    INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (9999, 'of a later release', true, '\\x01', 1)";

#[tokio::test]
async fn up_waits_for_another_that_takes_longer_than_locks_are_waited_for() {
    let database = TestDatabase::create().await.unwrap();
    // What the other holds: a lock by the name of the database.
    let id = lock_of(database.name());
    let other = database
        .hold(&format!("SELECT pg_advisory_lock({id})"))
        .await
        .unwrap();
    let up = start(&database, &["up"]);
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                   WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";
    for _ in 0..100 {
        if database.number(waiting).await.unwrap() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(database.number(waiting).await.unwrap(), 1);
    tokio::time::sleep(Duration::from_secs(6)).await;
    drop(other);
    let up: Said = up.wait_with_output().unwrap().into();
    assert_eq!(up.code, 0, "{up:?}");
}

/// The key of the lock that migrators take: a constant times the CRC-32 of the database's name.
fn lock_of(name: &str) -> i64 {
    let mut crc = u32::MAX;
    for byte in name.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    0x3d32_ad9e * i64::from(!crc)
}
