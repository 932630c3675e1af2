use std::sync::Arc;

use mosaic_domain::{Scope, SessionId, TokenId, UserId, WorkspaceId};
use uuid::Uuid;

use super::*;
use crate::caller::{Credential, SignInMethod};

const ROLES: [WorkspaceRole; 4] = [
    WorkspaceRole::Guest,
    WorkspaceRole::Member,
    WorkspaceRole::Admin,
    WorkspaceRole::Owner,
];

fn caller(role: WorkspaceRole, home: bool, credential: Credential) -> Caller {
    Caller {
        scope: Scope {
            workspace_id: WorkspaceId::new(Uuid::nil()),
            user_id: UserId::new(Uuid::nil()),
        },
        role,
        home,
        name: Arc::from("Ada"),
        email: None,
        credential,
    }
}

fn token(scope: TokenScope) -> Credential {
    Credential::Token {
        id: TokenId::new(Uuid::nil()),
        scopes: scope.into(),
    }
}

fn session(method: SignInMethod, scopes: TokenScopes) -> Credential {
    Credential::Session {
        id: SessionId::new(Uuid::nil()),
        method,
        token: None,
        scopes,
    }
}

/// Every action with the least role, the least scope, and whether it is only done at home.
const TABLE: [(Action, WorkspaceRole, TokenScope, bool); 13] = {
    use Action as A;
    use TokenScope as S;
    use WorkspaceRole as R;
    [
        (A::Read, R::Guest, S::Read, false),
        (A::Converse, R::Member, S::Converse, false),
        (A::Operate, R::Admin, S::Operate, false),
        (A::Command, R::Admin, S::Operate, false),
        (A::OperateInstallation, R::Admin, S::Operate, true),
        (A::ManageSelf, R::Guest, S::Admin, false),
        (A::ManageMembers, R::Admin, S::Admin, false),
        (A::ManageTeams, R::Admin, S::Admin, false),
        (A::Invite, R::Admin, S::Admin, false),
        (A::ManageWorkspace, R::Admin, S::Admin, false),
        (A::ReadAudit, R::Admin, S::Operate, false),
        (A::ManageUsers, R::Admin, S::Admin, true),
        (A::CreateWorkspace, R::Admin, S::Admin, true),
    ]
};

#[test]
fn who_may_do_what_is_this_table() {
    for (action, least, needed, at_home) in TABLE {
        for role in ROLES {
            for scope in TokenScope::ALL {
                for home in [true, false] {
                    let expected = role >= least
                        && TokenScopes::from(scope).contains(needed)
                        && (home || !at_home);
                    let somebody = caller(role, home, token(scope));
                    let allowed = may(&somebody, action);
                    assert_eq!(allowed, expected, "{action:?} {role} {scope} {home}");
                }
            }
        }
    }
    let named: Vec<_> = TABLE.iter().map(|(action, ..)| *action).collect();
    assert_eq!(named, Action::ALL);
}

#[test]
fn a_session_may_what_its_person_may_and_one_of_a_token_no_more_than_the_token() {
    let here = |credential| caller(WorkspaceRole::Owner, true, credential);
    let own = here(session(SignInMethod::Password, TokenScopes::ALL));
    assert!(Action::ALL.into_iter().all(|action| may(&own, action)));
    let narrow = here(session(SignInMethod::Token, TokenScope::Converse.into()));
    let allowed = Action::ALL
        .into_iter()
        .filter(|action| may(&narrow, *action));
    assert_eq!(
        allowed.collect::<Vec<_>>(),
        [Action::Read, Action::Converse]
    );
}

#[test]
fn it_is_told_what_is_lacking() {
    for (role, home, scope, action, lack) in [
        (
            WorkspaceRole::Member,
            true,
            TokenScope::Admin,
            Action::Operate,
            Lack::Role(WorkspaceRole::Admin),
        ),
        (
            WorkspaceRole::Owner,
            false,
            TokenScope::Admin,
            Action::ManageUsers,
            Lack::Home,
        ),
        (
            WorkspaceRole::Owner,
            true,
            TokenScope::Read,
            Action::Converse,
            Lack::Scope(TokenScope::Converse),
        ),
        // Another token would not help a guest.
        (
            WorkspaceRole::Guest,
            true,
            TokenScope::Read,
            Action::Converse,
            Lack::Role(WorkspaceRole::Member),
        ),
    ] {
        assert_eq!(check(&caller(role, home, token(scope)), action), Err(lack));
    }
}

#[test]
fn no_token_makes_one_that_is_good_for_more() {
    for own in TokenScope::ALL {
        for other in TokenScope::ALL {
            let allowed = may_mint(
                &caller(WorkspaceRole::Owner, true, token(own)),
                other.into(),
            );
            assert_eq!(allowed, own == TokenScope::Admin, "{own} {other}");
        }
    }
    let guest = caller(
        WorkspaceRole::Guest,
        false,
        session(SignInMethod::Oidc, TokenScopes::ALL),
    );
    assert!(may_mint(&guest, TokenScopes::ALL));
}

#[test]
fn names_of_actions_differ_and_are_said_in_words() {
    let mut names: Vec<_> = Action::ALL.into_iter().map(Action::as_str).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Action::ALL.len());
    for action in Action::ALL {
        let snake = format!("{action:?}")
            .chars()
            .fold(String::new(), |text, letter| {
                let gap = if letter.is_uppercase() && !text.is_empty() {
                    "_"
                } else {
                    ""
                };
                format!("{text}{gap}{}", letter.to_ascii_lowercase())
            });
        assert_eq!(action.as_str(), snake);
    }
}

#[test]
fn a_role_is_known_by_its_name() {
    for role in ROLES {
        assert_eq!(role.as_str().parse::<WorkspaceRole>().unwrap(), role);
    }
    assert!("root".parse::<WorkspaceRole>().is_err());
}
