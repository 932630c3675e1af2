//! A worker's control port that only listens.

use mosaic_domain::InstanceId;
use mosaic_proto::agent::v1::agent_control_service_server::{
    AgentControlService, AgentControlServiceServer,
};
use mosaic_proto::agent::v1::{CancelRequest, CancelResponse, ListRunsRequest, ListRunsResponse};
use mosaic_runtime::clock;
use mosaic_storage::Instance;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use super::stage::Stage;

/// A registered worker that keeps what it is told.
pub(crate) struct FakeWorker {
    pub(crate) id: InstanceId,
    pub(crate) told: mpsc::UnboundedReceiver<CancelRequest>,
    _server: JoinSet<()>,
}

struct Ear(mpsc::UnboundedSender<CancelRequest>);

#[tonic::async_trait]
impl AgentControlService for Ear {
    async fn cancel(
        &self,
        request: Request<CancelRequest>,
    ) -> Result<Response<CancelResponse>, Status> {
        let _ = self.0.send(request.into_inner());
        Ok(Response::new(CancelResponse { held: true }))
    }

    async fn list_runs(
        &self,
        _: Request<ListRunsRequest>,
    ) -> Result<Response<ListRunsResponse>, Status> {
        Ok(Response::new(ListRunsResponse::default()))
    }
}

/// Listens on a free port and enters the register.
pub(crate) async fn serve(stage: &Stage) -> anyhow::Result<FakeWorker> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let (ear, told) = mpsc::unbounded_channel();
    let mut server = JoinSet::new();
    server.spawn(async move {
        let service = AgentControlServiceServer::new(Ear(ear));
        let incoming = TcpIncoming::from(listener);
        let served = Server::builder()
            .add_service(service)
            .serve_with_incoming(incoming)
            .await;
        drop(served);
    });
    let (id, now) = (clock::id(), clock::now());
    let instance = Instance {
        id,
        service: "agent-worker".to_owned(),
        version: "0.0.0".to_owned(),
        grpc_address: address.clone(),
        admin_address: address,
        started_at: now,
        heartbeat_at: now,
    };
    stage.storage.register_instance(&instance).await?;
    Ok(FakeWorker {
        id,
        told,
        _server: server,
    })
}
