//! Stopping a run on behalf of whoever wrote `/stop`: in the record if nobody holds it, else by word to its worker, with the
//! record as what the worker's heartbeat finds if the word does not arrive.

use std::time::Duration;

use mosaic_bus::Append;
use mosaic_domain::{Cursor, InstanceId, RunId, Scope};
use mosaic_proto::agent::v1::CancelRequest;
use mosaic_proto::agent::v1::agent_control_service_client::AgentControlServiceClient;
use mosaic_proto::log::LogEvent;
use mosaic_runtime::clock;
use mosaic_storage::{Actor, Command, Commanded, Error, Reach};
use mosaic_telemetry::propagation;
use tonic::{Request, Status};

use crate::bridge::Bridge;

/// The service that holds runs.
const WORKER: &str = "agent-worker";
/// A word that takes longer is not waited for.
const DEADLINE: Duration = Duration::from_secs(1);

impl Bridge {
    /// Stops a run of theirs; `false` if it had ended.
    pub(crate) async fn stop(
        &self,
        scope: Scope,
        run_id: RunId,
        reason: String,
    ) -> Result<bool, Error> {
        // The person by their id; the service speaks for them, from no address of theirs.
        let by = Actor {
            workspace_id: scope.workspace_id,
            user_id: Some(scope.user_id),
            name: "channel-bridge".to_owned(),
            address: None,
        };
        let command = Command {
            reach: Reach::Own(scope),
            run_id,
            reason: &reason,
            by: &by,
            now: clock::now(),
        };
        Ok(match self.storage.stop_run(&command).await? {
            None | Some(Commanded::Unchanged(_) | Commanded::Ended(_) | Commanded::Stopping) => {
                false
            }
            Some(Commanded::Done(change)) => {
                self.relay.publish(change.outbox);
                if let Some(event) = change.event {
                    self.show_end(run_id, event).await;
                }
                self.ring(change.conversation_id);
                true
            }
            Some(Commanded::Requested { worker_id }) => {
                if let Some(worker_id) = worker_id
                    && let Err(status) = self.tell(worker_id, run_id, reason).await
                {
                    tracing::debug!(%worker_id, %run_id, %status, "the worker was not reached; its heartbeat will find the request");
                }
                true
            }
        })
    }

    /// Shows the end of a run that nobody held to whoever watches it now; the record has it already.
    async fn show_end(&self, run_id: RunId, event: LogEvent) {
        let logs = self.bus.run_logs();
        let mut last = Cursor::new(0, event.cursor.seq.saturating_sub(1));
        // The stream of a run that never ran is usually not there at all.
        for _ in 0..2 {
            match logs
                .append(run_id, last, std::slice::from_ref(&event))
                .await
            {
                Ok(Append::Behind { last: actual }) => last = actual,
                Ok(Append::Written | Append::Fenced { .. }) => return,
                Err(error) => {
                    tracing::debug!(%run_id, %error, "the end of a run is shown by the record only");
                    return;
                }
            }
        }
    }

    async fn tell(
        &self,
        worker_id: InstanceId,
        run_id: RunId,
        reason: String,
    ) -> Result<(), Status> {
        let address = self.storage.instance_address(worker_id).await;
        let address = address.map_err(|error| Status::unavailable(error.to_string()))?;
        let Some(address) = address else {
            return Ok(());
        };
        let mut request = propagation::inject_grpc(Request::new(CancelRequest {
            run_id: run_id.to_string(),
            reason,
        }))?;
        request.set_timeout(DEADLINE);
        let channel = self.peers.at(WORKER, &address).await?;
        let mut client = AgentControlServiceClient::new(channel);
        tokio::time::timeout(DEADLINE, client.cancel(request))
            .await
            .map_err(|_| Status::deadline_exceeded("the worker did not answer in time"))?
            .map(drop)
    }
}
