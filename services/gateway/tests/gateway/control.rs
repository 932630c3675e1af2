//! A worker's control port that only listens.

use mosaic_domain::InstanceId;
use mosaic_proto::agent::v1::agent_control_service_server::{
    AgentControlService, AgentControlServiceServer,
};
use mosaic_proto::agent::v1::{
    CancelRequest, CancelResponse, DrainRequest, DrainResponse, InjectRequest, InjectResponse,
    KillRequest, KillResponse, ListRunsRequest, ListRunsResponse, PauseRequest, PauseResponse,
    UndrainRequest, UndrainResponse,
};
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
    told: mpsc::UnboundedReceiver<Told>,
    _server: JoinSet<()>,
}

/// What it is told.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    Cancel(CancelRequest),
    Pause(PauseRequest),
    Inject(InjectRequest),
    Kill(KillRequest),
    Drain(DrainRequest),
    Undrain,
}

impl FakeWorker {
    /// The next thing it is told.
    pub(crate) async fn hears(&mut self) -> anyhow::Result<Told> {
        let patience = std::time::Duration::from_secs(10);
        let told = tokio::time::timeout(patience, self.told.recv()).await?;
        told.ok_or_else(|| anyhow::anyhow!("the worker's port is closed"))
    }
}

struct Ear(mpsc::UnboundedSender<Told>);

impl Ear {
    fn keep<T>(&self, told: Told, answer: T) -> Response<T> {
        let _ = self.0.send(told);
        Response::new(answer)
    }
}

#[tonic::async_trait]
impl AgentControlService for Ear {
    async fn cancel(
        &self,
        request: Request<CancelRequest>,
    ) -> Result<Response<CancelResponse>, Status> {
        let told = Told::Cancel(request.into_inner());
        Ok(self.keep(told, CancelResponse { held: true }))
    }

    async fn pause(
        &self,
        request: Request<PauseRequest>,
    ) -> Result<Response<PauseResponse>, Status> {
        let told = Told::Pause(request.into_inner());
        Ok(self.keep(told, PauseResponse { held: true }))
    }

    async fn inject(
        &self,
        request: Request<InjectRequest>,
    ) -> Result<Response<InjectResponse>, Status> {
        let told = Told::Inject(request.into_inner());
        Ok(self.keep(told, InjectResponse { held: true }))
    }

    async fn kill(&self, request: Request<KillRequest>) -> Result<Response<KillResponse>, Status> {
        let told = Told::Kill(request.into_inner());
        Ok(self.keep(told, KillResponse { held: 1 }))
    }

    async fn drain(
        &self,
        request: Request<DrainRequest>,
    ) -> Result<Response<DrainResponse>, Status> {
        let told = Told::Drain(request.into_inner());
        Ok(self.keep(told, DrainResponse { running: 0 }))
    }

    async fn undrain(
        &self,
        _: Request<UndrainRequest>,
    ) -> Result<Response<UndrainResponse>, Status> {
        Ok(self.keep(Told::Undrain, UndrainResponse {}))
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
