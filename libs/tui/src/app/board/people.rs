//! Keys on boards about who is let in. Every one of them asks first.

use mosaic_client::{Member, Session, Token};

use super::Rows;
use super::ask::{Ask, Wants};
use crate::text::{flat, tail};

/// The marked row of such a board.
pub(super) enum Who {
    Session(Session),
    Token(Token),
    Member(Member),
}

impl Who {
    pub(super) fn of(rows: &Rows, at: usize) -> Option<Self> {
        match rows {
            Rows::Sessions(sessions) => sessions.get(at).cloned().map(Self::Session),
            Rows::Tokens(tokens) => tokens.get(at).cloned().map(Self::Token),
            Rows::Members(members) => members.get(at).cloned().map(Self::Member),
            _ => None,
        }
    }

    /// What this key asks for.
    pub(super) fn asked(&self, letter: char) -> Option<Ask> {
        match self {
            Self::Session(session) => of_session(session, letter),
            Self::Token(token) => of_token(token, letter),
            Self::Member(member) => of_member(member, letter),
        }
    }
}

fn of_session(session: &Session, letter: char) -> Option<Ask> {
    match letter {
        'e' => {
            let what = match flat(&session.browser) {
                browser if browser.is_empty() => tail(session.id),
                browser => browser,
            };
            let question = format!("End the session of {what}?");
            Some(Ask::new(question, "ends it", Wants::EndSession(session.id)))
        }
        'a' => {
            let question = "Sign out of every browser?".to_owned();
            Some(Ask::new(question, "ends all", Wants::EndSessions))
        }
        _ => None,
    }
}

fn of_token(token: &Token, letter: char) -> Option<Ask> {
    let this = if token.current {
        ", which is used here"
    } else {
        ""
    };
    let question = format!("Revoke {}{this}?", flat(&token.name));
    let ask = || Ask::new(question, "revokes it", Wants::RevokeToken(token.id));
    (letter == 'r').then(ask)
}

fn of_member(member: &Member, letter: char) -> Option<Ask> {
    let (user, name) = (member.user_id, flat(&member.name));
    let role = match letter {
        'o' => "owner",
        'a' => "admin",
        'm' => "member",
        'g' => "guest",
        'x' => {
            let question = format!("Remove {name} from the workspace?");
            return Some(Ask::new(question, "removes", Wants::RemoveMember(user)));
        }
        _ => return None,
    };
    let question = format!("Make {name} {role}?");
    Some(Ask::new(question, "does it", Wants::SetRole(user, role)))
}
