//! Straight to the worker that holds a run, past every queue.

use std::time::Duration;

use mosaic_domain::RunId;
use mosaic_proto::agent::v1::CancelRequest;
use mosaic_proto::agent::v1::agent_control_service_client::AgentControlServiceClient;
use mosaic_service::Peers;
use mosaic_telemetry::propagation;
use tonic::{Request, Status};

/// A word that takes longer is not waited for.
const DEADLINE: Duration = Duration::from_secs(1);

/// The word to workers.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    peers: Peers,
}

impl Control {
    pub(crate) const fn new(peers: Peers) -> Self {
        Self { peers }
    }

    /// Tells the worker at `address` to end a run. Returns whether it held it.
    pub(crate) async fn cancel(
        &self,
        address: &str,
        run_id: RunId,
        reason: String,
    ) -> Result<bool, Status> {
        let mut request = propagation::inject_grpc(Request::new(CancelRequest {
            run_id: run_id.to_string(),
            reason,
        }))?;
        request.set_timeout(DEADLINE);
        let mut client = AgentControlServiceClient::new(self.peers.at(address).await?);
        let answer = tokio::time::timeout(DEADLINE, client.cancel(request))
            .await
            .map_err(|_| Status::deadline_exceeded("the worker did not answer in time"))??;
        Ok(answer.into_inner().held)
    }
}
