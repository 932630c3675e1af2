//! What services stand on, on real Postgres and Valkey.

#![cfg(test)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mosaic_bus::{Bus, BusOptions, EventConsumer, EventConsumerOptions};
use mosaic_config::Config;
use mosaic_domain::{InstanceId, JobId, WorkspaceId};
use mosaic_proto::envelope::Envelope;
use mosaic_runtime::registration::Register as _;
use mosaic_runtime::{Addresses, Lifecycle, clock};
use mosaic_service::{
    EventHandler, Rejected, StorageRegister, connect_bus, connect_storage, consume_events,
    registration, watch_storage,
};
use mosaic_testkit::service::eventually;
use mosaic_testkit::{TestDatabase, TestValkey};

/// Does what the payload says, and notes how often it was asked to.
#[derive(Clone, Default)]
struct Obedient(Arc<Mutex<HashMap<JobId, u32>>>);

impl Obedient {
    fn times(&self, event: &Envelope) -> u32 {
        *self.0.lock().unwrap().get(&event.id).unwrap_or(&0)
    }
}

impl EventHandler for Obedient {
    async fn handle(&self, event: &Envelope) -> Result<(), Rejected> {
        let times = {
            let mut asked = self.0.lock().unwrap();
            let times = asked.entry(event.id).or_default();
            *times += 1;
            *times
        };
        match event.data.as_str() {
            "fail" => Err(Rejected::Fail("it never fits".to_owned())),
            "later" if times < 3 => Err(Rejected::Retry("not yet".to_owned())),
            _ => Ok(()),
        }
    }
}

fn event(data: &str) -> Envelope {
    Envelope {
        id: clock::id::<JobId>(),
        type_name: "message.created".to_owned(),
        source: "gateway".to_owned(),
        subject: "conversation/1".to_owned(),
        time: clock::now(),
        workspace_id: clock::id::<WorkspaceId>(),
        actor: "user/1".to_owned(),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        data: data.to_owned(),
    }
}

fn consume(life: &Lifecycle, bus: &Bus, handler: Obedient) {
    let mut options = EventConsumerOptions::new(&["message"], "test", "replica");
    options.visibility = Duration::from_millis(300);
    let consumer = EventConsumer::open(bus, options, life.tracker(), life.soft());
    let consumption = consume_events(consumer, handler, life.hard().clone());
    life.supervise("event consumer", consumption);
}

#[tokio::test]
async fn an_event_that_never_fits_is_given_up_and_one_that_is_not_ready_comes_again() {
    let valkey = TestValkey::start().await.unwrap();
    let bus = Bus::connect(BusOptions::new(valkey.url().clone()))
        .await
        .unwrap();
    let life = Lifecycle::new("test", Duration::from_secs(5));
    let handler = Obedient::default();
    let (hopeless, early, plain) = (event("fail"), event("later"), event("{}"));
    let all = [hopeless.clone(), early.clone(), plain.clone()];
    bus.events().publish(&all).await.unwrap();
    consume(&life, &bus, handler.clone());

    eventually("the third attempt", async || {
        (handler.times(&early) == 3).then_some(())
    })
    .await
    .unwrap();
    // Longer than the visibility: whatever was to come again has come.
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(handler.times(&hopeless), 1);
    assert_eq!(handler.times(&early), 3);
    assert_eq!(handler.times(&plain), 1);
    life.stop();
    life.finish().await.unwrap();
}

#[tokio::test]
async fn a_handler_that_hangs_does_not_outlive_the_grace() {
    struct Hanging;
    impl EventHandler for Hanging {
        async fn handle(&self, _: &Envelope) -> Result<(), Rejected> {
            std::future::pending().await
        }
    }
    let valkey = TestValkey::start().await.unwrap();
    let bus = Bus::connect(BusOptions::new(valkey.url().clone()))
        .await
        .unwrap();
    let life = Lifecycle::new("test", Duration::from_millis(200));
    bus.events().publish(&[event("{}")]).await.unwrap();
    let options = EventConsumerOptions::new(&["message"], "test", "replica");
    let consumer = EventConsumer::open(&bus, options, life.tracker(), life.soft());
    life.supervise(
        "event consumer",
        consume_events(consumer, Hanging, life.hard().clone()),
    );
    tokio::time::sleep(Duration::from_millis(300)).await;
    life.stop();
    let ended = tokio::time::timeout(Duration::from_secs(3), life.finish()).await;
    ended.unwrap().unwrap();
}

#[tokio::test]
async fn an_instance_is_found_where_it_says_it_is_until_it_leaves() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut config = Config::for_tests().unwrap().postgres;
    config.url = database.url().clone();
    let storage = connect_storage(&config, "agent-worker").await.unwrap();
    let life = Lifecycle::new("agent-worker", Duration::ZERO);
    let address = "127.0.0.1:4000".parse().unwrap();
    let addresses = Addresses {
        admin: address,
        grpc: address,
        public: None,
    };
    let id: InstanceId = clock::id();
    let entry = registration(&life, id, addresses, Some("worker.internal:14251"));
    let register = StorageRegister(storage.clone());
    register.enter(&entry).await.unwrap();
    register.enter(&entry).await.unwrap();
    let found = storage.instance_address(id).await.unwrap();
    assert_eq!(found.as_deref(), Some("worker.internal:14251"));
    let silent = "UPDATE service_instances SET heartbeat_at = now() - interval '20 seconds'";
    database.execute(silent).await.unwrap();
    assert_eq!(storage.instance_address(id).await.unwrap(), None);
    register.enter(&entry).await.unwrap();
    assert!(storage.instance_address(id).await.unwrap().is_some());
    register.leave(id).await.unwrap();
    assert_eq!(storage.instance_address(id).await.unwrap(), None);
    storage.close().await;
}

#[tokio::test]
async fn a_record_that_stops_answering_makes_the_service_unready() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut config = Config::for_tests().unwrap().postgres;
    config.url = database.url().clone();
    let storage = connect_storage(&config, "test").await.unwrap();
    let life = Lifecycle::new("test", Duration::from_secs(1));
    watch_storage(&life, storage.clone());
    assert!(life.readiness().is_ready());
    storage.close().await;
    eventually("noticing", async || {
        (!life.readiness().is_ready()).then_some(())
    })
    .await
    .unwrap();
    life.stop();
    life.finish().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_reached_is_named_with_its_setting_and_without_its_password() {
    let mut config = Config::for_tests().unwrap();
    config.postgres.url = "postgres://joe:s3cret@127.0.0.1:1/mosaic".into();
    config.postgres.connect_timeout_ms = 200;
    config.valkey.url = "redis://:s3cret@127.0.0.1:1".into();
    let postgres = connect_storage(&config.postgres, "test").await.unwrap_err();
    let valkey = connect_bus(&config.valkey).await.unwrap_err();
    for (text, setting) in [
        (postgres.to_string(), "MOSAIC_POSTGRES__URL"),
        (valkey.to_string(), "MOSAIC_VALKEY__URL"),
    ] {
        assert!(text.contains("127.0.0.1:1"), "{text}");
        assert!(text.contains(setting), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}
