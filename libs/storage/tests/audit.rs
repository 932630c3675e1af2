//! The audit log in a real Postgres: what is refused again and again is counted and not written again, and whoever looks for
//! something finds it.

#![cfg(test)]

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::{Scope, UserId};
use mosaic_storage::{
    Actor, AuditEntry, AuditFilter, AuditOutcome, NewAdmin, NewAudit, Storage, StorageOptions,
};
use mosaic_testkit::TestDatabase;
use tokio::task::JoinSet;
use uuid::Uuid;

struct Stage {
    storage: Storage,
    scope: Scope,
    database: TestDatabase,
}

impl Stage {
    async fn set() -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        let storage = Storage::connect(&StorageOptions {
            url: database.url().clone(),
            max_connections: 4,
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
            application: "test".to_owned(),
        })
        .await
        .unwrap();
        let new = NewAdmin {
            user_id: Uuid::now_v7().into(),
            name: "Ada".to_owned(),
            workspace_id: Uuid::now_v7().into(),
            workspace: "Hers".to_owned(),
            token_id: Uuid::now_v7().into(),
            token_hash: [1; 32],
        };
        let scope = storage.create_member(&new).await.unwrap().scope;
        let stage = Self {
            storage,
            scope,
            database,
        };
        stage.early_in_a_minute().await;
        stage
    }

    /// What is alike is so within a minute of the clock.
    async fn early_in_a_minute(&self) {
        let second = "SELECT floor(extract(second FROM clock_timestamp()))::bigint";
        while self.database.number(second).await.unwrap() >= 50 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    fn ada(&self) -> Actor {
        Actor {
            workspace_id: self.scope.workspace_id,
            user_id: Some(self.scope.user_id),
            name: "Ada".to_owned(),
            address: Some(IpAddr::from([10, 0, 0, 1])),
        }
    }

    fn stranger(&self, address: &str) -> Actor {
        Actor {
            user_id: None,
            name: "somebody".to_owned(),
            address: Some(address.parse().unwrap()),
            ..self.ada()
        }
    }

    async fn note(&self, by: &Actor, what: &str, target: &str, outcome: AuditOutcome) {
        let entry = NewAudit {
            by,
            action: what,
            target: ("run", target.to_owned()),
            reason: None,
            outcome,
        };
        self.storage.audit(&entry).await.unwrap();
    }

    /// The oldest first.
    async fn log(&self, filter: AuditFilter<'_>) -> Vec<AuditEntry> {
        let workspace = self.scope.workspace_id;
        let log = self.storage.audit_log(workspace, &filter, 100).await;
        log.unwrap().into_iter().rev().collect()
    }

    async fn told(&self) -> Vec<(String, i64)> {
        let log = self.log(AuditFilter::default()).await;
        let told = |entry: AuditEntry| (entry.target_id, entry.repeated);
        log.into_iter().map(told).collect()
    }
}

fn row(target: &str, repeated: i64) -> (String, i64) {
    (target.to_owned(), repeated)
}

#[tokio::test]
async fn what_somebody_is_refused_again_and_again_is_one_row_that_counts() {
    let stage = Stage::set().await;
    let ada = stage.ada();
    for _ in 0..50 {
        stage
            .note(&ada, "run.kill", "7", AuditOutcome::Denied)
            .await;
    }
    let log = stage.log(AuditFilter::default()).await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].repeated, 50);
    assert!(log[0].last_at > Some(log[0].at));
    stage
        .note(&ada, "run.kill", "7", AuditOutcome::Refused)
        .await;
    stage
        .note(&ada, "run.stop", "7", AuditOutcome::Denied)
        .await;
    stage
        .note(&ada, "run.kill", "8", AuditOutcome::Denied)
        .await;
    let expected = [row("7", 50), row("7", 1), row("7", 1), row("8", 1)];
    assert_eq!(stage.told().await, expected);
    let log = stage.log(AuditFilter::default()).await;
    assert_eq!(log[1].last_at, None);
}

