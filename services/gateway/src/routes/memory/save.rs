//! `POST /api/memory`

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use http::header::LOCATION;
use mosaic_domain::{MemoryId, MemoryKind, Role};
use mosaic_identity::Action;
use mosaic_runtime::clock;
use mosaic_storage::{Memory, NewNote, NoteSaved};
use mosaic_telemetry::propagation;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{MemoryBody, NewMemoryBody};

/// Saves a note to be remembered. It is found a moment later.
#[utoipa::path(
    post,
    path = "/api/memory",
    operation_id = "saveMemory",
    tag = "memory",
    request_body = NewMemoryBody,
    responses((status = CREATED, body = MemoryBody, description = "It is saved"), Writing)
)]
pub(crate) async fn save(
    State(gateway): State<Gateway>,
    identity: Identity,
    JsonBody(body): JsonBody<NewMemoryBody>,
) -> ApiResult<impl IntoResponse> {
    identity.allow(Action::Converse)?;
    let id: MemoryId = clock::id();
    let note = NewNote {
        id,
        event_id: clock::id(),
        run_id: None,
        fence: None,
        content: body.into_content()?,
        traceparent: propagation::inject(),
        written_at: clock::now(),
    };
    let scope = identity.caller.scope;
    if let NoteSaved::Stored(outbox) = gateway.storage.save_note(scope, &note).await? {
        gateway.relay.publish(outbox);
    }
    let memory = Memory {
        id,
        kind: MemoryKind::Note,
        role: Role::User,
        conversation_id: None,
        conversation_title: None,
        message_id: None,
        run_id: None,
        content: note.content,
        created_at: note.written_at,
    };
    let location = [(LOCATION, format!("/api/memory/{id}"))];
    Ok((
        StatusCode::CREATED,
        location,
        Json(MemoryBody::from(memory)),
    ))
}
