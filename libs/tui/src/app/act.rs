//! What a person can do, however they ask for it.

use mosaic_domain::{ConversationId, RunId};

use super::menu::{Kind, Taken};
use super::slash::{Line, Slash};
use super::{App, Menu, Open, Rows, Runs};
use crate::event::{Change, Command};
use crate::operate::Order;
use crate::text::flat;
use crate::theme::{Palette, Theme};
use crate::timeline::Timeline;

impl App {
    /// Sends what is written, or does what it asks for.
    pub(super) fn submit(&mut self) -> Vec<Command> {
        let text = self.composer.take();
        self.completion = super::Completion::default();
        match Line::parse(&text) {
            Line::Nothing => Vec::new(),
            Line::Say(said) => vec![self.send(said.to_owned())],
            Line::Do(command, argument) => self.obey(command, argument),
            Line::Unknown(name) => {
                let name = flat(name);
                self.complain(format!("there is no /{name}; /help shows what there is"));
                Vec::new()
            }
        }
    }

    fn send(&mut self, text: String) -> Command {
        self.tickets += 1;
        let ticket = self.tickets;
        self.timeline.drop_unsent();
        self.timeline.add_pending(ticket, text.clone());
        self.scroll_to_bottom();
        let to = match &self.open {
            Some(open) => Ok(open.id),
            None => Err(self.begin.clone()),
        };
        Command::Send { ticket, to, text }
    }

