use super::WorkspaceRole::{Admin, Guest, Member, Owner};
use super::*;

const ROLES: [WorkspaceRole; 4] = [Guest, Member, Admin, Owner];
const TEAM_ROLES: [Option<TeamRole>; 4] = [
    None,
    Some(TeamRole::Member),
    Some(TeamRole::Admin),
    Some(TeamRole::Owner),
];

fn change(
    by: WorkspaceRole,
    of: WorkspaceRole,
    to: Option<WorkspaceRole>,
    own: bool,
    owners: u32,
) -> Result<(), Refusal> {
    role_change(&RoleChange {
        by,
        of,
        to,
        own,
        owners,
    })
}

#[test]
fn people_are_managed_by_admins_up_to_their_own_role() {
    for (by, of, to, expected) in [
        (Owner, Guest, Some(Owner), Ok(())),
        (Owner, Owner, Some(Guest), Ok(())),
        (Owner, Owner, None, Ok(())),
        (Admin, Guest, Some(Admin), Ok(())),
        (Admin, Admin, Some(Member), Ok(())),
        (Admin, Admin, None, Ok(())),
        (Admin, Member, Some(Owner), Err(Refusal::AboveOwn)),
        (Admin, Owner, Some(Admin), Err(Refusal::AboveOwn)),
        (Admin, Owner, None, Err(Refusal::AboveOwn)),
        (Member, Guest, Some(Member), Err(Refusal::NotAllowed)),
        (Member, Guest, None, Err(Refusal::NotAllowed)),
        (Guest, Owner, None, Err(Refusal::NotAllowed)),
    ] {
        assert_eq!(change(by, of, to, false, 2), expected, "{by} {of} {to:?}");
    }
}

#[test]
fn everybody_may_leave_and_step_down_and_nobody_rises_by_themselves() {
    for role in ROLES {
        assert_eq!(change(role, role, None, true, 2), Ok(()), "{role}");
        for to in ROLES {
            let expected = if to > role {
                Err(Refusal::AboveOwn)
            } else {
                Ok(())
            };
            assert_eq!(change(role, role, Some(to), true, 2), expected);
        }
    }
}

#[test]
fn the_last_owner_stays() {
    for to in [None, Some(Guest), Some(Member), Some(Admin)] {
        for own in [true, false] {
            assert_eq!(change(Owner, Owner, to, own, 1), Err(Refusal::LastOwner));
            assert_eq!(change(Owner, Owner, to, own, 2), Ok(()));
        }
    }
    assert_eq!(change(Owner, Owner, Some(Owner), true, 1), Ok(()));
}

#[test]
fn no_change_of_a_role_that_is_allowed_reaches_above_who_makes_it() {
    for by in ROLES {
        for of in ROLES {
            for to in ROLES {
                let allowed = change(by, of, Some(to), false, 9).is_ok();
                assert_eq!(allowed, by >= Admin && of <= by && to <= by);
            }
        }
    }
}

fn in_team(
    by: Option<TeamRole>,
    of: Option<TeamRole>,
    to: Option<TeamRole>,
    own: bool,
    owners: u32,
) -> Result<(), Refusal> {
    team_change(&TeamChange {
        workspace: Member,
        by,
        of,
        to,
        own,
        owners,
    })
}

#[test]
fn teams_are_managed_by_their_admins_up_to_their_own_role() {
    for by in TEAM_ROLES {
        for of in TEAM_ROLES {
            for to in TEAM_ROLES {
                let allowed = in_team(by, of, to, false, 9).is_ok();
                let manages = by >= Some(TeamRole::Admin);
                assert_eq!(allowed, manages && of <= by && to <= by);
            }
        }
    }
    let (admin, member) = (Some(TeamRole::Admin), Some(TeamRole::Member));
    assert_eq!(in_team(member, member, None, true, 1), Ok(()));
    assert_eq!(
        in_team(member, member, admin, true, 1),
        Err(Refusal::AboveOwn)
    );
    assert_eq!(
        in_team(None, None, member, true, 1),
        Err(Refusal::NotAllowed)
    );
}

#[test]
fn the_last_owner_of_a_team_stays_unless_the_workspace_says_otherwise() {
    let owner = Some(TeamRole::Owner);
    let leaves = TeamChange {
        workspace: Member,
        by: owner,
        of: owner,
        to: None,
        own: true,
        owners: 1,
    };
    assert_eq!(team_change(&leaves), Err(Refusal::LastOwner));
    let removed = TeamChange {
        workspace: Admin,
        by: None,
        own: false,
        ..leaves
    };
    assert_eq!(team_change(&removed), Ok(()));
    let guest = TeamChange {
        workspace: Guest,
        ..removed
    };
    assert_eq!(team_change(&guest), Err(Refusal::NotAllowed));
}

#[test]
fn a_team_role_is_known_by_its_name() {
    for role in TEAM_ROLES.into_iter().flatten() {
        assert_eq!(role.as_str().parse::<TeamRole>().unwrap(), role);
    }
    assert!("guest".parse::<TeamRole>().is_err());
}
