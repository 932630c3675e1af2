//! What a client may ask for on its socket.

use mosaic_domain::{ConversationId, RunId, Scope};
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::Action;
use mosaic_runtime::clock;
use mosaic_storage::Sent;
use mosaic_watch::{ConversationWatch, Start};
use tracing::Instrument as _;
use uuid::Uuid;

use super::session::{Session, Step, error_frame};
use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::{event_id, parse_json};
use crate::http::trace_id;
use crate::stream_limit::StreamPermit;
use crate::wire::chat::{ClientFrame, ServerFrame};
use crate::wire::{AcceptedBody, NewConversationBody, NewMessageBody, StopBody};

/// What a frame leads to.
enum Answer {
    /// Nothing is said.
    Silence,
    /// This is said.
    Frame(ServerFrame),
    /// A stored message is acknowledged; then its conversation is watched, unless it is watched already.
    Ack(ServerFrame, Option<Follow>),
}

/// A conversation to be watched from a stored message on.
struct Follow {
    conversation_id: ConversationId,
    run_id: RunId,
    permit: StreamPermit,
}

impl Session {
    /// Does what a frame asks for, and answers it.
    pub(super) async fn obey(&mut self, text: &str) -> Step {
        if let Err(error) = self.gateway.rates.caller(&self.identity.caller, None) {
            return self.send(&refusal(reference(text), error)).await;
        }
        let frame: ClientFrame = match parse_json(text.as_bytes()) {
            Ok(frame) => frame,
            Err(error) => {
                let refused = error_frame(reference(text), error.problem);
                return self.send(&refused).await;
            }
        };
        let name = format!("WS {}", frame.kind());
        let span =
            tracing::info_span!(parent: None, "chat.frame", otel.name = name, otel.kind = "server");
        self.carry_out(frame).instrument(span).await
    }

    async fn carry_out(&mut self, frame: ClientFrame) -> Step {
        let r#ref = frame.reference();
        let outcome = match self.answer(frame).await {
            Ok(Answer::Silence) => Ok(()),
            Ok(Answer::Frame(answer)) => return self.send(&answer).await,
            Ok(Answer::Ack(ack, follow)) => {
                // Said before anything else can fail: the message is stored.
                self.send(&ack).await?;
                self.follow(follow).await
            }
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(error) => self.send(&refusal(r#ref, error)).await,
        }
    }

    async fn answer(&mut self, frame: ClientFrame) -> ApiResult<Answer> {
        if frame.needs_caller() {
            self.identity = self.gateway.renewed(&self.identity).await?;
        }
        match frame {
            ClientFrame::Ping => Ok(Answer::Frame(ServerFrame::Pong)),
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
                let (sent, follow) = self
                    .message(conversation_id.map(ConversationId::new), body)
                    .await?;
                let ack = ServerFrame::ack(r#ref, &AcceptedBody::from(&sent));
                Ok(Answer::Ack(ack, follow))
            }
            ClientFrame::Watch {
                conversation_id,
                last_event_id,
                ..
            } => {
                let id = ConversationId::new(conversation_id);
                self.watch(id, last_event_id.as_deref()).await?;
                Ok(Answer::Silence)
            }
            ClientFrame::Unwatch { conversation_id } => {
                self.watches.remove(ConversationId::new(conversation_id));
                Ok(Answer::Silence)
            }
            ClientFrame::Stop {
                run_id,
                reason,
                r#ref,
            } => {
                let run = RunId::new(run_id);
                let who = Commander::new(&self.identity.caller, Some(self.address));
                let target = ("run", run.to_string());
                self.gateway
                    .require(&who, Action::Converse, "run.stop", target)
                    .await?;
                let reason = StopBody { reason }.into_reason()?;
                let state = self.gateway.stop(&who, run, reason).await?;
                Ok(Answer::Frame(ServerFrame::Stopped {
                    r#ref,
                    run_id,
                    state,
                }))
            }
        }
    }

    /// Sends a message, in a new conversation unless one is named.
    async fn message(
        &mut self,
        conversation_id: Option<ConversationId>,
        body: NewMessageBody,
    ) -> ApiResult<(Sent, Option<Follow>)> {
        self.identity.allow(Action::Converse)?;
        self.gateway.check_message(&body)?;
        let caller = &self.identity.caller;
        let id = conversation_id
            .unwrap_or_else(|| begun_by(caller.scope, body.idempotency_key.as_deref()));
        // The permit comes first: nothing must be refused after it was stored.
        let permit = if self.watches.has(id) {
            None
        } else {
            Some(self.gateway.stream_permit(&self.identity)?)
        };
        if conversation_id.is_none() {
            let new = NewConversationBody::default().into_new(id, &self.gateway.choices)?;
            let storage = &self.gateway.storage;
            let begun = storage.ensure_conversation(caller.scope, &new).await?;
            begun.ok_or_else(|| ApiError::not_found("conversation", id))?;
        }
        let sent = self.gateway.send(caller, id, body).await?;
        let follow = permit.map(|permit| Follow {
            conversation_id: id,
            run_id: sent.run_id,
            permit,
        });
        Ok((sent, follow))
    }

    async fn follow(&mut self, follow: Option<Follow>) -> ApiResult<()> {
        let Some(follow) = follow else { return Ok(()) };
        let (id, start) = (follow.conversation_id, Start::Sent(follow.run_id));
        let (hub, scope) = (self.gateway.hub.clone(), self.identity.caller.scope);
        let watch = ConversationWatch::open(hub, scope, id, start).await?;
        self.watches.add(id, watch, follow.permit);
        Ok(())
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

/// The conversation that a message begins. The same key of the same person names the same one, so that a message that is
/// sent again, because its acknowledgement was lost, meets itself there.
fn begun_by(scope: Scope, key: Option<&str>) -> ConversationId {
    /// Drawn once; another one would make every key new.
    const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_27a9_43d8_4be5_9a60_d2f7_8e31_b504);
    let Some(key) = key else { return clock::id() };
    let (workspace, person) = (scope.workspace_id.uuid(), scope.user_id.uuid());
    let name = [workspace.as_bytes(), person.as_bytes(), key.as_bytes()].concat();
    ConversationId::new(Uuid::new_v5(&NAMESPACE, &name))
}

/// A problem as an answer; logged here when operators must know of it.
fn refusal(r#ref: Option<String>, error: ApiError) -> ServerFrame {
    let ApiError {
        mut problem,
        cause,
        retry_after: _,
    } = error;
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

    /// Whether the frame does something on behalf of the caller, who may have lost the right to it since the socket opened.
    const fn needs_caller(&self) -> bool {
        match self {
            Self::Message { .. } | Self::Watch { .. } | Self::Stop { .. } => true,
            Self::Auth { .. } | Self::Unwatch { .. } | Self::Ping => false,
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
