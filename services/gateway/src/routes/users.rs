//! `/api/users`.

mod ban;
mod create;
mod deactivate;
mod delete;
mod list;
mod password_link;
mod reactivate;
mod read;
mod sign_out;

use mosaic_domain::UserId;
use mosaic_identity::Action;
use mosaic_storage::{NewState, UserState};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::people::{Expelled, judge_authority, judge_shutting_out, verdict};
use crate::state::Gateway;

/// Every route of the people of the installation.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(read::read, delete::delete))
        .routes(routes!(deactivate::deactivate))
        .routes(routes!(ban::ban))
        .routes(routes!(reactivate::reactivate))
        .routes(routes!(sign_out::sign_out))
        .routes(routes!(password_link::password_link))
}

fn missing(id: UserId) -> ApiError {
    ApiError::not_found("user", id)
}

/// Refuses those who do not look after the installation, and writes that down.
async fn require(gateway: &Gateway, who: &Commander, action: &str, id: UserId) -> ApiResult<()> {
    let target = ("user", id.to_string());
    gateway
        .require(who, Action::ManageUsers, action, target)
        .await
}

/// Keeps somebody out from now on: nothing that lets them in counts, what they have open closes, what runs for them is killed.
async fn shut_out(
    gateway: &Gateway,
    identity: &Identity,
    who: &Commander,
    (user_id, state): (UserId, UserState),
    reason: &str,
) -> ApiResult<()> {
    let shown = match state {
        UserState::Banned => "whoever asked for it was banned",
        UserState::Deactivated | UserState::Active => "whoever asked for it was deactivated",
    };
    let new = NewState {
        user_id,
        home: identity.caller.scope.workspace_id,
        state,
        reason: Some(reason),
        shown,
    };
    let storage = &gateway.storage;
    let done = storage
        .set_user_state(&new, who.actor(), judge_shutting_out)
        .await?;
    verdict(done, || missing(user_id))?;
    gateway.authenticator.forget(user_id);
    let whom = Expelled {
        user_id,
        from: None,
    };
    gateway.expel(who, whom, shown.to_owned()).await;
    tracing::info!(user = %user_id, state = state.as_str(), "somebody was shut out");
    Ok(())
}

/// Lets somebody in again.
async fn let_in(
    gateway: &Gateway,
    identity: &Identity,
    who: &Commander,
    user_id: UserId,
) -> ApiResult<()> {
    let new = NewState {
        user_id,
        home: identity.caller.scope.workspace_id,
        state: UserState::Active,
        reason: None,
        shown: "whoever asked for it was let in again",
    };
    let storage = &gateway.storage;
    let done = storage
        .set_user_state(&new, who.actor(), judge_authority)
        .await?;
    verdict(done, || missing(user_id))?;
    gateway.authenticator.forget(user_id);
    Ok(())
}
