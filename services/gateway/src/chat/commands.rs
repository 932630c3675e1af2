//! What a client may ask for on its socket.

use mosaic_domain::{ConversationId, RunId};
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::Action;
use mosaic_runtime::clock;
use mosaic_storage::Sent;
use tracing::Instrument as _;

use super::session::{Session, error_frame};
use crate::error::{ApiError, ApiResult};
use crate::extract::{event_id, parse_json};
use crate::http::trace_id;
use crate::watch::{ConversationWatch, Start};
use crate::wire::chat::{ClientFrame, ServerFrame};
use crate::wire::{AcceptedBody, NewConversationBody, NewMessageBody, StopBody};

impl Session {
    /// Does what a frame asks for, and answers it.
    pub(super) async fn obey(&mut self, text: &str) -> Option<ServerFrame> {
        let frame: ClientFrame = match parse_json(text.as_bytes()) {
            Ok(frame) => frame,
            Err(error) => return Some(error_frame(reference(text), error.problem)),
        };
        let r#ref = frame.reference();
        let name = format!("WS {}", frame.kind());
        let span =
            tracing::info_span!(parent: None, "chat.frame", otel.name = name, otel.kind = "server");
        match self.answer(frame).instrument(span.clone()).await {
            Ok(answer) => answer,
            Err(error) => Some(span.in_scope(|| refusal(r#ref, error))),
        }
    }

    async fn answer(&mut self, frame: ClientFrame) -> ApiResult<Option<ServerFrame>> {
        match frame {
            ClientFrame::Ping => Ok(Some(ServerFrame::Pong)),
            ClientFrame::Auth { .. } => Err(Problem::new(
                ErrorCode::Conflict,
                "This socket is authenticated already.",
            )
            .into()),
            ClientFrame::Message {
                conversation_id,
                content,
                delivery,
                idempotency_key,
                r#ref,
            } => {
                let body = NewMessageBody {
                    content,
                    delivery,
                    idempotency_key,
                };
                let sent = self
                    .message(conversation_id.map(ConversationId::new), body)
                    .await?;
                Ok(Some(ServerFrame::ack(r#ref, &AcceptedBody::from(&sent))))
            }
            ClientFrame::Watch {
                conversation_id,
                last_event_id,
                ..
            } => {
                let id = ConversationId::new(conversation_id);
                self.watch(id, last_event_id.as_deref()).await?;
                Ok(None)
            }
            ClientFrame::Unwatch { conversation_id } => {
                self.watches.remove(ConversationId::new(conversation_id));
                Ok(None)
            }
            ClientFrame::Stop {
                run_id,
                reason,
                r#ref,
            } => {
                self.identity.allow(Action::Converse)?;
                let reason = StopBody { reason }.into_reason()?;
                let run = RunId::new(run_id);
                let state = self
                    .gateway
                    .stop(&self.identity.caller, run, reason)
                    .await?;
                Ok(Some(ServerFrame::Stopped {
                    r#ref,
                    run_id,
                    state,
                }))
            }
        }
    }

    /// Sends a message, in a new conversation unless one is named, and watches its conversation from there on.
    async fn message(
        &mut self,
        conversation_id: Option<ConversationId>,
        body: NewMessageBody,
    ) -> ApiResult<Sent> {
        self.identity.allow(Action::Converse)?;
        self.gateway.check_message(&body)?;
        let caller = &self.identity.caller;
        let id = if let Some(id) = conversation_id {
            id
        } else {
            let new = NewConversationBody::default().into_new(clock::id())?;
            let storage = &self.gateway.storage;
            storage.create_conversation(caller.scope, &new).await?.id
        };
        // The permit comes first: a message must not be refused after it was stored.
        let permit = if self.watches.has(id) {
            None
        } else {
            Some(self.gateway.stream_permit(&self.identity)?)
        };
        let sent = self.gateway.send(caller, id, body).await?;
        if let Some(permit) = permit {
            let start = Start::Sent(sent.run_id);
            let hub = self.gateway.hub.clone();
            let watch = ConversationWatch::open(hub, caller.scope, id, start).await?;
            self.watches.add(id, watch, permit);
        }
        Ok(sent)
    }

    async fn watch(&mut self, id: ConversationId, last: Option<&str>) -> ApiResult<()> {
        let last = last
            .filter(|text| !text.is_empty())
            .map(event_id::parse)
            .transpose()?;
        // An earlier watch of the same conversation makes room first.
        self.watches.remove(id);
        let permit = self.gateway.stream_permit(&self.identity)?;
        let watch = self
            .gateway
            .watch_conversation(&self.identity, id, last)
            .await?;
        self.watches.add(id, watch, permit);
        Ok(())
    }
}

/// A problem as an answer; logged here when operators must know of it.
fn refusal(r#ref: Option<String>, error: ApiError) -> ServerFrame {
    let ApiError { mut problem, cause } = error;
    if let Some(cause) = cause {
        tracing::error!(code = %problem.code, %cause, "a frame could not be carried out");
    }
    problem.trace_id = trace_id();
    error_frame(r#ref, problem)
}

impl ClientFrame {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Auth { .. } => "auth",
            Self::Message { .. } => "message",
            Self::Watch { .. } => "watch",
            Self::Unwatch { .. } => "unwatch",
            Self::Stop { .. } => "stop",
            Self::Ping => "ping",
        }
    }

    fn reference(&self) -> Option<String> {
        match self {
            Self::Message { r#ref, .. } | Self::Watch { r#ref, .. } | Self::Stop { r#ref, .. } => {
                r#ref.clone()
            }
            Self::Auth { .. } | Self::Unwatch { .. } | Self::Ping => None,
        }
    }
}

/// The `ref` of a frame that does not fit otherwise, so that its sender knows which one is meant.
fn reference(text: &str) -> Option<String> {
    let frame: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(frame.get("ref")?.as_str()?.to_owned())
}
