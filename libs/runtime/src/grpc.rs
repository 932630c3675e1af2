//! The gRPC port of a service: its own services beside standard health and reflection.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::admission::{self, Admission};
use crate::lifecycle::hurry;
use crate::{Lifecycle, Readiness, StartError, bind};

/// An opened gRPC port.
#[derive(Debug)]
pub struct Grpc {
    listener: TcpListener,
    address: SocketAddr,
}

impl Grpc {
    /// Opens the port; `setting` names the key that chose it.
    pub async fn bind(setting: &str, address: SocketAddr) -> Result<Self, StartError> {
        let listener = bind(setting, address).await?;
        let address = listener.local_addr().unwrap_or(address);
        Ok(Self { listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves what `add` adds, health and reflection to whom `admission` lets in, until the service has drained.
    pub fn serve(
        self,
        life: &Lifecycle,
        admission: Arc<dyn Admission>,
        add: impl FnOnce(&mut RoutesBuilder),
    ) -> Result<(), StartError> {
        let mut routes = RoutesBuilder::default();
        add(&mut routes);
        let (reporter, health) = tonic_health::server::health_reporter();
        routes.add_service(health);
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(mosaic_proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(|error| {
                StartError::new(
                    "gRPC reflection",
                    error,
                    "This is a defect; please report it.",
                )
            })?;
        routes.add_service(reflection);
        life.spawn(follow(
            life.readiness().clone(),
            reporter,
            life.soft().clone(),
        ));
        let (drained, hard) = (life.drained().clone(), life.hard().clone());
        let incoming = TcpIncoming::from(self.listener).with_nodelay(Some(true));
        let shutdown = async move { drained.cancelled().await };
        let guarded = from_fn_with_state(admission, admission::admit);
        let routes = Routes::from(routes.routes().into_axum_router().layer(guarded));
        life.supervise_port("gRPC server", async move {
            let server = Server::builder()
                .add_routes(routes)
                .serve_with_incoming_shutdown(incoming, shutdown);
            tokio::select! {
                served = server => served,
                () = hurry(hard) => Ok(()),
            }
        });
        Ok(())
    }
}

/// Says over gRPC what the components say of themselves.
async fn follow(
    readiness: Readiness,
    reporter: HealthReporter,
    soft: tokio_util::sync::CancellationToken,
) {
    let mut changes = readiness.changes();
    loop {
        tokio::select! {
            () = soft.cancelled() => break,
            changed = changes.changed() => if changed.is_err() { break },
        }
        changes.borrow_and_update();
        let status = if readiness.is_ready() {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        reporter.set_service_status("", status).await;
    }
    reporter
        .set_service_status("", ServingStatus::NotServing)
        .await;
}
