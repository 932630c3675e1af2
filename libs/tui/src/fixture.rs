//! For tests: an interface on a screen that is no terminal, and things to tell it.

mod board;

use chrono::{DateTime, FixedOffset, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mosaic_client::{Agent, Conversation, Frame, Message, Model, Page, Sent};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::{Value, json};

use crate::{App, BeginWith, Command, Event, Palette, Setup, Theme, Watched};
pub(crate) use board::{me, members, queues, run, runs, sessions, tokens, workers};

pub(crate) const ID: &str = "01890000-0000-7000-8000-000000000001";
pub(crate) const OTHER: &str = "01890000-0000-7000-8000-000000000002";

/// The interface, and everything it asked for.
pub(crate) struct Stage {
    pub(crate) app: App,
    pub(crate) commands: Vec<Command>,
    seq: u32,
}

pub(crate) fn time() -> DateTime<Utc> {
    "2026-01-02T09:30:00Z".parse().unwrap()
}

impl Stage {
    /// A new conversation on a screen of this size.
    pub(crate) fn new(columns: u16, rows: u16) -> Self {
        Self::with(columns, rows, Theme::new(Palette::Mono, true))
    }

    pub(crate) fn with(columns: u16, rows: u16, theme: Theme) -> Self {
        let (app, commands) = App::new(Setup {
            version: "0.1.0".into(),
            url: "http://127.0.0.1:14242".into(),
            theme,
            offset: FixedOffset::east_opt(0).unwrap(),
            now: time(),
            size: (columns, rows),
            conversation: None,
            begin: BeginWith::default(),
        });
        let mut stage = Self {
            app,
            commands,
            seq: 0,
        };
        stage.tell(Event::Connected(true));
        stage.tell(Event::Models(models()));
        stage.tell(Event::Agents(agents()));
        stage.tell(Event::Conversations {
            page: conversations(),
            more: false,
        });
        stage
    }

    /// The first conversation of the list, opened, with nothing in it.
    pub(crate) fn open(columns: u16, rows: u16) -> Self {
        Self::new(columns, rows).opened()
    }

    pub(crate) fn opened(mut self) -> Self {
        let command = self.app.open(ID.parse().unwrap());
        self.commands.push(command);
        self.watched(Watched::Messages {
            messages: Vec::new(),
            more: false,
        });
        self
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.commands.extend(self.app.update(event));
    }

    pub(crate) fn watched(&mut self, what: Watched) {
        self.tell(Event::Watched { watch: 1, what });
    }

    /// The next event of the run.
    pub(crate) fn frame(&mut self, seq: u32, kind: &str, data: Value) {
        self.seq = seq;
        let json = json!({"id": format!("{ID}:1:{seq}"), "type": kind, "time": self.app.now,
            "conversationId": ID, "runId": ID, "epoch": 1, "seq": seq, "data": data});
        let frame = Frame::parse(&json.to_string()).unwrap();
        self.watched(Watched::Frame(Box::new(frame)));
    }

    /// The same under the next number.
    pub(crate) fn next(&mut self, kind: &str, data: Value) {
        self.frame(self.seq + 1, kind, data);
    }

    pub(crate) fn pass(&mut self, ms: i64) {
        self.tell(Event::Tick(
            self.app.now + chrono::TimeDelta::milliseconds(ms),
        ));
    }

    pub(crate) fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.tell(Event::Key(KeyEvent::new(code, modifiers)));
    }

    pub(crate) fn control(&mut self, c: char) {
        self.key(KeyCode::Char(c), KeyModifiers::CONTROL);
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.key(KeyCode::Char(c), KeyModifiers::NONE);
        }
    }

    pub(crate) fn enter(&mut self, text: &str) {
        self.tell(Event::Paste(text.to_owned()));
        self.key(KeyCode::Enter, KeyModifiers::NONE);
    }

    pub(crate) fn last(&self) -> Option<Command> {
        let sent = self.commands.iter().rev();
        let mut wanted =
            sent.filter(|one| !matches!(one, Command::List { .. } | Command::Past { .. }));
        wanted.next().cloned()
    }

    pub(crate) fn asked_older(&self) -> bool {
        self.commands
            .iter()
            .any(|one| matches!(one, Command::Older { .. }))
    }

    /// The screen as text.
    pub(crate) fn text(&self) -> String {
        let (columns, rows) = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| self.app.view(frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let line = |y: u16| {
            let mut line = String::new();
            let mut x = 0;
            while x < columns {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(crate::width(symbol)).unwrap().max(1);
            }
            line
        };
        (0..rows).map(line).collect::<Vec<_>>().join("\n")
    }
}

pub(crate) fn conversation(id: &str, title: &str) -> Conversation {
    serde_json::from_value(
        json!({"id": id, "title": title, "agent": "jarvis", "messageCount": 4,
        "createdAt": "2026-01-02T08:00:00Z", "updatedAt": "2026-01-02T09:18:00Z"}),
    )
    .unwrap()
}

fn conversations() -> Page<Conversation> {
    let mut items = vec![
        conversation(ID, "Plans for the garden"),
        conversation(
            OTHER,
            "日本語の会話 about \u{1b}[31mcolours\u{202e} and much more than fits",
        ),
    ];
    items[1].updated_at = "2025-12-24T09:18:00Z".parse().unwrap();
    items[1].active_run_id = Some(OTHER.parse().unwrap());
    Page {
        items,
        next_cursor: None,
    }
}

fn models() -> Vec<Model> {
    let model = |id: &str, window: u32, default: bool| Model {
        id: id.into(),
        provider: id.split('/').next().unwrap().into(),
        context_window: window,
        default,
        available: true,
    };
    vec![
        model("anthropic/claude-sonnet-5", 200_000, true),
        model("openai/gpt-5", 400_000, false),
    ]
}

fn agents() -> Vec<Agent> {
    let agent = |name: &str, description: &str, default: bool| Agent {
        name: name.into(),
        description: description.into(),
        model: None,
        default,
    };
    vec![
        agent("jarvis", "Answers anything and hands work to others", true),
        agent("sherlock", "Finds things out", false),
    ]
}

pub(crate) fn message(seq: i64, role: &str, content: &str, run: Option<&str>) -> Message {
    serde_json::from_value(json!({"id": format!("01890000-0000-7000-9000-{seq:012}"), "conversationId": ID,
        "seq": seq, "role": role, "content": content, "runId": run, "createdAt": "2026-01-02T09:28:00Z"}))
    .unwrap()
}

pub(crate) fn sent(message: &str) -> Sent {
    serde_json::from_value(
        json!({"messageId": message, "runId": ID, "conversationId": ID, "seq": 1,
        "acceptance": "queued"}),
    )
    .unwrap()
}
