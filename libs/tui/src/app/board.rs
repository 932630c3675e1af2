//! Boards: what runs, which workers there are, what waits in the queues, and who is let in, seen and commanded over the
//! conversation.

mod ask;
mod keys;
mod obeyed;
mod people;

use chrono::{DateTime, TimeDelta, Utc};
use mosaic_client::{Me, Member, QueueStatus, RunEntry, RunScope, Session, Token, Worker};

use super::App;
use crate::event::Command;
use crate::operate::{Shown, Wanted};
use crate::text::flat;
pub(crate) use ask::Ask;
pub(super) use obeyed::Asked;

/// How often a board that is open is fetched anew.
const REFRESH: TimeDelta = TimeDelta::seconds(3);

/// An open board.
#[derive(Debug)]
pub(crate) struct Board {
    /// Which opening this is; answers to others are over.
    number: u64,
    pub(crate) rows: Rows,
    pub(crate) marked: usize,
    /// A reason that is asked for.
    pub(crate) ask: Option<Ask>,
    /// What stands in the way of showing it.
    pub(crate) trouble: Option<Trouble>,
    /// Nothing has come yet.
    pub(crate) loading: bool,
    fetching: bool,
    asked: DateTime<Utc>,
}

/// Why a board shows nothing, or nothing new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) reason: String,
    /// The person has not the right to see it.
    pub(crate) denied: bool,
}

/// What is on a board.
#[derive(Debug)]
pub(crate) enum Rows {
    Runs(Runs),
    Workers(Vec<Worker>),
    Queues(Vec<QueueStatus>),
    Me(Vec<Fact>),
    Sessions(Vec<Session>),
    Tokens(Vec<Token>),
    Members(Vec<Member>),
}

/// Something that is known of somebody, by what it is.
pub(crate) type Fact = (&'static str, String);

/// Runs, and which.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    pub(crate) scope: RunScope,
    /// Those that have ended as well.
    pub(crate) ended: bool,
    pub(crate) items: Vec<RunEntry>,
    /// Whether there are older ones.
    pub(crate) more: bool,
}

impl Rows {
    fn wanted(&self) -> Wanted {
        match self {
            Self::Runs(Runs { scope, ended, .. }) => Wanted::Runs {
                scope: *scope,
                ended: *ended,
            },
            Self::Workers(_) => Wanted::Workers,
            Self::Queues(_) => Wanted::Queues,
            Self::Me(_) => Wanted::Me,
            Self::Sessions(_) => Wanted::Sessions,
            Self::Tokens(_) => Wanted::Tokens,
            Self::Members(_) => Wanted::Members,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Runs(runs) => runs.items.len(),
            Self::Workers(workers) => workers.len(),
            Self::Queues(queues) => queues.len(),
            Self::Me(facts) => facts.len(),
            Self::Sessions(sessions) => sessions.len(),
            Self::Tokens(tokens) => tokens.len(),
            Self::Members(members) => members.len(),
        }
    }

    /// What tells a row from all others, whatever comes before it.
    fn key(&self, at: usize) -> Option<String> {
        match self {
            Self::Runs(runs) => runs.items.get(at).map(|run| run.id.to_string()),
            Self::Workers(workers) => workers.get(at).map(|worker| worker.id.to_string()),
            Self::Queues(queues) => queues.get(at).map(|queue| queue.name.clone()),
            Self::Me(facts) => facts.get(at).map(|(name, _)| (*name).to_owned()),
            Self::Sessions(sessions) => sessions.get(at).map(|session| session.id.to_string()),
            Self::Tokens(tokens) => tokens.get(at).map(|token| token.id.to_string()),
            Self::Members(members) => members.get(at).map(|member| member.user_id.to_string()),
        }
    }

    /// Puts what came in the place of what was there, if it is of the same kind.
    fn put(&mut self, shown: Shown) {
        match (self, shown) {
            (Self::Runs(runs), Shown::Runs(page)) => {
                runs.items = page.items;
                runs.more = page.next_cursor.is_some();
            }
            (Self::Workers(workers), Shown::Workers(came)) => *workers = came,
            (Self::Queues(queues), Shown::Queues(came)) => *queues = came,
            (Self::Me(facts), Shown::Me(me)) => *facts = known(&me),
            (Self::Sessions(sessions), Shown::Sessions(came)) => *sessions = came,
            (Self::Tokens(tokens), Shown::Tokens(came)) => *tokens = came,
            (Self::Members(members), Shown::Members(came)) => *members = came,
            _ => {}
        }
    }
}

