//! The archive of events: everything published is there, once, whatever dies or is away meanwhile.

use std::time::Duration;

use anyhow::Context as _;
use mosaic_bus::{EventConsumer, EventConsumerOptions};
use mosaic_proto::envelope::Envelope;
use mosaic_proto::health::v1::DescribeRequest;
use mosaic_proto::health::v1::health_service_client::HealthServiceClient;
use mosaic_runtime::clock;
use mosaic_testkit::model_server::Script;
use mosaic_testkit::service::eventually;
use mosaic_testkit::{ServiceCaller, TestService};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::transport::Endpoint;

use super::stage::Stage;

const ROWS: &str = "SELECT count(*) FROM event_log";
const IDS: &str = "SELECT count(DISTINCT id) FROM event_log";
const DAY: Duration = Duration::from_hours(24);

fn event(stage: &Stage, type_name: &str) -> Envelope {
    Envelope {
        id: clock::id(),
        type_name: type_name.to_owned(),
        source: "gateway".to_owned(),
        subject: "thing/1".to_owned(),
        time: clock::now(),
        workspace_id: stage.scope.workspace_id,
        actor: "user/1".to_owned(),
        traceparent: None,
        data: "{}".to_owned(),
    }
}

fn events(stage: &Stage, count: usize) -> Vec<Envelope> {
    (0..count).map(|_| event(stage, "thing.done")).collect()
}

async fn stage() -> anyhow::Result<Stage> {
    Stage::set(Script::instant("unused")).await
}

/// Waits until so many events are archived, and none of them twice.
async fn archived(stage: &Stage, count: i64) -> anyhow::Result<()> {
    eventually(&format!("{count} archived events"), async || {
        let rows = stage.database.number(ROWS).await.ok()?;
        (rows >= count).then_some(())
    })
    .await?;
    assert_eq!(stage.database.number(ROWS).await?, count);
    assert_eq!(stage.database.number(IDS).await?, count);
    Ok(())
}

async fn counted(replica: &TestService, name: &str) -> anyhow::Result<u64> {
    let address = format!("http://{}", replica.addresses().grpc);
    let channel = Endpoint::from_shared(address)?.connect().await?;
    let gateway = ServiceCaller::new("gateway", "summarizer");
    let mut client = HealthServiceClient::with_interceptor(channel, gateway);
    let described = client.describe(DescribeRequest {}).await?.into_inner();
    Ok(described.counters.get(name).copied().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_domain_is_archived_by_any_replica_also_one_that_appears_later() -> anyhow::Result<()>
{
    let stage = stage().await?;
    // Longer ago than any replica runs.
    stage.bus.events().publish(&events(&stage, 700)).await?;
    let (first, second) = tokio::try_join!(stage.replica(|_| {}), stage.replica(|_| {}))?;
    archived(&stage, 700).await?;
    let later = [event(&stage, "weather.changed"), event(&stage, "tide.out")];
    stage.bus.events().publish(&later).await?;
    archived(&stage, 702).await?;
    let both =
        counted(&first, "events_archived").await? + counted(&second, "events_archived").await?;
    assert_eq!(both, 702);
    first.stop().await?;
    second.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_replica_held_when_it_died_before_and_after_the_insert_is_archived_once()
-> anyhow::Result<()> {
    let stage = stage().await?;
    let published = events(&stage, 300);
    stage.bus.events().publish(&published).await?;
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let options = EventConsumerOptions::new(&["thing"], "archiver", "died");
    let mut consumer = EventConsumer::open(&stage.bus, options, &tracker, &token);
    let mut held = Vec::new();
    while held.len() < published.len() {
        held.extend(consumer.next(500).await?);
    }
    let inserted: Vec<&Envelope> = held.iter().take(200).map(|one| &one.event).collect();
    assert_eq!(stage.storage.archive_events(&inserted).await?, 200);
    // Nothing of it was acknowledged, and nobody gives signs of life for it any more.
    drop((held, consumer));
    token.cancel();

    let replica = stage.replica(|_| {}).await?;
    archived(&stage, 300).await?;
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_events_wait_and_none_is_lost() -> anyhow::Result<()> {
    let stage = stage().await?;
    let replica = stage.replica(|_| {}).await?;
    stage.bus.events().publish(&events(&stage, 50)).await?;
    archived(&stage, 50).await?;
    stage.database.go_away().await?;
    stage.bus.events().publish(&events(&stage, 1_200)).await?;
    eventually("the archive says that it cannot", async || {
        let components = replica.life().readiness().components();
        let archive = components
            .into_iter()
            .find(|one| one.name == "event archive")?;
        archive.problem.map(|_| ())
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    stage.bus.events().publish(&events(&stage, 50)).await?;
    stage.database.come_back().await?;
    archived(&stage, 1_300).await?;
    replica.ready().await?;
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_made_ahead_old_ones_dropped_and_an_event_of_a_day_without_partition_is_kept()
-> anyhow::Result<()> {
    let stage = stage().await?;
    let old = "SELECT count(event_log_make_day((now() AT TIME ZONE 'UTC')::date - n))
               FROM generate_series(25, 60) AS n";
    assert_eq!(stage.database.number(old).await?, 36);
    let days = |days: u64| clock::now() - DAY * u32::try_from(days).unwrap_or_default();
    let of = |time| Envelope {
        time,
        ..event(&stage, "thing.done")
    };
    let kept = [
        of(days(0)),
        of(days(20)),
        of(days(28)),
        of(clock::now() + DAY * 5),
    ];
    let (ancient, future) = (of(days(31)), of(clock::now() + DAY * 400));
    stage.bus.events().publish(&kept).await?;
    stage.bus.events().publish(&[ancient, future]).await?;

    let replica = stage.replica(|_| {}).await?;
    archived(&stage, 4).await?;
    for (why, count) in [("old", 1), ("refused", 1)] {
        let name = format!("events_left_out.{why}");
        eventually(&name, async || {
            (counted(&replica, &name).await.ok()? == count).then_some(())
        })
        .await?;
    }
    // 25 to 30 days ago, 20 days ago, yesterday to in three days, in five days.
    let partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'event_log'::regclass";
    eventually("the partitions that are wanted and no others", async || {
        (stage.database.number(partitions).await.ok()? == 6 + 1 + 5 + 1).then_some(())
    })
    .await?;
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_postgres_cannot_store_is_a_dead_letter_and_holds_nobody_up() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut published = events(&stage, 40);
    published[7].data = "{".to_owned();
    published[23].subject = "thing/\0".to_owned();
    stage.bus.events().publish(&published).await?;
    let replica = stage.replica(|_| {}).await?;
    archived(&stage, 38).await?;
    assert_eq!(counted(&replica, "events_left_out.refused").await?, 2);
    let archived = stage
        .database
        .text("SELECT data::text FROM event_log LIMIT 1");
    assert_eq!(archived.await.context("a row")?, "{}");
    replica.stop().await
}
