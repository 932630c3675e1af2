//! What every service must show that consumes the events about messages and counts them.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use mosaic_bus::{Bus, BusOptions};
use mosaic_config::Config;
use mosaic_domain::{JobId, MessageId, WorkspaceId};
use mosaic_proto::envelope::Envelope;
use mosaic_proto::health::v1::health_service_client::HealthServiceClient;
use mosaic_proto::health::v1::{DescribeRequest, DescribeResponse};
use mosaic_runtime::{App, clock};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::caller::internal;
use crate::service::eventually;
use crate::{ServiceCaller, TestDatabase, TestService, TestValkey};

type Outcome = anyhow::Result<()>;

/// It answers everywhere when it is ready, is found in the register, and leaves it within the grace of a stop.
pub async fn becomes_ready_and_stops<S: App>() -> Outcome {
    let place = Place::new().await?;
    let config = place.config()?;
    let grace = config.shutdown.grace();
    let service = place.start::<S>(config).await?;
    let addresses = service.addresses();

    let admin = format!("http://{}", addresses.admin);
    for path in ["livez", "readyz", "version"] {
        let status = get(&format!("{admin}/{path}")).await?.0;
        anyhow::ensure!(status == 200, "{path} answered {status}");
    }
    let peer = ServiceCaller::new("gateway", S::NAME);
    let mut health = HealthClient::with_interceptor(channel(&service).await?, peer);
    let health = health.check(HealthCheckRequest::default()).await?;
    anyhow::ensure!(health.into_inner().status() == ServingStatus::Serving);
    says_nothing_to_strangers(&service).await?;
    let described = describe::<S>(&service).await?;
    anyhow::ensure!(described.service == S::NAME, "{described:?}");
    let names: Vec<_> = described.components.iter().map(|one| &one.name).collect();
    for needed in ["postgres", "valkey"] {
        anyhow::ensure!(names.iter().any(|name| *name == needed), "{described:?}");
    }
    anyhow::ensure!(
        described.components.iter().all(|one| one.ready),
        "{described:?}"
    );

    let registered = format!(
        "SELECT count(*) FROM service_instances
         WHERE id = '{}' AND service = '{}' AND grpc_address = '{}' AND admin_address = '{}'",
        described.instance_id,
        S::NAME,
        addresses.grpc,
        addresses.admin,
    );
    place.expect_number(&registered, 1).await?;
    let began = Instant::now();
    service.stop().await?;
    let took = began.elapsed();
    anyhow::ensure!(took < grace, "the stop took {took:?} of {grace:?}");
    place
        .expect_number("SELECT count(*) FROM service_instances", 0)
        .await
}

/// An event whose entry is on the stream twice is counted once, for people and for Prometheus.
pub async fn counts_an_event_once<S: App>() -> Outcome {
    let place = Place::new().await?;
    let config = place.config()?;
    // The metric counts into nothing until somebody switched telemetry on.
    let telemetry = mosaic_telemetry::init(&config.telemetry, S::NAME)?;
    let bus = place.bus().await?;
    let (first, second) = (event(), event());
    // Published before the service ever ran: a new group begins at the oldest event that is there.
    bus.events()
        .publish(&[first.clone(), first.clone()])
        .await?;
    let service = place.start::<S>(config).await?;
    bus.events().publish(&[first, second]).await?;

    // Events come in order, so when the second is counted the repetitions of the first have been.
    let seen = counted::<S>(&service, 2).await?;
    anyhow::ensure!(seen.counters["events_seen"] == 2, "{seen:?}");
    anyhow::ensure!(
        seen.counters["events_seen.message.created"] == 2,
        "{seen:?}"
    );
    let (_, metrics) = get(&format!("http://{}/metrics", service.addresses().admin)).await?;
    let line = metrics.lines().find(|line| {
        line.starts_with("mosaic_events_seen_total{")
            && line.contains(&format!("service=\"{}\"", S::NAME))
            && line.contains("type=\"message.created\"")
    });
    let line = line.context("the metric is missing")?;
    anyhow::ensure!(line.ends_with(" 2"), "{line}");
    service.stop().await?;
    telemetry.shutdown().await;
    Ok(())
}

/// When Valkey loses everything, the service goes on with what is published after that, and an event that the outbox
/// publishes again is not counted again.
pub async fn survives_an_empty_valkey<S: App>() -> Outcome {
    let mut place = Place::new().await?;
    let service = place.start::<S>(place.config()?).await?;
    let bus = place.bus().await?;
    let before = event();
    bus.events().publish(std::slice::from_ref(&before)).await?;
    counted::<S>(&service, 1).await?;

    place.valkey.wipe().await?;
    let after = [before, event()];
    eventually("publishing after the restart", async || {
        bus.events().publish(&after).await.ok()
    })
    .await?;
    let seen = counted::<S>(&service, 2).await?;
    anyhow::ensure!(seen.counters["events_seen"] == 2, "{seen:?}");
    service.ready().await?;
    service.stop().await
}

