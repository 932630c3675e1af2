//! People: who belongs where and as what, and what follows when they do not any more.

mod accept;
mod erase;
mod expel;
mod password;

use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::policy::{
    Refusal, RoleChange, TeamChange, TeamRole, role_change, team_change,
};
use mosaic_identity::{Action, WorkspaceRole};
use mosaic_storage::{Judged, Standing, TeamStanding};

pub(crate) use accept::{Acceptance, gone};
pub(crate) use expel::Expelled;

use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;

/// Every role, from the least to the most.
const ROLES: [WorkspaceRole; 4] = [
    WorkspaceRole::Guest,
    WorkspaceRole::Member,
    WorkspaceRole::Admin,
    WorkspaceRole::Owner,
];

/// Whether somebody may give somebody this role in a workspace, or none any more.
pub(crate) fn judge_role(standing: &Standing, to: Option<WorkspaceRole>) -> ApiResult<()> {
    let Ok(by) = standing.by.parse() else {
        return Err(refused(Refusal::NotAllowed));
    };
    // Who belongs to no workspace is below everybody; an unknown role above.
    let of = standing
        .of
        .as_deref()
        .map_or(Ok(WorkspaceRole::Guest), str::parse);
    let change = RoleChange {
        by,
        of: of.unwrap_or(WorkspaceRole::Owner),
        to,
        own: standing.own,
        owners: standing.owners,
    };
    role_change(&change).map_err(refused)
}

/// Whether somebody may act on somebody's account without changing their role.
pub(crate) fn judge_authority(standing: &Standing) -> ApiResult<()> {
    let of = standing.of.as_deref().unwrap_or("guest").parse();
    judge_role(standing, Some(of.unwrap_or(WorkspaceRole::Owner)))
}

/// Whether somebody may keep somebody out of the installation.
pub(crate) fn judge_shutting_out(standing: &Standing) -> ApiResult<()> {
    if standing.own {
        let detail = "Nobody keeps themselves out.";
        return Err(Problem::new(ErrorCode::Conflict, detail)
            .with_remedy("Ask another admin, or delete your account: `DELETE /api/me`.")
            .into());
    }
    judge_role(standing, None)
}

/// Whether somebody may have others come with this role; none where it is about the place, not about people.
pub(crate) fn judge_invitation(standing: &Standing, role: Option<WorkspaceRole>) -> ApiResult<()> {
    let somebody = Standing {
        of: None,
        own: false,
        ..standing.clone()
    };
    judge_role(&somebody, role)
}

/// Whether somebody may change the standing of somebody in a team, or the team itself.
pub(crate) fn judge_team(standing: &TeamStanding, to: Option<TeamRole>) -> ApiResult<()> {
    let Ok(workspace) = standing.workspace.parse() else {
        return Err(refused(Refusal::NotAllowed));
    };
    let role = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    let change = TeamChange {
        workspace,
        by: role(&standing.by),
        of: role(&standing.of),
        to,
        own: standing.own,
        owners: standing.owners,
    };
    team_change(&change).map_err(refused)
}

/// The roles to which somebody with this role may invite.
pub(crate) fn invites_to(role: WorkspaceRole) -> Vec<String> {
    let may_invite = role >= Action::Invite.least_role();
    let roles = ROLES.into_iter().filter(|to| may_invite && *to <= role);
    roles.map(|to| to.as_str().to_owned()).collect()
}

/// Refuses those who only read here: who else belongs to a workspace is no business of its guests.
pub(crate) fn sees_people(identity: &Identity) -> ApiResult<()> {
    identity.allow(Action::Read)?;
    if identity.caller.role < WorkspaceRole::Member {
        let detail = "Guests do not see who else belongs to this workspace.";
        return Err(ApiError::new(ErrorCode::PermissionDenied, detail));
    }
    Ok(())
}

/// What was judged, or why it is not so.
pub(crate) fn verdict<T>(
    judged: Judged<T, ApiError>,
    missing: impl FnOnce() -> ApiError,
) -> ApiResult<T> {
    match judged {
        Judged::Done(done) => Ok(done),
        Judged::Missing => Err(missing()),
        Judged::Refused(refused) => Err(refused),
    }
}

/// A refusal on the wire.
pub(crate) fn refused(refusal: Refusal) -> ApiError {
    let text = refusal.to_string();
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let detail = format!("{first}{}.", letters.as_str());
    let (code, remedy) = match refusal {
        Refusal::NotAllowed => (
            ErrorCode::PermissionDenied,
            "Ask an owner or admin of this workspace.",
        ),
        Refusal::AboveOwn => (ErrorCode::PermissionDenied, "Ask somebody with that role."),
        Refusal::LastOwner => (
            ErrorCode::Conflict,
            "Make somebody else an owner first: `PATCH /api/members/{userId}`.",
        ),
    };
    Problem::new(code, detail).with_remedy(remedy).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(by: &str, of: Option<&str>) -> Standing {
        Standing {
            by: by.to_owned(),
            of: of.map(str::to_owned),
            owners: 1,
            own: false,
        }
    }

    #[test]
    fn nobody_invites_above_their_own_role() {
        let of =
            |by: &str, role| judge_invitation(&standing(by, Some("owner")), Some(role)).is_ok();
        assert!(of("admin", WorkspaceRole::Admin) && of("owner", WorkspaceRole::Owner));
        assert!(!of("admin", WorkspaceRole::Owner));
        assert!(!of("member", WorkspaceRole::Guest));
        assert_eq!(
            invites_to(WorkspaceRole::Admin),
            ["guest", "member", "admin"]
        );
        assert!(invites_to(WorkspaceRole::Member).is_empty());
    }

    #[test]
    fn a_role_that_nobody_knows_is_above_everybody() {
        assert!(judge_role(&standing("owner", Some("emperor")), None).is_err());
        assert!(judge_role(&standing("emperor", Some("guest")), None).is_err());
        assert!(judge_role(&standing("admin", None), None).is_ok());
    }

    #[test]
    fn the_last_owner_is_told_what_to_do() {
        let alone = Standing {
            own: true,
            ..standing("owner", Some("owner"))
        };
        let problem = judge_role(&alone, None).unwrap_err().problem;
        assert_eq!(problem.status, 409);
        assert!(problem.remedy.contains("owner first"), "{}", problem.remedy);
    }
}
