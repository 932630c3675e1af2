//! Opening streams on behalf of a caller: what they may watch, and how many at once.

use std::time::Duration;

use futures::future::BoxFuture;
use mosaic_domain::{ConversationId, Cursor, EventId, RunId};
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{Action, Denied, may};
use mosaic_storage::Run;
use mosaic_watch::{ConversationWatch, RunWatch, Start};

use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::state::Gateway;
use crate::stream_limit::{StreamPermit, TooManyStreams};

/// How often an open stream asks whether its caller still counts. The authenticator remembers its answers for most of a
/// second, so all the streams of one token cause one lookup in that time, and one ends soon after the answer has changed.
const RENEW: Duration = Duration::from_millis(250);

impl Gateway {
    /// One more open stream for this caller.
    pub(crate) fn stream_permit(&self, identity: &Identity) -> ApiResult<StreamPermit> {
        self.streams.take(&identity.caller).map_err(|too_many| {
            let detail = match too_many {
                TooManyStreams::Person(most) => format!("You have {most} streams open already."),
                TooManyStreams::Credential(most) => {
                    format!("This token or session has {most} streams open already.")
                }
            };
            Problem::new(ErrorCode::RateLimited, detail)
                .with_remedy("Close streams that are no longer needed.")
                .into()
        })
    }

    /// Watches a run of the caller.
    pub(crate) async fn watch_run(
        &self,
        identity: &Identity,
        run_id: RunId,
        last: Option<EventId>,
    ) -> ApiResult<RunWatch> {
        identity.allow(Action::Read)?;
        let run = self.owned_run(identity, run_id).await?;
        let after = match last {
            Some(last) if last.run_id != run_id => {
                return Err(foreign_event(&format!("run {run_id}")));
            }
            last => last.map_or(Cursor::START, |last| last.cursor),
        };
        let watch = self.hub.watch_run(&run, after).await?;
        watch.ok_or_else(|| ApiError::not_found("run", run_id))
    }

    /// Watches a conversation of the caller.
    pub(crate) async fn watch_conversation(
        &self,
        identity: &Identity,
        id: ConversationId,
        last: Option<EventId>,
    ) -> ApiResult<ConversationWatch> {
        identity.allow(Action::Read)?;
        let scope = identity.caller.scope;
        if self.storage.conversation(scope, id).await?.is_none() {
            return Err(ApiError::not_found("conversation", id));
        }
        let start = match last {
            None => Start::Active,
            Some(EventId { run_id, cursor }) => {
                let run = Box::new(self.owned_run(identity, run_id).await?);
                if run.conversation_id != id {
                    return Err(foreign_event(&format!("conversation {id}")));
                }
                Start::After { run, cursor }
            }
        };
        Ok(ConversationWatch::open(self.hub.clone(), scope, id, start).await?)
    }

    async fn owned_run(&self, identity: &Identity, run_id: RunId) -> ApiResult<Run> {
        let run = self.storage.run(identity.caller.scope, run_id).await?;
        run.ok_or_else(|| ApiError::not_found("run", run_id))
    }

    /// The same caller as of now: with the role they have today, or refused.
    pub(crate) async fn renewed(&self, identity: &Identity) -> ApiResult<Identity> {
        let proof = identity.proof;
        let caller = self.authenticator.renew(&proof).await?;
        if caller.scope != identity.caller.scope {
            return Err(moved());
        }
        Ok(Identity { caller, proof })
    }

    /// Completes when the caller may no longer do this: the token was revoked or has expired, or the role is gone. A database
    /// that does not answer refuses nobody.
    pub(crate) fn refused_later(
        &self,
        identity: &Identity,
        action: Action,
    ) -> BoxFuture<'static, ApiError> {
        let (gateway, proof) = (self.clone(), identity.proof);
        let scope = identity.caller.scope;
        Box::pin(async move {
            loop {
                tokio::time::sleep(RENEW).await;
                match gateway.authenticator.renew(&proof).await {
                    Ok(caller) if caller.scope != scope => return moved(),
                    Ok(caller) if may(&caller, action) => {}
                    Ok(caller) => return ApiError::denied(&caller, action),
                    Err(Denied::Unavailable(_)) => {}
                    Err(denied) => return denied.into(),
                }
            }
        })
    }
}

/// The session went to another workspace; what is open still shows the former one.
fn moved() -> ApiError {
    let detail = "Your session has moved to another workspace.";
    Problem::new(ErrorCode::Unauthenticated, detail)
        .with_remedy("Connect again.")
        .into()
}

fn foreign_event(place: &str) -> ApiError {
    let detail = format!("Last-Event-ID names an event that is not of {place}.");
    Problem::new(ErrorCode::InvalidArgument, detail)
        .with_remedy(
            "Send the `id` of the last event that this stream sent, or leave it out to begin anew.",
        )
        .with_field("lastEventId", "belongs to another stream")
        .into()
}
