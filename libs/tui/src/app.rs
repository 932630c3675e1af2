//! The state of the interface. It changes in [`App::update`] alone and is drawn by [`App::view`], which changes nothing.

mod act;
mod board;
mod choosing;
mod keys;
mod loaded;
mod menu;
mod mouse;
mod scroll;
mod slash;
mod status;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use mosaic_client::{Agent, Conversation, Model};
use mosaic_domain::{ConversationId, RunId};

use crate::composer::Composer;
use crate::event::{BeginWith, Command, Event, Watched};
use crate::theme::Theme;
use crate::timeline::Timeline;
pub(crate) use board::{Ask, Board, Fact, Rows, Runs};
pub(crate) use menu::Menu;
pub(crate) use scroll::Scroll;
pub(crate) use slash::{COMMANDS, Completion};
pub(crate) use status::Activity;

use board::Asked;

/// How long a notice stands.
const NOTICE: TimeDelta = TimeDelta::seconds(6);
/// How often the list of conversations is fetched.
const REFRESH: TimeDelta = TimeDelta::seconds(20);
/// The same while the gateway is away.
const RETRY: TimeDelta = TimeDelta::seconds(2);
/// From this width on the list of conversations stands beside the messages.
pub(crate) const WIDE: u16 = 100;

/// What does not change while the interface runs.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Version of the program.
    pub version: String,
    /// Address of the gateway.
    pub url: String,
    /// Colours and signs.
    pub theme: Theme,
    /// The local time zone's distance from UTC.
    pub offset: FixedOffset,
    /// The present time.
    pub now: DateTime<Utc>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The conversation to begin with; none for a new one.
    pub conversation: Option<ConversationId>,
    /// What a new conversation is made with.
    pub begin: BeginWith,
}

/// The state.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the screen"
)]
pub struct App {
    pub(crate) version: String,
    pub(crate) url: String,
    pub(crate) theme: Theme,
    pub(crate) offset: FixedOffset,
    pub(crate) now: DateTime<Utc>,
    pub(crate) size: (u16, u16),
    pub(crate) connection: Connection,
    /// The list of conversations.
    pub(crate) list: List,
    /// The conversation that is open.
    pub(crate) open: Option<Open>,
    /// What the next new conversation is made with.
    pub(crate) begin: BeginWith,
    pub(crate) timeline: Timeline,
    pub(crate) scroll: Scroll,
    /// Whether something came below what is seen.
    pub(crate) unseen: bool,
    pub(crate) composer: Composer,
    pub(crate) completion: Completion,
    pub(crate) menu: Option<Menu>,
    /// Runs, workers or queues, over the conversation.
    pub(crate) board: Option<Board>,
    pub(crate) help: Option<u16>,
    pub(crate) notice: Option<Notice>,
    pub(crate) thinking: bool,
    pub(crate) tools: bool,
    pub(crate) mouse: bool,
    pub(crate) models: Vec<Model>,
    pub(crate) agents: Vec<Agent>,
    /// What a run of the open conversation was told to do and has not done yet.
    pub(crate) asked: Option<(RunId, Asked)>,
    /// When Ctrl-C was last pressed for nothing.
    leaving: Option<DateTime<Utc>>,
    watches: u64,
    tickets: u64,
    boards: u64,
}

/// Whether the gateway answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    /// Nobody knows yet.
    Connecting,
    /// It answers.
    Connected,
    /// It does not, since then.
    Away(DateTime<Utc>),
}

/// The list of conversations.
#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) items: Vec<Conversation>,
    pub(crate) cursor: Option<String>,
    /// Whether a further page is on its way.
    pub(crate) fetching: bool,
    /// When it was last asked for.
    pub(crate) asked: Option<DateTime<Utc>>,
    /// Wanted beside the messages on a wide screen.
    pub(crate) hidden: bool,
    /// Wanted over the messages on a narrow screen.
    pub(crate) over: bool,
    /// Whether keys go to it; then this row is marked, 0 being a new conversation.
    pub(crate) marked: Option<usize>,
}

/// The conversation that is open.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) id: ConversationId,
    pub(crate) watch: u64,
    pub(crate) about: Option<Box<Conversation>>,
    /// Whether its newest messages have not come yet.
    pub(crate) loading: bool,
    /// Whether older messages are on their way.
    pub(crate) older: bool,
}

