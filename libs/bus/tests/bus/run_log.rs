use chrono::DateTime;
use mosaic_bus::{Append, Error, RunLogs};
use mosaic_domain::{Cursor, InstanceId, MessageId, RunEvent, RunId, Usage};
use mosaic_proto::log::{EventBody, LogEvent};
use uuid::Uuid;

use crate::support::{private, raw, shared};

fn delta(epoch: u32, seq: u32) -> LogEvent {
    let event = RunEvent::TextDelta {
        step: 1,
        text: format!("word {seq} \"ü\" \n"),
    };
    LogEvent::encode(Cursor::new(epoch, seq), &event, DateTime::UNIX_EPOCH).unwrap()
}

fn deltas(epoch: u32, seqs: std::ops::RangeInclusive<u32>) -> Vec<LogEvent> {
    seqs.map(|seq| delta(epoch, seq)).collect()
}

fn resumed(worker: u128, rewind_to: u32) -> EventBody {
    let event = RunEvent::Resumed {
        worker_id: InstanceId::new(Uuid::from_u128(worker)),
        rewind_to,
    };
    EventBody::encode(&event, DateTime::UNIX_EPOCH).unwrap()
}

fn run() -> RunId {
    RunId::new(Uuid::now_v7())
}

async fn cursors(logs: &RunLogs, run: RunId) -> Vec<String> {
    let events = logs.read(run, Cursor::START, 1000).await.unwrap();
    events
        .iter()
        .map(|event| event.cursor.to_string())
        .collect()
}

#[tokio::test]
async fn what_is_appended_is_read_back_in_order_after_any_cursor() {
    let test = shared().await;
    let (logs, run) = (test.bus.run_logs(), run());
    assert_eq!(logs.last(run).await.unwrap(), Cursor::START);
    let written = deltas(0, 1..=3);
    let append = logs.append(run, Cursor::START, &written).await.unwrap();
    assert_eq!(append, Append::Written);

    assert_eq!(logs.last(run).await.unwrap(), Cursor::new(0, 3));
    assert_eq!(cursors(&logs, run).await, ["0-1", "0-2", "0-3"]);
    let rest = logs.read(run, Cursor::new(0, 1), 1).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].cursor, Cursor::new(0, 2));
    assert_eq!(rest[0].body.data.get(), written[1].body.data.get());
    assert_eq!(rest[0].body.time, DateTime::UNIX_EPOCH);
}

#[tokio::test]
async fn an_append_repeated_after_a_lost_reply_writes_nothing_twice() {
    let test = shared().await;
    let (logs, run) = (test.bus.run_logs(), run());
    let batch = deltas(1, 1..=3);
    for _ in 0..2 {
        let append = logs.append(run, Cursor::START, &batch).await.unwrap();
        assert_eq!(append, Append::Written);
    }
    // The writer went on meanwhile, and an overlapping batch comes late.
    logs.append(run, Cursor::new(1, 3), &deltas(1, 4..=5))
        .await
        .unwrap();
    let late = logs.append(run, Cursor::START, &batch).await.unwrap();
    assert_eq!(late, Append::Written);
    let overlapping = logs
        .append(run, Cursor::new(1, 2), &deltas(1, 3..=7))
        .await
        .unwrap();
    assert_eq!(overlapping, Append::Written);
    assert_eq!(
        cursors(&logs, run).await,
        ["1-1", "1-2", "1-3", "1-4", "1-5", "1-6", "1-7"]
    );
}

#[tokio::test]
async fn a_worker_that_lost_its_claim_can_append_nothing() {
    let test = shared().await;
    let (logs, run) = (test.bus.run_logs(), run());
    logs.append(run, Cursor::START, &deltas(1, 1..=3))
        .await
        .unwrap();
    let taken = logs
        .take_over(run, 2, Cursor::new(1, 1), &resumed(2, 1))
        .await
        .unwrap();
    assert_eq!(taken.cursor, Cursor::new(2, 4));

    let zombie = logs
        .append(run, Cursor::new(1, 3), &deltas(1, 4..=5))
        .await
        .unwrap();
    assert_eq!(
        zombie,
        Append::Fenced {
            last: Cursor::new(2, 4)
        }
    );
    let late = logs
        .take_over(run, 1, Cursor::new(0, 1), &resumed(1, 1))
        .await
        .unwrap_err();
    assert!(matches!(late, Error::Fenced { last } if last == Cursor::new(2, 4)));
    assert_eq!(cursors(&logs, run).await, ["1-1", "1-2", "1-3", "2-4"]);
}

