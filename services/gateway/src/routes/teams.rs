//! `/api/teams`.

mod admit;
mod create;
mod delete;
mod dismiss;
mod list;
mod read;
mod rename;

use mosaic_domain::{TeamId, UserId};
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::Action;
use mosaic_identity::policy::TeamRole;
use mosaic_storage::{Named, Team, TeamChange};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::people::{judge_team, verdict};
use crate::state::Gateway;

/// Every route of the teams.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(read::read, rename::rename, delete::delete))
        .routes(routes!(admit::admit, dismiss::dismiss))
}

fn missing(id: impl std::fmt::Display) -> ApiError {
    ApiError::not_found("team", id)
}

fn taken(name: &str) -> ApiError {
    Problem::new(
        ErrorCode::Conflict,
        format!("There is a team called “{name}” already."),
    )
    .with_remedy("Choose another name.")
    .with_field("name", "is taken")
    .into()
}

/// The two ids in a path: what is none names nothing.
fn ids(team: &str, user: &str) -> ApiResult<(TeamId, UserId)> {
    let short = |text: &str| text.chars().take(64).collect::<String>();
    let team = team.parse().map_err(|_| missing(short(team)))?;
    let no_user = |_| ApiError::not_found("member", short(user));
    Ok((team, user.parse().map_err(no_user)?))
}

async fn find(gateway: &Gateway, identity: &Identity, id: TeamId) -> ApiResult<Team> {
    let workspace = identity.caller.scope.workspace_id;
    let found = gateway.storage.teams(workspace, Some(id)).await?.pop();
    found.ok_or_else(|| missing(id))
}

/// Changes a team on behalf of the caller. Whether they run it, or the workspace, is judged when nobody else can change that; here
/// it is only asked whether what they proved their identity with is good for it.
async fn change(
    gateway: &Gateway,
    identity: &Identity,
    who: &Commander,
    id: TeamId,
    change: TeamChange<'_>,
) -> ApiResult<()> {
    let workspace = identity.caller.scope.workspace_id;
    identity.allow(Action::ManageSelf)?;
    let to = match change {
        TeamChange::Admit(_, role) => role.parse::<TeamRole>().ok(),
        // Only who owns a team, or runs the workspace, deletes it or gives it another name.
        TeamChange::Rename(_) | TeamChange::Delete => Some(TeamRole::Owner),
        TeamChange::Dismiss(_) => None,
    };
    let judge = |standing: &_| judge_team(standing, to);
    let changed = gateway
        .storage
        .change_team(workspace, id, change, who.actor(), judge)
        .await?;
    let absent = || match change {
        TeamChange::Admit(user_id, _) | TeamChange::Dismiss(user_id) => {
            ApiError::not_found("team, or in it a member", format_args!("{id}, {user_id}"))
        }
        TeamChange::Rename(_) | TeamChange::Delete => missing(id),
    };
    match (verdict(changed, absent)?, change) {
        (Named::Taken, TeamChange::Rename(name)) => Err(taken(name)),
        _ => Ok(()),
    }
}