/// A remark that passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) text: String,
    pub(crate) bad: bool,
    until: DateTime<Utc>,
}

impl App {
    /// The first state, and what is to be done first.
    #[must_use]
    pub fn new(setup: Setup) -> (Self, Vec<Command>) {
        let Setup {
            version,
            url,
            theme,
            offset,
            now,
            size,
            conversation,
            begin,
        } = setup;
        let mut app = Self {
            version,
            url,
            theme,
            offset,
            now,
            size,
            connection: Connection::Connecting,
            list: List::default(),
            open: None,
            begin,
            timeline: Timeline::default(),
            scroll: Scroll::Bottom,
            unseen: false,
            composer: Composer::default(),
            completion: Completion::default(),
            menu: None,
            board: None,
            help: None,
            notice: None,
            thinking: false,
            tools: false,
            mouse: true,
            models: Vec::new(),
            agents: Vec::new(),
            asked: None,
            leaving: None,
            watches: 0,
            tickets: 0,
            boards: 0,
        };
        let mut commands = vec![app.refresh(), Command::Choices];
        commands.extend(conversation.map(|id| app.open(id)));
        (app, commands)
    }

    /// Takes in an event; what is to be done about it.
    pub fn update(&mut self, event: Event) -> Vec<Command> {
        // Events of a run come in bursts and move nothing that is looked at.
        let moves = !matches!(
            event,
            Event::Watched {
                what: Watched::Frame(_),
                ..
            }
        );
        let mut commands = match event {
            Event::Tick(now) => self.tick(now),
            Event::Key(key) => self.key(key),
            Event::Paste(text) => self.paste(&text),
            Event::Mouse(mouse) => self.moused(mouse),
            Event::Resize(columns, rows) => {
                self.size = (columns, rows);
                Vec::new()
            }
            other => self.loaded(other),
        };
        if moves {
            commands.extend(self.want());
        }
        commands
    }

    /// When the next [`Event::Tick`] makes a difference, if nothing else happens.
    #[must_use]
    pub fn wakes_at(&self) -> Option<DateTime<Utc>> {
        let still = matches!(self.activity(), Activity::Idle | Activity::Paused);
        let moving = !still || self.is_loading();
        let soon = moving.then(|| self.now + TimeDelta::milliseconds(100));
        let notice = self.notice.as_ref().map(|notice| notice.until);
        let away = matches!(self.connection, Connection::Away(_));
        let away = away.then(|| self.now + TimeDelta::seconds(1));
        let refresh = self.list.asked.map(|asked| asked + self.refresh_pause());
        let board = self.board_due();
        [soon, notice, away, refresh, board]
            .into_iter()
            .flatten()
            .min()
    }

    fn tick(&mut self, now: DateTime<Utc>) -> Vec<Command> {
        self.now = now;
        if self
            .notice
            .as_ref()
            .is_some_and(|notice| notice.until <= now)
        {
            self.notice = None;
        }
        let pause = self.refresh_pause();
        let due = self.list.asked.is_none_or(|asked| now - asked >= pause);
        let mut commands = self.tick_board();
        if due {
            commands.push(self.refresh());
        }
        commands
    }

    fn refresh_pause(&self) -> TimeDelta {
        match self.connection {
            Connection::Away(_) => RETRY,
            _ => REFRESH,
        }
    }

    /// Fetches the list of conversations anew.
    fn refresh(&mut self) -> Command {
        self.list.asked = Some(self.now);
        Command::List { cursor: None }
    }

    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.note(text.into(), false);
    }

    pub(crate) fn complain(&mut self, text: impl Into<String>) {
        self.note(text.into(), true);
    }

    fn note(&mut self, text: String, bad: bool) {
        let until = self.now + NOTICE;
        self.notice = Some(Notice { text, bad, until });
    }

    fn is_loading(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.loading)
    }

    /// Whether the list of conversations is beside the messages.
    pub(crate) fn list_is_beside(&self) -> bool {
        self.size.0 >= WIDE && !self.list.hidden
    }

    /// Whether it covers some of them.
    pub(crate) fn list_is_over(&self) -> bool {
        self.size.0 < WIDE && self.list.over
    }
}

#[cfg(test)]
mod tests;
