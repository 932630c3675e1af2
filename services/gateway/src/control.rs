//! Straight to the worker that holds a run, past every queue.

use std::time::Duration;

use mosaic_domain::RunId;
use mosaic_proto::agent::v1::agent_control_service_client::AgentControlServiceClient;
use mosaic_proto::agent::v1::{
    CancelRequest, DrainRequest, InjectRequest, KillRequest, PauseRequest, UndrainRequest,
};
use mosaic_service::{PeerChannel, Peers};
use mosaic_telemetry::propagation;
use tonic::{Request, Status};

/// The service that holds runs.
const WORKER: &str = "agent-worker";
/// A word that takes longer is not waited for.
const DEADLINE: Duration = Duration::from_secs(1);

/// The word to workers.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    peers: Peers,
}

/// What a worker is told.
#[derive(Debug, Clone)]
pub(crate) enum Word {
    /// End this run with what it has.
    Stop(RunId, String),
    /// Halt this run after the step in hand.
    Pause(RunId, String),
    /// A message has joined this run.
    Inject(RunId),
    /// Drop these runs: they have ended.
    Kill(Vec<RunId>, String),
    /// Take no more runs.
    Drain(String),
    /// Take runs again.
    Undrain,
}

impl Control {
    pub(crate) const fn new(peers: Peers) -> Self {
        Self { peers }
    }

    /// Tells the worker at `address`.
    pub(crate) async fn tell(&self, address: &str, word: Word) -> Result<(), Status> {
        let client = AgentControlServiceClient::new(self.peers.at(WORKER, address).await?);
        match word {
            Word::Stop(run_id, reason) => {
                let run_id = run_id.to_string();
                call(
                    client,
                    CancelRequest { run_id, reason },
                    async |mut client, request| client.cancel(request).await.map(drop),
                )
                .await
            }
            Word::Pause(run_id, reason) => {
                let run_id = run_id.to_string();
                call(
                    client,
                    PauseRequest { run_id, reason },
                    async |mut client, request| client.pause(request).await.map(drop),
                )
                .await
            }
            Word::Inject(run_id) => {
                let run_id = run_id.to_string();
                call(
                    client,
                    InjectRequest { run_id },
                    async |mut client, request| client.inject(request).await.map(drop),
                )
                .await
            }
            Word::Kill(runs, reason) => {
                let run_ids = runs.iter().map(ToString::to_string).collect();
                call(
                    client,
                    KillRequest { run_ids, reason },
                    async |mut client, request| client.kill(request).await.map(drop),
                )
                .await
            }
            Word::Drain(reason) => {
                call(
                    client,
                    DrainRequest { reason },
                    async |mut client, request| client.drain(request).await.map(drop),
                )
                .await
            }
            Word::Undrain => {
                call(client, UndrainRequest {}, async |mut client, request| {
                    client.undrain(request).await.map(drop)
                })
                .await
            }
        }
    }
}

type Client = AgentControlServiceClient<PeerChannel>;

/// One call, with the trace of what caused it, within the deadline.
async fn call<T>(
    client: Client,
    message: T,
    make: impl AsyncFnOnce(Client, Request<T>) -> Result<(), Status>,
) -> Result<(), Status> {
    let mut request = propagation::inject_grpc(Request::new(message))?;
    request.set_timeout(DEADLINE);
    tokio::time::timeout(DEADLINE, make(client, request))
        .await
        .map_err(|_| Status::deadline_exceeded("the worker did not answer in time"))?
}
