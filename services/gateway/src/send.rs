//! Sending a message: checked, stored in one transaction, handed to the relay, acknowledged. Nothing else is in the way of the
//! acknowledgement.

use mosaic_domain::ConversationId;
use mosaic_identity::Caller;
use mosaic_runtime::clock;
use mosaic_storage::{Acceptance, NewMessage, Sent};
use mosaic_telemetry::propagation;

use crate::error::{ApiError, ApiResult};
use crate::state::Gateway;
use crate::wire::NewMessageBody;
use crate::wire::check::{Check, KEY_CHARS};

impl Gateway {
    /// Sends a message in a conversation of the caller.
    pub(crate) async fn send(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        body: NewMessageBody,
    ) -> ApiResult<Sent> {
        self.check_message(&body)?;
        let new = NewMessage {
            message_id: clock::id(),
            run_id: clock::id(),
            job_id: clock::id(),
            event_id: clock::id(),
            conversation_id,
            content: body.content,
            delivery: body.delivery.into(),
            idempotency_key: body.idempotency_key,
            traceparent: propagation::inject(),
            received_at: clock::now(),
        };
        let sent = self.storage.send_message(caller.scope, &new).await?;
        let mut sent = sent.ok_or_else(|| ApiError::not_found("conversation", conversation_id))?;
        self.relay.publish(std::mem::take(&mut sent.outbox));
        if sent.acceptance != Acceptance::Repeated {
            self.ring(conversation_id);
        }
        self.metrics.message(label(sent.acceptance));
        Ok(sent)
    }

    /// Checks a message without sending it.
    pub(crate) fn check_message(&self, body: &NewMessageBody) -> ApiResult<()> {
        let mut check = Check::default();
        check.text("content", &body.content, self.limits.max_message_chars);
        check.optional("idempotencyKey", body.idempotency_key.as_deref(), KEY_CHARS);
        check.done()
    }
}

const fn label(acceptance: Acceptance) -> &'static str {
    match acceptance {
        Acceptance::Queued => "queued",
        Acceptance::Joined => "joined",
        Acceptance::Waiting => "waiting",
        Acceptance::Repeated => "repeated",
    }
}
