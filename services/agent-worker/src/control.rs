//! gRPC control of the runs that this replica holds.

use std::sync::Arc;

use mosaic_agent::Stop;
use mosaic_domain::{EndState, RunId};
use mosaic_proto::agent::v1::agent_control_service_server::AgentControlService;
use mosaic_proto::agent::v1::{
    CancelRequest, CancelResponse, HeldRun, ListRunsRequest, ListRunsResponse,
};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

use crate::run::HeldRuns;

/// Longer reasons are refused.
const MAX_REASON: usize = 500;

/// The service.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) held: HeldRuns,
    pub(crate) slots: Arc<Semaphore>,
}

#[tonic::async_trait]
impl AgentControlService for Control {
    async fn cancel(
        &self,
        request: Request<CancelRequest>,
    ) -> Result<Response<CancelResponse>, Status> {
        let CancelRequest { run_id, reason } = request.into_inner();
        let run_id: RunId = run_id
            .parse()
            .map_err(|error: mosaic_domain::id::InvalidId| {
                Status::invalid_argument(error.to_string())
            })?;
        if reason.chars().count() > MAX_REASON {
            return Err(Status::invalid_argument(format!(
                "the reason is longer than {MAX_REASON} characters"
            )));
        }
        let held = self
            .held
            .stop(run_id, Stop::End(EndState::Cancelled { reason }));
        tracing::info!(run.id = %run_id, held, "asked to cancel a run");
        Ok(Response::new(CancelResponse { held }))
    }

    async fn list_runs(
        &self,
        _request: Request<ListRunsRequest>,
    ) -> Result<Response<ListRunsResponse>, Status> {
        let runs = self
            .held
            .list()
            .into_iter()
            .map(|(run_id, epoch)| HeldRun {
                run_id: run_id.to_string(),
                epoch,
            })
            .collect();
        let free_slots = u32::try_from(self.slots.available_permits()).unwrap_or(u32::MAX);
        Ok(Response::new(ListRunsResponse { runs, free_slots }))
    }
}
