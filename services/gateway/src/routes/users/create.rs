//! `POST /api/users`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use mosaic_domain::UserId;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::WorkspaceRole;
use mosaic_runtime::clock;
use mosaic_storage::{Named, NewUser};

use super::{missing, require};
use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, Origin, Peer};
use crate::people::{judge_role, verdict};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{MadeUserBody, NewUserBody, UserBody};

/// Makes an account in the home workspace for somebody, and without a password a link with which they set one. Whoever makes it
/// vouches for the address. For owners and admins of the home workspace, never above their own role.
#[utoipa::path(
    post,
    path = "/api/users",
    operation_id = "createUser",
    tag = "people",
    request_body = NewUserBody,
    responses((status = CREATED, body = MadeUserBody, description = "It is there"), Writing)
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Origin(origin): Origin,
    JsonBody(body): JsonBody<NewUserBody>,
) -> ApiResult<(StatusCode, Json<MadeUserBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    let id: UserId = clock::id();
    require(&gateway, &who, "user.create", id).await?;
    let wanted = body.into_wanted()?;
    let role = WorkspaceRole::from(wanted.role);
    let hash = match wanted.password {
        Some(password) => {
            let person = (wanted.name.as_str(), Some(wanted.email.as_str()));
            Some(gateway.new_password(address, password, person).await?)
        }
        None => None,
    };
    let new = NewUser {
        id,
        name: &wanted.name,
        email: &wanted.email,
        home: identity.caller.scope.workspace_id,
        role: role.as_str(),
        password_hash: hash.as_deref(),
    };
    let judge = |standing: &_| judge_role(standing, Some(role));
    let storage = &gateway.storage;
    let made = storage.create_user(&new, who.actor(), judge).await?;
    if verdict(made, || missing(id))? == Named::Taken {
        return Err(taken());
    }
    let link = if hash.is_none() {
        gateway.password_link(&who, id, &origin).await?
    } else {
        None
    };
    let user = storage.user(id).await?.ok_or_else(|| missing(id))?;
    let made = MadeUserBody {
        user: UserBody::with(user, None),
        link: link.map(|link| link.link),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

fn taken() -> ApiError {
    Problem::new(
        ErrorCode::Conflict,
        "Somebody has an account with this address already.",
    )
    .with_remedy("Invite them into a workspace instead: `POST /api/invitations`.")
    .with_field("email", "is taken")
    .into()
}
