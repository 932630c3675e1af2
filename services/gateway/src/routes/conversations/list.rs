//! `GET /api/conversations`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;
use mosaic_storage::ConversationPage;

use crate::error::ApiResult;
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::check::Check;
use crate::wire::{ConversationBody, ConversationList, ConversationQuery, PageCursor};

/// Lists the caller's conversations, the most recently active first.
#[utoipa::path(
    get,
    path = "/api/conversations",
    operation_id = "listConversations",
    tag = "conversations",
    params(ConversationQuery),
    responses((status = OK, body = ConversationList, description = "One page"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
    QueryString(query): QueryString<ConversationQuery>,
) -> ApiResult<Json<ConversationList>> {
    identity.allow(Action::Read)?;
    let mut check = Check::default();
    let limit = check.limit(query.limit);
    let after: Option<PageCursor> = query.cursor.and_then(|text| {
        let cursor = text.parse().ok();
        if cursor.is_none() {
            check.fault("cursor", "is not the `nextCursor` of a page");
        }
        cursor
    });
    check.done()?;
    let after = after.map(|cursor| cursor.0);
    let scope = identity.caller.scope;
    // One more than asked for tells whether the list goes on.
    let mut items = gateway
        .storage
        .conversations(scope, after, limit + 1)
        .await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().filter(|_| more).map(|last| ConversationPage {
        updated_at: last.updated_at,
        id: last.id,
    });
    Ok(Json(ConversationList {
        items: items.into_iter().map(ConversationBody::from).collect(),
        next_cursor: last.map(|page| PageCursor(page).encode()),
    }))
}