/// What is known of whoever sits there.
fn known(me: &Me) -> Vec<Fact> {
    let email = me.email.as_deref().map(|email| {
        let aside = if me.email_verified {
            ""
        } else {
            " (not verified)"
        };
        format!("{}{aside}", flat(email))
    });
    let workspace = me.workspace.as_deref().map(flat);
    let workspace = workspace.unwrap_or_else(|| me.workspace_id.to_string());
    let home = if me.home { " (home)" } else { "" };
    let list = |words: &[String]| flat(&words.join(", "));
    let scopes = me.scopes.as_deref().map(list);
    let credential = match (&me.credential, &me.method, scopes) {
        (Some(kind), Some(method), _) => {
            Some(format!("{}, begun with {}", flat(kind), flat(method)))
        }
        (Some(kind), None, Some(scopes)) => Some(format!("{} for {scopes}", flat(kind))),
        (kind, _, _) => kind.as_deref().map(flat),
    };
    let may = Some(list(&me.may)).filter(|may| !may.is_empty());
    let facts = [
        ("name", me.name.as_deref().map(flat)),
        ("email", email),
        ("user", Some(me.user_id.to_string())),
        ("workspace", Some(format!("{workspace}{home}"))),
        ("role", me.role.as_deref().map(flat)),
        ("credential", credential),
        ("may", may),
    ];
    let facts = facts.into_iter();
    facts
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

impl Board {
    /// Takes in what came; the mark stays on the row it was on.
    fn put(&mut self, shown: Shown) {
        let marked = self.rows.key(self.marked);
        self.rows.put(shown);
        self.trouble = None;
        let same = |at: &usize| marked.is_some() && self.rows.key(*at) == marked;
        let found = (0..self.rows.len()).find(same);
        let last = self.rows.len().saturating_sub(1);
        self.marked = found.unwrap_or(self.marked).min(last);
    }

    fn is_denied(&self) -> bool {
        self.trouble.as_ref().is_some_and(|trouble| trouble.denied)
    }

    /// When it is to be fetched again.
    fn due(&self) -> Option<DateTime<Utc>> {
        let waits = !self.fetching && !self.is_denied();
        waits.then(|| self.asked + REFRESH)
    }
}

impl App {
    /// Opens a board over the conversation.
    pub(super) fn open_board(&mut self, rows: Rows) -> Vec<Command> {
        self.menu = None;
        self.boards += 1;
        self.board = Some(Board {
            number: self.boards,
            rows,
            marked: 0,
            ask: None,
            trouble: None,
            loading: true,
            fetching: false,
            asked: self.now,
        });
        self.fetch_board()
    }

    /// Fetches the board that is open; what was asked for before is not waited for any more.
    fn fetch_board(&mut self) -> Vec<Command> {
        let Some(board) = &mut self.board else {
            return Vec::new();
        };
        self.boards += 1;
        board.number = self.boards;
        (board.fetching, board.asked) = (true, self.now);
        let (board, what) = (board.number, board.rows.wanted());
        vec![Command::Board { board, what }]
    }

    /// When the board is to be fetched again.
    pub(super) fn board_due(&self) -> Option<DateTime<Utc>> {
        self.board.as_ref().and_then(Board::due)
    }

    /// Fetches the board when it is time.
    pub(super) fn tick_board(&mut self) -> Vec<Command> {
        if self.board_due().is_some_and(|due| due <= self.now) {
            self.fetch_board()
        } else {
            Vec::new()
        }
    }

    /// Takes in what came for a board.
    pub(super) fn shown(&mut self, number: u64, shown: Shown) -> Vec<Command> {
        let Some(board) = self.board.as_mut().filter(|one| one.number == number) else {
            return Vec::new();
        };
        board.fetching = false;
        let (reason, denied) = match shown {
            Shown::Failed { reason, denied } => (flat(&reason), denied),
            shown => {
                board.loading = false;
                board.put(shown);
                return Vec::new();
            }
        };
        // What others run is for admins; one's own runs everybody may see.
        if let Rows::Runs(runs) = &mut board.rows
            && denied
            && runs.scope == RunScope::Workspace
        {
            runs.scope = RunScope::Mine;
            self.complain(reason);
            return self.fetch_board();
        }
        board.loading = false;
        board.trouble = Some(Trouble { reason, denied });
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
