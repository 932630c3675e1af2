//! Who is let in, as rows: whoever sits there, sessions, tokens, members.

use chrono::{DateTime, Utc};
use mosaic_client::{Member, Session, Token};
use ratatui::style::Style;

use super::detail::{joined, since};
use super::table::{Cell, Table, number, text};
use crate::app::{App, Fact, Rows};
use crate::text::{ago, flat, tail};
use crate::wrap::wrap_text;

/// Columns of a name, on a screen with room for more than the least.
const fn name_columns(room: usize) -> usize {
    if room >= 110 { 36 } else { 20 }
}

pub(super) fn facts(app: &App, facts: &[Fact], room: usize) -> Table {
    let row = |(name, value): &Fact| {
        vec![
            ((*name).to_owned(), app.theme.dim()),
            (value.clone(), Style::new()),
        ]
    };
    let rows = facts.iter().map(row).collect();
    Table::new(vec![text("WHAT", 12), text("", 0)], rows, room)
}

pub(super) fn sessions(app: &App, sessions: &[Session], room: usize) -> Table {
    let columns = vec![
        text("BROWSER", name_columns(room)),
        text("FROM", 16),
        text("WITH", 11),
        number("BEGUN", 6),
        number("USED", 6),
        text("", 0),
    ];
    let rows = sessions.iter().map(|one| session(app, one)).collect();
    Table::new(columns, rows, room)
}

fn session(app: &App, session: &Session) -> Vec<Cell> {
    let dim = app.theme.dim();
    let used = session.last_used_at.map(|time| ago(time, app.now));
    let address = session.address.as_deref().map(flat);
    vec![
        (browser(session), Style::new()),
        (address.unwrap_or_else(|| "-".to_owned()), Style::new()),
        (flat(&session.method), dim),
        (ago(session.created_at, app.now), dim),
        (used.unwrap_or_else(|| "-".to_owned()), dim),
        this_one(app, session.current),
    ]
}

/// What is known of where it is: the end of its id, if nothing else.
fn browser(session: &Session) -> String {
    Some(flat(&session.browser))
        .filter(|browser| !browser.is_empty())
        .unwrap_or_else(|| tail(session.id))
}

pub(super) fn tokens(app: &App, tokens: &[Token], room: usize) -> Table {
    let columns = vec![
        text("NAME", name_columns(room)),
        text("MAY", 22),
        text("HINT", 10),
        number("MADE", 5),
        number("USED", 5),
        text("", 0),
    ];
    let rows = tokens.iter().map(|one| token(app, one)).collect();
    Table::new(columns, rows, room)
}

fn token(app: &App, token: &Token) -> Vec<Cell> {
    let dim = app.theme.dim();
    let used = token.last_used_at.map(|time| ago(time, app.now));
    vec![
        (flat(&token.name), Style::new()),
        (flat(&token.scopes.join(", ")), Style::new()),
        (flat(&token.hint), dim),
        (ago(token.created_at, app.now), dim),
        (used.unwrap_or_else(|| "never".to_owned()), dim),
        this_one(app, token.current),
    ]
}

fn this_one(app: &App, current: bool) -> Cell {
    let mark = if current { "this one" } else { "" };
    (mark.to_owned(), app.theme.good())
}

pub(super) fn members(app: &App, members: &[Member], room: usize) -> Table {
    let columns = vec![
        text("NAME", name_columns(room)),
        text("ROLE", 7),
        text("STATE", 12),
        text("EMAIL", 0),
    ];
    let rows = members.iter().map(|one| member(app, one)).collect();
    Table::new(columns, rows, room)
}

fn member(app: &App, member: &Member) -> Vec<Cell> {
    let theme = app.theme;
    let state = match member.state.as_str() {
        "active" => theme.dim(),
        _ => theme.warn(),
    };
    let email = member.email.as_deref().map(flat);
    vec![
        (flat(&member.name), Style::new()),
        (flat(&member.role), Style::new()),
        (flat(&member.state), state),
        (email.unwrap_or_else(|| "-".to_owned()), theme.dim()),
    ]
}

/// What there is to know about a row of these.
pub(super) fn detail(app: &App, rows: &Rows, at: usize, columns: usize) -> Option<Vec<Cell>> {
    let dim = app.theme.dim();
    let end = |time: Option<DateTime<Utc>>| {
        let time = time?.with_timezone(&app.offset);
        Some(format!("ends {}", time.format("%Y-%m-%d %H:%M")))
    };
    Some(match rows {
        // What the row has no room for.
        Rows::Me(facts) => {
            let lines = wrap_text(&facts.get(at)?.1, columns.max(1));
            lines.into_iter().map(|line| (line, dim)).collect()
        }
        Rows::Sessions(sessions) => {
            let session = sessions.get(at)?;
            let begun = since(app, "begun", session.created_at);
            let named = [Some(format!("session {}", session.id))];
            let times = [Some(begun), end(session.expires_at)];
            vec![
                (joined(app, named), Style::new()),
                (joined(app, times), dim),
            ]
        }
        Rows::Tokens(tokens) => {
            let token = tokens.get(at)?;
            let made = since(app, "made", token.created_at);
            let used = token.last_used_at.map(|time| since(app, "used", time));
            let named = [Some(format!("token {}", token.id))];
            let times = [Some(made), used, end(token.expires_at)];
            vec![
                (joined(app, named), Style::new()),
                (joined(app, times), dim),
            ]
        }
        Rows::Members(members) => {
            let member = members.get(at)?;
            let here = member.created_at.map(|time| since(app, "here", time));
            let teams = member.teams.iter();
            let teams =
                teams.map(|team| Some(format!("{} ({})", flat(&team.name), flat(&team.role))));
            let named = [Some(format!("user {}", member.user_id)), here];
            vec![
                (joined(app, named), Style::new()),
                (joined(app, teams), dim),
            ]
        }
        _ => return None,
    })
}
