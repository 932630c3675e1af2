//! Summaries on demand, for the other services.

use mosaic_bus::RelayHandle;
use mosaic_domain::id::InvalidId;
use mosaic_domain::{ConversationId, Scope, SummaryKind};
use mosaic_proto::summary::v1::summary_service_server::SummaryService;
use mosaic_proto::summary::v1::{SummarizeRequest, SummarizeResponse};
use mosaic_runtime::clock;
use mosaic_storage::{Error, Storage, SummaryRequest};
use tonic::{Request, Response, Status};

/// The service.
#[derive(Debug)]
pub(crate) struct Summaries {
    pub(crate) storage: Storage,
    pub(crate) relay: RelayHandle,
}

#[tonic::async_trait]
impl SummaryService for Summaries {
    async fn summarize(
        &self,
        request: Request<SummarizeRequest>,
    ) -> Result<Response<SummarizeResponse>, Status> {
        let (scope, id, kind) = read(&request.into_inner())?;
        let wanted = self
            .storage
            .request_summary(scope, id, kind, clock::now())
            .await;
        let state = match wanted.map_err(refusal)? {
            None => return Err(Status::not_found(format!("there is no conversation {id}"))),
            Some(SummaryRequest::Queued(outbox)) => {
                self.relay.publish(outbox);
                "queued"
            }
            Some(SummaryRequest::Waiting) => "waiting",
            Some(SummaryRequest::Nothing) => "nothing",
            Some(SummaryRequest::Resting(until)) => {
                let reason = format!("it failed for good and is left alone until {until}");
                return Err(Status::failed_precondition(reason));
            }
        };
        let state = state.to_owned();
        Ok(Response::new(SummarizeResponse { state }))
    }
}

fn read(request: &SummarizeRequest) -> Result<(Scope, ConversationId, SummaryKind), Status> {
    let wrong = |error: InvalidId| Status::invalid_argument(error.to_string());
    let scope = Scope {
        workspace_id: request.workspace_id.parse().map_err(wrong)?,
        user_id: request.user_id.parse().map_err(wrong)?,
    };
    let id = request.conversation_id.parse().map_err(wrong)?;
    let kind = match request.kind.as_str() {
        "" => SummaryKind::Session,
        kind => kind
            .parse()
            .map_err(|error: mosaic_domain::message::UnknownName| {
                Status::invalid_argument(error.to_string())
            })?,
    };
    Ok((scope, id, kind))
}

fn refusal(error: Error) -> Status {
    if error.is_transient() {
        Status::unavailable(error.to_string())
    } else {
        tracing::error!(%error, "a summary cannot be asked for");
        Status::internal("the summary cannot be asked for; the log of summarizer says why")
    }
}
