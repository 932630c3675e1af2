//! Peers are found in the register and called over real sockets.

#![cfg(test)]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use mosaic_config::{Config, InternalConfig};
use mosaic_domain::InstanceId;
use mosaic_proto::health::v1::DescribeRequest;
use mosaic_proto::health::v1::health_service_client::HealthServiceClient;
use mosaic_runtime::describe::Counters;
use mosaic_runtime::{Grpc, Lifecycle, clock};
use mosaic_service::{Credentials, Guard, PeerError, Peers, connect_storage, describe};
use mosaic_storage::{Instance, Storage};
use mosaic_testkit::TestDatabase;
use mosaic_testkit::caller::internal;
use tonic::Code;

const SERVICE: &str = "memory-indexer";
const PATIENCE: Duration = Duration::from_secs(5);

async fn register(storage: &Storage, id: InstanceId, address: String) {
    let now = clock::now();
    let instance = Instance {
        id,
        service: SERVICE.to_owned(),
        version: "1".to_owned(),
        grpc_address: address,
        admin_address: "127.0.0.1:1".to_owned(),
        started_at: now,
        heartbeat_at: now,
    };
    storage.register_instance(&instance).await.unwrap_or(());
}

async fn asked(peers: &Peers) -> Result<String, PeerError> {
    let answer = peers
        .call(SERVICE, PATIENCE, async |channel| {
            let mut client = HealthServiceClient::new(channel);
            client.describe(DescribeRequest {}).await
        })
        .await?;
    Ok(answer.into_inner().instance_id)
}

fn gateway(config: &InternalConfig) -> Credentials {
    Credentials::new("gateway", clock::id(), config)
}

/// A port that was free a moment ago.
async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let address = listener.and_then(|listener| listener.local_addr());
    address.map_or_else(|_| "127.0.0.1:1".to_owned(), |address| address.to_string())
}

#[tokio::test]
async fn a_call_passes_over_an_instance_that_died_and_reaches_a_living_one() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut config = Config::for_tests().unwrap().postgres;
    config.url = database.url().clone();
    let storage = connect_storage(&config, SERVICE).await.unwrap();
    let life = Lifecycle::new(SERVICE, Duration::from_secs(1));
    let living = clock::id::<InstanceId>();
    let port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let grpc = Grpc::bind("test", port).await.unwrap();
    let address = grpc.address().to_string();
    let service = describe(&life, living, Counters::default());
    grpc.serve(&life, Guard::new(SERVICE, &internal()), |routes| {
        routes.add_service(service);
    })
    .unwrap();
    register(&storage, living, address).await;
    register(&storage, clock::id(), nobody().await).await;
    let peers = Peers::new(storage.clone(), gateway(&internal()));
    for _ in 0..6 {
        assert_eq!(asked(&peers).await.unwrap(), living.to_string());
    }
    let unknown = InternalConfig {
        token: None,
        previous_tokens: Vec::new(),
    };
    let error = asked(&Peers::new(storage, gateway(&unknown)))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("only services that sign"),
        "{error}"
    );
    life.abort();
}

#[tokio::test]
async fn a_service_that_is_not_there_is_named() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut config = Config::for_tests().unwrap().postgres;
    config.url = database.url().clone();
    let storage = connect_storage(&config, SERVICE).await.unwrap();
    let peers = Peers::new(storage.clone(), gateway(&internal()));
    let error = asked(&peers).await.unwrap_err();
    assert_eq!(error.to_string(), "no memory-indexer is running");
    register(&storage, clock::id(), nobody().await).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let error = asked(&peers).await.unwrap_err();
    let PeerError::Answer { status, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(status.code(), Code::Unavailable);
    assert!(error.is_transient());
}
