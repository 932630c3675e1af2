//! The admin port of a service: liveness, readiness, metrics, version. Keep it off public networks.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;

use crate::lifecycle::hurry;
use crate::{Lifecycle, StartError, VERSION, bind};

/// An opened admin port.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
}

impl Admin {
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

    /// Serves until everything ends, so that a draining service can still be asked how it is.
    pub fn serve(self, life: &Lifecycle) {
        let router = Router::new()
            .route("/livez", get(async || "ok\n"))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .route("/version", get(version))
            .with_state(life.clone());
        let (drained, hard) = (life.drained().clone(), life.hard().clone());
        let shutdown = async move { drained.cancelled().await };
        life.supervise_port("admin server", async move {
            let server = axum::serve(self.listener, router).with_graceful_shutdown(shutdown);
            tokio::select! {
                served = server => served,
                () = hurry(hard) => Ok(()),
            }
        });
    }
}

/// Anybody may ask, so it says which components are ready and not why one is not: that is in the log, and in what the service
/// says of itself to its peers.
async fn readyz(State(life): State<Lifecycle>) -> Response {
    let ready = life.readiness().is_ready() && !life.soft().is_cancelled();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let components: Vec<_> = life
        .readiness()
        .components()
        .into_iter()
        .map(|one| json!({"name": one.name, "ready": one.problem.is_none()}))
        .collect();
    let body = json!({"service": life.service(), "ready": ready, "components": components});
    (status, axum::Json(body)).into_response()
}

async fn metrics() -> Response {
    let kind = [(
        header::CONTENT_TYPE,
        mosaic_telemetry::metrics::CONTENT_TYPE,
    )];
    (kind, mosaic_telemetry::metrics::render()).into_response()
}

async fn version(State(life): State<Lifecycle>) -> Response {
    axum::Json(json!({"service": life.service(), "version": VERSION})).into_response()
}
