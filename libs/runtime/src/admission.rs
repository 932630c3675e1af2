//! Who is let in at a gRPC port. It stands before everything that is served there, also before health, reflection and names
//! that nothing answers to: what forgets to guard itself is guarded.

use std::fmt::Debug;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use axum::middleware::Next;
use mosaic_telemetry::propagation;
use tonic::Status;
use tracing::Instrument as _;

/// Who calls. Calls that were let in carry it in their extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerIdentity {
    /// The service that calls, e.g. `gateway`.
    pub service: String,
    /// Its replica.
    pub instance: String,
}

/// Decides who may call what.
pub trait Admission: Debug + Send + Sync + 'static {
    /// Who makes a call, or why it is refused. `service` and `method` are those of its path.
    fn admit(
        &self,
        service: &str,
        method: &str,
        headers: &HeaderMap,
    ) -> Result<PeerIdentity, Status>;
}

/// The layer of a port.
pub(crate) async fn admit(
    State(admission): State<Arc<dyn Admission>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let called = path.strip_prefix('/').unwrap_or(&path);
    let (service, method) = called.split_once('/').unwrap_or((called, ""));
    let peer = match admission.admit(service, method, request.headers()) {
        Ok(peer) => peer,
        Err(status) => {
            tracing::debug!(%service, %method, code = ?status.code(), "a call was refused");
            return status.into_http();
        }
    };
    let span = tracing::info_span!(
        "grpc.call.serve",
        otel.kind = "server",
        rpc.service = service,
        rpc.method = method,
        peer.service = peer.service,
        peer.instance = peer.instance,
    );
    propagation::set_parent_from_http(&span, request.headers());
    request.extensions_mut().insert(peer);
    next.run(request).instrument(span).await
}