/// A database that was never migrated is refused, with the command that migrates it.
pub async fn refuses_a_database_without_schema<S: App>() -> Outcome {
    let mut place = Place::new().await?;
    place.database = TestDatabase::create().await?;
    let refused = TestService::start::<S>(place.config()?).await.err();
    let refused = refused
        .context("the service started without a schema")?
        .to_string();
    anyhow::ensure!(refused.contains("mosaic-migrate up"), "{refused}");
    anyhow::ensure!(refused.starts_with("Postgres at "), "{refused}");
    Ok(())
}

/// A database with the schema and a Valkey, both of this test alone.
struct Place {
    database: TestDatabase,
    valkey: TestValkey,
}

impl Place {
    async fn new() -> anyhow::Result<Self> {
        let (database, valkey) = tokio::try_join!(TestDatabase::migrated(), TestValkey::start())?;
        Ok(Self { database, valkey })
    }

    fn config(&self) -> anyhow::Result<Config> {
        let mut config = Config::for_tests()?;
        config.postgres.url = self.database.url().clone();
        config.postgres.max_connections = 4;
        config.valkey.url = self.valkey.url().clone();
        config.internal = internal();
        Ok(config)
    }

    async fn bus(&self) -> anyhow::Result<Bus> {
        Ok(Bus::connect(BusOptions::new(self.valkey.url().clone())).await?)
    }

    async fn start<S: App>(&self, config: Config) -> anyhow::Result<TestService> {
        let service = TestService::start::<S>(config).await?;
        service.ready().await?;
        Ok(service)
    }

    async fn expect_number(&self, query: &str, wanted: i64) -> Outcome {
        eventually(query, async || {
            let found = self.database.number(query).await;
            found.is_ok_and(|found| found == wanted).then_some(())
        })
        .await
    }
}

/// About a message that is gone by now.
fn event() -> Envelope {
    let message = clock::id::<MessageId>();
    Envelope {
        id: clock::id::<JobId>(),
        type_name: "message.created".to_owned(),
        source: "gateway".to_owned(),
        subject: "conversation/1".to_owned(),
        time: clock::now(),
        workspace_id: clock::id::<WorkspaceId>(),
        actor: "user/1".to_owned(),
        traceparent: None,
        data: format!(r#"{{"messageId":"{message}"}}"#),
    }
}

async fn channel(service: &TestService) -> anyhow::Result<tonic::transport::Channel> {
    let address = format!("http://{}", service.addresses().grpc);
    let endpoint = tonic::transport::Endpoint::from_shared(address)?;
    Ok(endpoint.timeout(Duration::from_secs(5)).connect().await?)
}

async fn describe<S: App>(service: &TestService) -> anyhow::Result<DescribeResponse> {
    let peer = ServiceCaller::new("gateway", S::NAME);
    let mut client = HealthServiceClient::with_interceptor(channel(service).await?, peer);
    Ok(client.describe(DescribeRequest {}).await?.into_inner())
}

/// Without a token, and with one that was made for another service, it does not even say how it is.
async fn says_nothing_to_strangers(service: &TestService) -> Outcome {
    let channel = channel(service).await?;
    let mut health = HealthClient::new(channel.clone());
    let check = health.check(HealthCheckRequest::default()).await.map(drop);
    let mut description = HealthServiceClient::new(channel.clone());
    let describe = description.describe(DescribeRequest {}).await.map(drop);
    let elsewhere = ServiceCaller::new("gateway", "elsewhere");
    let mut misled = HealthClient::with_interceptor(channel, elsewhere);
    let misled = misled.check(HealthCheckRequest::default()).await.map(drop);
    for refused in [check, describe, misled] {
        let code = refused.err().map(|status| status.code());
        anyhow::ensure!(code == Some(Code::Unauthenticated), "answered {code:?}");
    }
    Ok(())
}

/// Waits until at least this many events were counted.
async fn counted<S: App>(service: &TestService, events: u64) -> anyhow::Result<DescribeResponse> {
    eventually("counting the events", async || {
        let described = describe::<S>(service).await.ok()?;
        let seen = described.counters.get("events_seen").copied();
        (seen.unwrap_or_default() >= events).then_some(described)
    })
    .await
}

async fn get(url: &str) -> anyhow::Result<(u16, String)> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()?;
    let response = client.get(url).send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}
