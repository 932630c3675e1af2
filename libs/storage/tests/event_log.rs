//! The archive of events in a real Postgres: each event once, days made and dropped, pages that cost the same however long
//! the archive is.

#![cfg(test)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use mosaic_bus::EventFilter;
use mosaic_domain::{JobId, Scope, UserId, WorkspaceId};
use mosaic_proto::envelope::Envelope;
use mosaic_storage::{EventLogList, EventLogOrder, EventLogPage, Purpose, Storage, StorageOptions};
use mosaic_testkit::TestDatabase;
use uuid::Uuid;

const PARTITIONS: &str = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'event_log'::regclass";

async fn record(connections: u32) -> (TestDatabase, Storage) {
    let database = TestDatabase::migrated().await.unwrap();
    let storage = Storage::connect(&StorageOptions {
        url: database.url().clone(),
        max_connections: connections,
        connect_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(30),
        application: "test".to_owned(),
    })
    .await
    .unwrap();
    (database, storage)
}

fn workspace(number: u128) -> Scope {
    Scope {
        workspace_id: WorkspaceId::new(Uuid::from_u128(number)),
        user_id: UserId::new(Uuid::from_u128(number)),
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn event(scope: Scope, type_name: &str, subject: &str, time: DateTime<Utc>) -> Envelope {
    Envelope {
        id: JobId::new(Uuid::now_v7()),
        type_name: type_name.to_owned(),
        source: "gateway".to_owned(),
        subject: subject.to_owned(),
        time,
        workspace_id: scope.workspace_id,
        actor: "user/1".to_owned(),
        traceparent: Some("00-1-2-01".to_owned()),
        data: r#"{"z":1,"a":"ü"}"#.to_owned(),
    }
}

/// All pages of a list, the number of pages beside them.
async fn all(storage: &Storage, scope: Scope, mut list: EventLogList) -> (Vec<Envelope>, usize) {
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = storage.event_log(scope, &list).await.unwrap();
        pages += 1;
        let full = page.len() == list.limit as usize;
        list.after = page.last().map(|last| EventLogPage {
            time: last.time,
            id: last.id,
        });
        found.extend(page);
        if !full {
            return (found, pages);
        }
    }
}

#[tokio::test]
async fn an_event_that_is_archived_again_is_there_once_and_as_it_was() {
    let (database, storage) = record(4).await;
    let scope = workspace(1);
    let time = at("2026-01-31T08:00:00.123Z");
    let first = event(scope, "message.created", "conversation/1", time);
    let second = event(scope, "memory.saved", "memory/1", time);
    assert_eq!(storage.archive_events(&[&first, &first]).await.unwrap(), 1);
    let both = [&first, &second];
    assert_eq!(storage.archive_events(&both).await.unwrap(), 1);
    assert_eq!(storage.archive_events(&both).await.unwrap(), 0);
    assert_eq!(storage.archive_events(&[]).await.unwrap(), 0);
    let list = EventLogList {
        order: EventLogOrder::OldestFirst,
        limit: 10,
        ..EventLogList::default()
    };
    let (found, _) = all(&storage, scope, list).await;
    assert_eq!(found, [first, second]);
    assert_eq!(database.number(PARTITIONS).await.unwrap(), 1);
}

#[tokio::test]
async fn several_who_archive_the_same_events_of_days_without_partitions_archive_each_once() {
    let (database, storage) = record(8).await;
    let scope = workspace(1);
    let start = at("2026-01-01T12:00:00Z");
    let events: Vec<Envelope> = (0..200)
        .map(|n| event(scope, "run.done", "run/1", start + TimeDelta::hours(n)))
        .collect();
    let forwards: Vec<&Envelope> = events.iter().collect();
    let backwards: Vec<&Envelope> = events.iter().rev().collect();
    let (a, b, c, d) = tokio::join!(
        storage.archive_events(&forwards),
        storage.archive_events(&backwards),
        storage.archive_events(&forwards),
        storage.archive_events(&backwards),
    );
    let new = [a, b, c, d].map(Result::unwrap);
    assert_eq!(new.iter().sum::<u64>(), 200, "{new:?}");
    let rows = database.number("SELECT count(*) FROM event_log").await;
    assert_eq!(rows.unwrap(), 200);
    let days: BTreeSet<NaiveDate> = events.iter().map(|e| e.time.date_naive()).collect();
    let partitions = database.number(PARTITIONS).await.unwrap();
    assert_eq!(partitions, i64::try_from(days.len()).unwrap());
}

#[tokio::test]
async fn days_are_made_once_and_old_ones_are_dropped_as_a_whole() {
    let (database, storage) = record(2).await;
    let first = at("2026-02-26T00:00:00Z").date_naive();
    let days: Vec<NaiveDate> = first.iter_days().take(5).collect();
    assert_eq!(storage.make_event_days(&days).await.unwrap(), 5);
    assert_eq!(storage.make_event_days(&days).await.unwrap(), 0);
    let scope = workspace(1);
    let events: Vec<Envelope> = days
        .iter()
        .map(|day| {
            event(
                scope,
                "a.b",
                "c/1",
                day.and_hms_opt(23, 59, 59).unwrap().and_utc(),
            )
        })
        .collect();
    let events: Vec<&Envelope> = events.iter().collect();
    assert_eq!(storage.archive_events(&events).await.unwrap(), 5);

    let before = first + Days::new(3);
    assert_eq!(storage.drop_event_days(before).await.unwrap(), 3);
    assert_eq!(storage.drop_event_days(before).await.unwrap(), 0);
    let left = "SELECT count(*) FROM event_log WHERE time >= '2026-03-01T00:00:00Z'";
    assert_eq!(database.number(left).await.unwrap(), 2);
    let rows = database.number("SELECT count(*) FROM event_log").await;
    assert_eq!(rows.unwrap(), 2);
    assert_eq!(database.number(PARTITIONS).await.unwrap(), 2);
}

#[tokio::test]
async fn a_drop_does_not_hold_up_the_archive_behind_a_reader_that_hangs() {
    let (database, storage) = record(2).await;
    let day = at("2026-02-26T00:00:00Z").date_naive();
    storage.make_event_days(&[day]).await.unwrap();
    let reader = database
        .hold("SELECT count(*) FROM event_log")
        .await
        .unwrap();
    let began = Instant::now();
    let refused = storage.drop_event_days(day + Days::new(1)).await;
    assert!(refused.unwrap_err().is_transient());
    assert!(began.elapsed() < Duration::from_secs(3));
    // A new day does not wait for anybody.
    let next = storage.make_event_days(&[day + Days::new(1)]).await;
    assert_eq!(next.unwrap(), 1);
    drop(reader);
    let mut dropped = storage.drop_event_days(day + Days::new(1)).await;
    while dropped
        .as_ref()
        .is_err_and(mosaic_storage::Error::is_transient)
    {
        dropped = storage.drop_event_days(day + Days::new(1)).await;
    }
    assert_eq!(dropped.unwrap(), 1);
}

#[tokio::test]
async fn what_postgres_cannot_store_is_told_apart_from_a_postgres_that_cannot_store() {
    let (database, storage) = record(2).await;
    let scope = workspace(1);
    let good = event(scope, "a.b", "c/1", at("2026-01-31T08:00:00Z"));
    let bad = [
        Envelope {
            data: "{".to_owned(),
            ..good.clone()
        },
        Envelope {
            subject: "a\0b".to_owned(),
            ..good.clone()
        },
    ];
    for bad in &bad {
        let error = storage.archive_events(&[&good, bad]).await.unwrap_err();
        assert!(error.refuses_data() && !error.is_transient(), "{error}");
    }
    let rename = "ALTER TABLE event_log RENAME TO elsewhere";
    database.execute(rename).await.unwrap();
    let error = storage.archive_events(&[&good]).await.unwrap_err();
    assert!(!error.refuses_data(), "{error}");
}

#[tokio::test]
async fn pages_go_both_ways_through_what_was_asked_for_and_nothing_else() {
    let (_database, storage) = record(2).await;
    let (mine, theirs) = (workspace(1), workspace(2));
    let start = at("2026-01-30T23:59:00Z");
    let mut events = Vec::new();
    for n in 0..60 {
        // Three of each time, over midnight.
        let time = start + TimeDelta::seconds(n / 3 * 10);
        let (kind, subject) = match n % 4 {
            0 => ("message.created", format!("conversation/{}", n % 8)),
            1 => ("message.edited", "conversation/9".to_owned()),
            2 => ("messages.moved", "folder/1".to_owned()),
            _ => ("memory.saved", "memory/1".to_owned()),
        };
        events.push(event(mine, kind, &subject, time));
    }
    let secret = event(theirs, "message.created", "conversation/0", start);
    let every: Vec<&Envelope> = events.iter().chain([&secret]).collect();
    storage.archive_events(&every).await.unwrap();
    events.sort_by_key(|event| (event.time, event.id));

    let list = |kind: Option<&str>, subject: Option<&str>| EventLogList {
        filter: EventFilter {
            type_name: kind.map(str::to_owned),
            subject: subject.map(str::to_owned),
        },
        order: EventLogOrder::OldestFirst,
        limit: 7,
        ..EventLogList::default()
    };
    let (found, pages) = all(&storage, mine, list(None, None)).await;
    assert_eq!(found, events);
    assert_eq!(pages, 9);
    let newest = EventLogList {
        order: EventLogOrder::NewestFirst,
        ..list(None, None)
    };
    let (mut found, _) = all(&storage, mine, newest).await;
    found.reverse();
    assert_eq!(found, events);

    for (kind, subject) in [
        (Some("message.created"), None),
        (Some("message.*"), None),
        (Some("*"), None),
        (None, Some("conversation/*")),
        (None, Some("conversation/4")),
        (Some("message.*"), Some("conversation/9")),
        (Some("message"), None),
        (Some("m%"), None),
    ] {
        let wanted = list(kind, subject);
        let expected = events.iter().filter(|event| wanted.filter.matches(event));
        let expected: Vec<Envelope> = expected.cloned().collect();
        let (found, _) = all(&storage, mine, wanted).await;
        assert_eq!(found, expected, "{kind:?} {subject:?}");
    }

    let (since, until) = (events[30].time, events[45].time);
    let between = EventLogList {
        since: Some(since),
        until: Some(until),
        ..list(None, None)
    };
    let (found, _) = all(&storage, mine, between).await;
    let expected = events.iter().filter(|e| since <= e.time && e.time < until);
    assert_eq!(found, expected.cloned().collect::<Vec<_>>());
    let (found, _) = all(&storage, theirs, list(None, None)).await;
    assert_eq!(found, [secret]);
    let (found, _) = all(&storage, workspace(3), list(None, None)).await;
    assert!(found.is_empty());
}

/// Rows read through indexes, days looked at, and days read as a whole, since the last time this was asked.
async fn cost(database: &TestDatabase, storage: &Storage) -> [i64; 3] {
    for statement in ["SELECT pg_stat_force_next_flush()", "SELECT 1"] {
        let mut tx = storage.system(Purpose::Archive).read().await.unwrap();
        sqlx::query(statement).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
    let measure = async |what: &str| {
        let query = format!(
            "SELECT coalesce(sum({what}), 0)::bigint FROM pg_stat_user_tables
             WHERE relname ~ '^event_log_[0-9]'"
        );
        database.number(&query).await.unwrap()
    };
    let cost = [
        measure("idx_tup_fetch").await,
        measure("(idx_scan > 0)::int").await,
        measure("seq_scan").await,
    ];
    database
        .execute("SELECT pg_stat_reset_single_table_counters(oid) FROM pg_class WHERE relname ~ '^event_log_[0-9]'")
        .await
        .unwrap();
    cost
}

/// Days of so many events each, from the first of January on, of two workspaces; one in a thousand is rare.
async fn fill(database: &TestDatabase, days: u32, a_day: u32) {
    database
        .execute(&format!(
            "SELECT event_log_make_day(date '2026-01-01' + n) FROM generate_series(0, {days} - 1) AS n;
             INSERT INTO event_log (id, time, workspace_id, type, source, subject, actor, data)
             SELECT gen_random_uuid(), '2026-01-01T00:00:00Z'::timestamptz
                        + n * (interval '1 day' / {a_day}),
                    ('00000000-0000-0000-0000-00000000000' || 1 + n % 2)::uuid,
                    CASE WHEN n % 1000 = 0 THEN 'rare.thing' ELSE 'message.created' END, 'gateway',
                    'conversation/' || n % 50, 'user/1', '{{\"characters\": 3}}'
             FROM generate_series(0, {days} * {a_day} - 1) AS n;
             ANALYZE event_log;"
        ))
        .await
        .unwrap();
}

#[tokio::test]
async fn ten_times_the_events_cost_no_more_rows_and_no_more_days_a_page() {
    let mut costs = Vec::new();
    for (days, a_day) in [(4, 1_000), (40, 1_000), (4, 10_000)] {
        let (database, storage) = record(1).await;
        fill(&database, days, a_day).await;
        cost(&database, &storage).await;
        let scope = workspace(1);
        let mut of_lists = Vec::new();
        let middle = at("2026-01-02T12:00:00Z");
        for (kind, subject, order) in [
            (None, None, EventLogOrder::NewestFirst),
            (None, None, EventLogOrder::OldestFirst),
            (Some("message.created"), None, EventLogOrder::NewestFirst),
            (Some("message.*"), None, EventLogOrder::NewestFirst),
            (None, Some("conversation/8"), EventLogOrder::OldestFirst),
        ] {
            let list = EventLogList {
                filter: EventFilter {
                    type_name: kind.map(str::to_owned),
                    subject: subject.map(str::to_owned),
                },
                order,
                after: Some(EventLogPage {
                    time: middle,
                    id: JobId::new(Uuid::nil()),
                }),
                limit: 20,
                ..EventLogList::default()
            };
            // More often than it takes Postgres to think of a plan for all values.
            for _ in 0..8 {
                let page = storage.event_log(scope, &list).await.unwrap();
                assert_eq!(page.len(), 20, "{list:?}");
            }
            of_lists.push((list, cost(&database, &storage).await));
        }
        costs.push(of_lists);
    }
    let (small, larger) = costs.split_first().expect("three sizes");
    for ((list, small), (_, large)) in larger.iter().flat_map(|large| small.iter().zip(large)) {
        let (filter, order) = (&list.filter, list.order);
        eprintln!("{filter:?} {order:?}: {small:?}, ten times: {large:?}");
        let costs = format!("{small:?} {large:?} {list:?}");
        assert_eq!(large[2], 0, "no day is read as a whole: {costs}");
        assert!(large[0] <= small[0] * 3 / 2, "rows: {costs}");
        assert!(large[1] <= small[1].max(2), "days: {costs}");
    }
}

#[tokio::test]
async fn a_rare_type_is_found_without_reading_the_others() {
    let (database, storage) = record(1).await;
    fill(&database, 20, 1_000).await;
    cost(&database, &storage).await;
    let list = EventLogList {
        filter: EventFilter {
            type_name: Some("rare.thing".to_owned()),
            subject: None,
        },
        limit: 100,
        ..EventLogList::default()
    };
    let page = storage.event_log(workspace(1), &list).await.unwrap();
    assert_eq!(page.len(), 20);
    let [rows, _, whole] = cost(&database, &storage).await;
    assert!(
        rows <= 40 && whole == 0,
        "{rows} rows, {whole} days as a whole"
    );
}