#[tokio::test]
async fn a_take_over_answers_what_the_lost_step_left_behind_and_bears_repetition() {
    let test = shared().await;
    let (logs, run) = (test.bus.run_logs(), run());
    logs.append(run, Cursor::START, &deltas(1, 1..=1200))
        .await
        .unwrap();
    for _ in 0..2 {
        let taken = logs
            .take_over(run, 2, Cursor::new(1, 4), &resumed(2, 4))
            .await
            .unwrap();
        assert_eq!(taken.cursor, Cursor::new(2, 1201));
        let orphans: Vec<u32> = taken.orphans.iter().map(|event| event.cursor.seq).collect();
        assert_eq!(orphans, (5..=1200).collect::<Vec<_>>());
    }
    let other = logs
        .take_over(run, 2, Cursor::new(1, 4), &resumed(3, 4))
        .await;
    assert!(
        matches!(other, Err(Error::Fenced { .. })),
        "the same epoch, another worker"
    );
}

#[tokio::test]
async fn a_take_over_of_a_lost_stream_goes_on_after_the_last_durable_event() {
    let test = shared().await;
    let (logs, run) = (test.bus.run_logs(), run());
    let taken = logs
        .take_over(run, 3, Cursor::new(2, 7), &resumed(1, 7))
        .await
        .unwrap();
    assert_eq!(taken.cursor, Cursor::new(3, 8));
    assert!(taken.orphans.is_empty());
    let append = logs
        .append(run, taken.cursor, &deltas(3, 9..=10))
        .await
        .unwrap();
    assert_eq!(append, Append::Written);
}

#[tokio::test]
async fn a_take_over_leaves_out_what_an_earlier_one_took_back_in_the_record_alone() {
    let test = shared().await;
    let (logs, run) = (test.bus.run_logs(), run());
    logs.append(run, Cursor::START, &deltas(1, 1..=9))
        .await
        .unwrap();
    // The second claim went on behind 1-1 without reaching the stream, and died.
    let floor = Cursor::new(2, 2);
    let taken = logs.take_over(run, 3, floor, &resumed(3, 2)).await.unwrap();
    assert_eq!(taken.cursor, Cursor::new(3, 3));
    assert!(taken.orphans.is_empty(), "{:?}", taken.orphans);
}

#[tokio::test]
async fn a_writer_learns_that_valkey_lost_the_log_and_writes_it_again() {
    let (test, mut valkey) = private().await;
    let (logs, run) = (test.bus.run_logs(), run());
    logs.append(run, Cursor::START, &deltas(1, 1..=3))
        .await
        .unwrap();
    valkey.wipe().await.unwrap();

    let append = logs
        .append(run, Cursor::new(1, 3), &deltas(1, 4..=4))
        .await
        .unwrap();
    assert_eq!(
        append,
        Append::Behind {
            last: Cursor::START
        }
    );
    let again = logs
        .append(run, Cursor::START, &deltas(1, 1..=4))
        .await
        .unwrap();
    assert_eq!(again, Append::Written);
    assert_eq!(cursors(&logs, run).await, ["1-1", "1-2", "1-3", "1-4"]);
}

#[tokio::test]
async fn the_first_worker_brings_the_event_that_the_gateway_could_not_publish() {
    let test = shared().await;
    let (logs, run) = (test.bus.run_logs(), run());
    let started = logs
        .append(run, Cursor::new(0, 1), &deltas(1, 2..=2))
        .await
        .unwrap();
    assert_eq!(
        started,
        Append::Behind {
            last: Cursor::START
        }
    );
    let both = [delta(0, 1), delta(1, 2)];
    let append = logs.append(run, Cursor::START, &both).await.unwrap();
    assert_eq!(append, Append::Written);
    let gateway = logs.append(run, Cursor::START, &both[..1]).await.unwrap();
    assert!(
        matches!(gateway, Append::Fenced { .. }),
        "it comes too late and changes nothing"
    );
    assert_eq!(cursors(&logs, run).await, ["0-1", "1-2"]);
}

#[tokio::test]
async fn a_log_lives_a_day_and_a_quarter_of_an_hour_once_its_run_has_ended() {
    let test = shared().await;
    let (logs, run) = (test.bus.run_logs(), run());
    let mut raw = raw(&test).await;
    let mut ttl = async || -> i64 {
        redis::cmd("PTTL")
            .arg(test.bus.keys().run(run))
            .query_async(&mut raw)
            .await
            .unwrap()
    };
    logs.append(run, Cursor::START, &deltas(1, 1..=1))
        .await
        .unwrap();
    assert!(ttl().await > 23 * 3_600_000);
    let end = RunEvent::Completed {
        message_id: MessageId::new(Uuid::nil()),
        content: String::new(),
        usage: Usage::default(),
    };
    let end = LogEvent::encode(Cursor::new(1, 2), &end, DateTime::UNIX_EPOCH).unwrap();
    logs.append(run, Cursor::new(1, 1), &[end]).await.unwrap();
    assert!((1..=15 * 60_000).contains(&ttl().await));
}
