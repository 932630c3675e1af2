//! Stopping a run: in the record if nobody holds it, and otherwise by word to its worker, with the record as what the worker's
//! heartbeat finds if the word does not arrive.

use mosaic_bus::Append;
use mosaic_domain::{Cursor, InstanceId, RunId};
use mosaic_identity::Caller;
use mosaic_proto::log::LogEvent;
use mosaic_runtime::clock;
use mosaic_storage::Cancelled;

use crate::error::{ApiError, ApiResult};
use crate::state::Gateway;
use crate::wire::StopState;

impl Gateway {
    /// Stops a run of the caller.
    pub(crate) async fn stop(
        &self,
        caller: &Caller,
        run_id: RunId,
        reason: Option<String>,
    ) -> ApiResult<StopState> {
        let reason = reason.unwrap_or_else(|| format!("stopped by {}", caller.name));
        let cancelled = self
            .storage
            .cancel_run(caller.scope, run_id, &reason, clock::now())
            .await?
            .ok_or_else(|| ApiError::not_found("run", run_id))?;
        Ok(match cancelled {
            Cancelled::Ended {
                event,
                conversation_id,
                outbox,
            } => {
                self.relay.publish(outbox);
                self.show(run_id, event);
                self.ring(conversation_id);
                StopState::Cancelled
            }
            Cancelled::Requested { worker_id } => {
                if let Some(worker_id) = worker_id {
                    self.tell(worker_id, run_id, reason).await;
                }
                StopState::Stopping
            }
            Cancelled::AlreadyEnded(state) => state.into(),
        })
    }

    /// Shows the end of a run that nobody held to whoever watches it now; the record has it already.
    fn show(&self, run_id: RunId, event: LogEvent) {
        let logs = self.bus.run_logs();
        self.life.spawn(async move {
            let mut last = Cursor::new(0, event.cursor.seq.saturating_sub(1));
            // The stream of a run that never ran is usually not there at all.
            for _ in 0..2 {
                match logs.append(run_id, last, std::slice::from_ref(&event)).await {
                    Ok(Append::Behind { last: actual }) => last = actual,
                    Ok(Append::Written | Append::Fenced { .. }) => return,
                    Err(error) => {
                        tracing::debug!(%run_id, %error, "the end of a run is shown by the record only");
                        return;
                    }
                }
            }
        });
    }

    /// Tells the worker. Whatever goes wrong here costs time only: the worker's next heartbeat finds the request.
    async fn tell(&self, worker_id: InstanceId, run_id: RunId, reason: String) {
        let told = match self.storage.instance_address(worker_id).await {
            Ok(Some(address)) => self.control.cancel(&address, run_id, reason).await,
            Ok(None) => return,
            Err(error) => {
                tracing::debug!(%worker_id, %error, "the worker's address could not be read");
                return;
            }
        };
        if let Err(status) = told {
            tracing::debug!(%worker_id, %run_id, %status, "the worker was not reached; its heartbeat will find the request");
        }
    }
}