#[tokio::test]
async fn refusals_at_the_same_moment_are_one_row() {
    let stage = Stage::set().await;
    let mut tasks = JoinSet::new();
    for _ in 0..30 {
        let (storage, by) = (stage.storage.clone(), stage.ada());
        tasks.spawn(async move {
            let entry = NewAudit {
                by: &by,
                action: "run.kill",
                target: ("run", "7".to_owned()),
                reason: None,
                outcome: AuditOutcome::Denied,
            };
            storage.audit_times(&entry, 2).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(stage.told().await, [row("7", 60)]);
}

#[tokio::test]
async fn targets_that_are_made_up_fill_a_few_rows_and_no_more() {
    let stage = Stage::set().await;
    let ada = stage.ada();
    for _ in 0..2 {
        for target in 0..60 {
            let target = target.to_string();
            stage
                .note(&ada, "run.kill", &target, AuditOutcome::Denied)
                .await;
        }
    }
    let told = stage.told().await;
    let mut expected: Vec<_> = (0..20).map(|target| row(&target.to_string(), 2)).collect();
    expected.push(row("*", 80));
    assert_eq!(told, expected);
}

#[tokio::test]
async fn strangers_are_told_apart_by_their_networks() {
    let stage = Stage::set().await;
    for address in [
        "2001:db8::1",
        "2001:db8::2",
        "2001:db8:0:1::1",
        "10.0.0.2",
        "::ffff:10.0.0.2",
        "10.0.0.3",
    ] {
        let by = stage.stranger(address);
        stage
            .note(&by, "session.refused", "7", AuditOutcome::Denied)
            .await;
    }
    let log = stage.log(AuditFilter::default()).await;
    let told: Vec<_> = log
        .iter()
        .map(|entry| (entry.address.as_deref().unwrap(), entry.repeated))
        .collect();
    let expected = [
        ("2001:db8::1", 2),
        ("2001:db8:0:1::1", 1),
        ("10.0.0.2", 2),
        ("10.0.0.3", 1),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_is_done_has_a_row_each_time() {
    let stage = Stage::set().await;
    for outcome in [
        AuditOutcome::Done,
        AuditOutcome::Requested,
        AuditOutcome::Unchanged,
        AuditOutcome::Failed,
    ] {
        for _ in 0..2 {
            stage.note(&stage.ada(), "run.stop", "7", outcome).await;
        }
    }
    assert_eq!(stage.told().await, vec![row("7", 1); 8]);
}

#[tokio::test]
async fn a_new_minute_begins_a_new_row() {
    let stage = Stage::set().await;
    let (ada, by) = (stage.scope.user_id, stage.ada());
    stage.note(&by, "run.kill", "7", AuditOutcome::Denied).await;
    let earlier = format!(
        "UPDATE audit_repeats SET minute = minute - interval '1 minute' WHERE actor_id = '{ada}'"
    );
    stage.database.execute(&earlier).await.unwrap();
    stage.note(&by, "run.kill", "7", AuditOutcome::Denied).await;
    assert_eq!(stage.told().await, [row("7", 1), row("7", 1)]);
}

/// Rows of known times; the n-th at n minutes past noon.
async fn history(stage: &Stage) {
    let (workspace, ada) = (stage.scope.workspace_id, stage.scope.user_id);
    let bob = Uuid::from_u128(7);
    for (minute, who, name, action, outcome) in [
        (0, ada.uuid(), "Ada", "run.kill", "done"),
        (1, ada.uuid(), "Ada", "token.create", "done"),
        (2, bob, "Bob", "run.kill", "denied"),
        (3, bob, "Bob", "run.stop", "done"),
        (4, bob, "Bobby", "run.kill", "denied"),
    ] {
        let insert = format!(
            "INSERT INTO audit_log (workspace_id, actor_id, actor, action, target_type, target_id, outcome, at)
             VALUES ('{workspace}', '{who}', '{name}', '{action}', 'x', '{minute}', '{outcome}', '2026-01-31T12:0{minute}:00Z')"
        );
        stage.database.execute(&insert).await.unwrap();
    }
    let elsewhere = Uuid::now_v7();
    let theirs = format!(
        "INSERT INTO audit_log (workspace_id, actor_id, actor, action, target_type, target_id, outcome, at)
         VALUES ('{elsewhere}', '{bob}', 'Bob', 'run.kill', 'x', 'theirs', 'denied', '2026-01-31T12:02:00Z')"
    );
    stage.database.execute(&theirs).await.unwrap();
}

#[tokio::test]
async fn whoever_looks_for_something_finds_that_and_nothing_else() {
    let stage = Stage::set().await;
    history(&stage).await;
    let at = |minute: u32| -> Option<DateTime<Utc>> {
        Some(format!("2026-01-31T12:0{minute}:00Z").parse().unwrap())
    };
    let bob = UserId::new(Uuid::from_u128(7));
    let any = AuditFilter::default();
    for (filter, expected) in [
        (any, "0 1 2 3 4"),
        (
            AuditFilter {
                actor_id: Some(bob),
                ..any
            },
            "2 3 4",
        ),
        (
            AuditFilter {
                actor: Some("bob"),
                ..any
            },
            "2 3",
        ),
        (
            AuditFilter {
                actor: Some("Bob%"),
                ..any
            },
            "",
        ),
        (
            AuditFilter {
                outcome: Some(AuditOutcome::Denied),
                ..any
            },
            "2 4",
        ),
        (
            AuditFilter {
                action: Some("run.*"),
                ..any
            },
            "0 2 3 4",
        ),
        (
            AuditFilter {
                action: Some("run.kill"),
                ..any
            },
            "0 2 4",
        ),
        (
            AuditFilter {
                since: at(2),
                ..any
            },
            "2 3 4",
        ),
        (
            AuditFilter {
                until: at(2),
                ..any
            },
            "0 1",
        ),
        (
            AuditFilter {
                since: at(1),
                until: at(4),
                ..any
            },
            "1 2 3",
        ),
        (
            AuditFilter {
                actor_id: Some(bob),
                action: Some("run.kill"),
                outcome: Some(AuditOutcome::Denied),
                since: at(3),
                ..any
            },
            "4",
        ),
    ] {
        let log = stage.log(filter).await;
        let found: Vec<_> = log.iter().map(|entry| &*entry.target_id).collect();
        assert_eq!(found.join(" "), expected, "{filter:?}");
    }
    let log = stage.log(any).await;
    let before = AuditFilter {
        before: Some(log[2].id),
        ..any
    };
    assert_eq!(stage.log(before).await.len(), 2);
}

#[tokio::test]
async fn what_was_last_repeated_since_then_is_found_although_it_began_before() {
    let stage = Stage::set().await;
    let by = stage.ada();
    stage.note(&by, "run.kill", "7", AuditOutcome::Denied).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let first = stage.log(AuditFilter::default()).await[0].at;
    let since = AuditFilter {
        since: Some(first + Duration::from_millis(1)),
        ..AuditFilter::default()
    };
    assert!(stage.log(since).await.is_empty());
    stage.note(&by, "run.kill", "7", AuditOutcome::Denied).await;
    assert_eq!(stage.log(since).await.len(), 1);
}