    pub(super) fn obey(&mut self, command: &'static Slash, argument: &str) -> Vec<Command> {
        match (command.name, argument) {
            ("new", _) => return self.new_conversation(),
            ("stop", _) => return self.stop(),
            ("pause", reason) => return self.pause(reason),
            ("resume", _) => return self.command(Order::Resume),
            ("kill", reason) => return self.kill(reason),
            ("runs", _) => return self.open_board(Rows::Runs(Runs::default())),
            ("workers", _) => return self.open_board(Rows::Workers(Vec::new())),
            ("queues", _) => return self.open_board(Rows::Queues(Vec::new())),
            ("whoami", _) => return self.open_board(Rows::Me(Vec::new())),
            ("sessions", _) => return self.open_board(Rows::Sessions(Vec::new())),
            ("tokens", _) => return self.open_board(Rows::Tokens(Vec::new())),
            ("members", _) => return self.open_board(Rows::Members(Vec::new())),
            ("quit", _) => return vec![Command::Quit],
            ("help", _) => self.help = Some(0),
            ("open", _) => self.menu = Some(Menu::new(Kind::Everything)),
            ("mouse", _) => return self.toggle_mouse(),
            ("model", "") => self.menu = Some(Menu::new(Kind::Models)),
            ("agent", "") => self.menu = Some(Menu::new(Kind::Agents)),
            ("theme", "") => self.menu = Some(Menu::new(Kind::Themes)),
            ("title", "") => self.complain("/title wants a title, like /title Plans for May"),
            ("model", "clear") => return self.choose_model(None),
            ("model", model) => return self.choose_model(Some(model.to_owned())),
            ("agent", agent) => return self.choose_agent(agent.to_owned()),
            ("title", title) => return self.choose_title(title.to_owned()),
            ("theme", name) => match Palette::named(name) {
                Some(palette) => self.choose_theme(palette),
                None => self.complain("colours are colour, contrast or mono"),
            },
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn take_choice(&mut self, taken: Taken) -> Vec<Command> {
        match taken {
            Taken::Command(command) if command.argument.starts_with('<') => {
                self.composer.set(format!("/{} ", command.name));
                self.board = None;
                Vec::new()
            }
            Taken::Command(command) => self.obey(command, ""),
            Taken::Open(id) => vec![self.open(id)],
            Taken::Model(model) => self.choose_model(model),
            Taken::Agent(agent) => self.choose_agent(agent),
            Taken::Theme(palette) => {
                self.choose_theme(palette);
                Vec::new()
            }
        }
    }

    /// Leaves what is open for a conversation that begins with its first message.
    pub(super) fn new_conversation(&mut self) -> Vec<Command> {
        self.list.over = false;
        self.list.marked = None;
        self.board = None;
        if self.open.take().is_none() {
            self.say("this is a new conversation");
            return Vec::new();
        }
        self.begin.title = None;
        self.timeline = Timeline::default();
        self.asked = None;
        self.scroll_to_bottom();
        vec![Command::Close]
    }

    /// Opens a conversation; what is here of another one is dropped.
    pub(crate) fn open(&mut self, id: ConversationId) -> Command {
        self.timeline = Timeline::default();
        self.list.over = false;
        self.list.marked = None;
        self.board = None;
        self.follow(id)
    }

    /// Follows a conversation from now on.
    pub(super) fn follow(&mut self, id: ConversationId) -> Command {
        self.watches += 1;
        self.asked = None;
        self.scroll_to_bottom();
        let about = self.list.items.iter().find(|one| one.id == id);
        self.open = Some(Open {
            id,
            watch: self.watches,
            about: about.cloned().map(Box::new),
            loading: true,
            older: false,
        });
        let watch = self.watches;
        Command::Open { id, watch }
    }

    /// The conversation above or below the open one in the list.
    pub(super) fn neighbour(&mut self, down: bool) -> Vec<Command> {
        let open = self.open.as_ref().map(|open| open.id);
        let at = self.list.items.iter().position(|one| Some(one.id) == open);
        let next = match (at, down) {
            (None, true) => Some(0),
            (None | Some(0), false) => None,
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => Some(at - 1),
        };
        let next = next
            .and_then(|at| self.list.items.get(at))
            .map(|one| one.id);
        next.map(|id| vec![self.open(id)]).unwrap_or_default()
    }

    /// Stops the run that is going on.
    pub(super) fn stop(&mut self) -> Vec<Command> {
        self.command(Order::Stop)
    }

    /// Commands the run that is going on.
    fn command(&mut self, order: impl FnOnce(RunId) -> Order) -> Vec<Command> {
        let Some(run) = self.active_run() else {
            self.say("nothing is going on");
            return Vec::new();
        };
        self.order(order(run))
    }

    fn pause(&mut self, reason: &str) -> Vec<Command> {
        let reason = (!reason.is_empty()).then(|| reason.to_owned());
        self.command(|run| Order::Pause { run, reason })
    }

    fn kill(&mut self, reason: &str) -> Vec<Command> {
        if reason.is_empty() {
            self.complain("/kill wants a reason, like /kill It goes round in circles");
            return Vec::new();
        }
        let reason = reason.to_owned();
        self.command(|run| Order::Kill { run, reason })
    }

    fn change(&mut self, change: Change) -> Vec<Command> {
        if let Some(open) = &self.open {
            let id = open.id;
            return vec![Command::Change { id, change }];
        }
        self.say("the next conversation begins so");
        match change {
            Change::Title(title) => self.begin.title = Some(title),
            Change::Agent(agent) => self.begin.agent = Some(agent),
            Change::Model(model) => self.begin.model = model,
        }
        Vec::new()
    }

    fn choose_model(&mut self, model: Option<String>) -> Vec<Command> {
        self.change(Change::Model(model))
    }

    fn choose_agent(&mut self, agent: String) -> Vec<Command> {
        self.change(Change::Agent(agent))
    }

    fn choose_title(&mut self, title: String) -> Vec<Command> {
        self.change(Change::Title(title))
    }

    fn choose_theme(&mut self, palette: Palette) {
        self.theme = Theme {
            palette,
            ..self.theme
        };
    }

    fn toggle_mouse(&mut self) -> Vec<Command> {
        self.mouse = !self.mouse;
        self.say(if self.mouse {
            "the mouse scrolls and opens; hold Shift to mark text"
        } else {
            "the mouse marks text; /mouse takes it back"
        });
        vec![Command::Mouse(self.mouse)]
    }
}
