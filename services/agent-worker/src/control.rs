//! gRPC control of the runs that this replica holds.

use std::sync::Arc;

use mosaic_agent::Stop;
use mosaic_domain::{EndState, RunId};
use mosaic_proto::agent::v1::agent_control_service_server::AgentControlService;
use mosaic_proto::agent::v1::{
    CancelRequest, CancelResponse, DrainRequest, DrainResponse, HeldRun, InjectRequest,
    InjectResponse, KillRequest, KillResponse, ListRunsRequest, ListRunsResponse, PauseRequest,
    PauseResponse, UndrainRequest, UndrainResponse,
};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

use crate::gate::Gate;
use crate::run::HeldRuns;

/// Longer reasons are refused.
const MAX_REASON: usize = 500;

/// More runs at once are refused.
const MAX_RUNS: usize = 10_000;

/// Said of a message that has joined.
const JOINED: &str = "a message has joined and is read with the next call of the model";

/// The service.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) held: HeldRuns,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) capacity: usize,
    pub(crate) gate: Gate,
}

#[tonic::async_trait]
impl AgentControlService for Control {
    async fn cancel(
        &self,
        request: Request<CancelRequest>,
    ) -> Result<Response<CancelResponse>, Status> {
        let CancelRequest { run_id, reason } = request.into_inner();
        let run_id = run(&run_id)?;
        check(&reason)?;
        let held = self
            .held
            .stop(run_id, Stop::End(EndState::Cancelled { reason }));
        tracing::info!(run.id = %run_id, held, "asked to cancel a run");
        Ok(Response::new(CancelResponse { held }))
    }

    async fn pause(
        &self,
        request: Request<PauseRequest>,
    ) -> Result<Response<PauseResponse>, Status> {
        let PauseRequest { run_id, reason } = request.into_inner();
        let run_id = run(&run_id)?;
        check(&reason)?;
        let held = self.held.pause(run_id, &reason);
        tracing::info!(run.id = %run_id, held, "asked to pause a run");
        Ok(Response::new(PauseResponse { held }))
    }

    async fn inject(
        &self,
        request: Request<InjectRequest>,
    ) -> Result<Response<InjectResponse>, Status> {
        let run_id = run(&request.into_inner().run_id)?;
        let held = self.held.say(run_id, JOINED, mosaic_runtime::clock::now());
        Ok(Response::new(InjectResponse { held }))
    }

    async fn kill(&self, request: Request<KillRequest>) -> Result<Response<KillResponse>, Status> {
        let KillRequest { run_ids, reason } = request.into_inner();
        check(&reason)?;
        if run_ids.len() > MAX_RUNS {
            return Err(Status::invalid_argument(format!(
                "more than {MAX_RUNS} runs at once"
            )));
        }
        let runs: Vec<RunId> = run_ids.iter().map(|id| run(id)).collect::<Result<_, _>>()?;
        // The record has ended them: whatever they would still write is fenced off, so they are only dropped here.
        let held = runs
            .into_iter()
            .filter(|run_id| self.held.stop(*run_id, Stop::Leave))
            .count();
        tracing::warn!(held, reason, "runs were ended by force and are dropped");
        let held = u32::try_from(held).unwrap_or(u32::MAX);
        Ok(Response::new(KillResponse { held }))
    }

    async fn drain(
        &self,
        request: Request<DrainRequest>,
    ) -> Result<Response<DrainResponse>, Status> {
        let DrainRequest { reason } = request.into_inner();
        check(&reason)?;
        self.gate.close(&reason);
        let running = u32::try_from(self.held.len()).unwrap_or(u32::MAX);
        Ok(Response::new(DrainResponse { running }))
    }

    async fn undrain(
        &self,
        _request: Request<UndrainRequest>,
    ) -> Result<Response<UndrainResponse>, Status> {
        self.gate.open();
        Ok(Response::new(UndrainResponse {}))
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
        Ok(Response::new(ListRunsResponse {
            runs,
            free_slots,
            capacity: u32::try_from(self.capacity).unwrap_or(u32::MAX),
            draining: self.gate.is_closed(),
        }))
    }
}

fn run(id: &str) -> Result<RunId, Status> {
    id.parse()
        .map_err(|error: mosaic_domain::id::InvalidId| Status::invalid_argument(error.to_string()))
}

fn check(reason: &str) -> Result<(), Status> {
    if reason.chars().count() > MAX_REASON {
        return Err(Status::invalid_argument(format!(
            "the reason is longer than {MAX_REASON} characters"
        )));
    }
    Ok(())
}
