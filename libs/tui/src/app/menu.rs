//! Choosing from a list by a few letters: the palette of everything, models, agents, colours.

use mosaic_domain::ConversationId;

use super::App;
use super::slash::{COMMANDS, Slash};
use crate::composer::Composer;
use crate::fuzzy;
use crate::text::{ago, flat};
use crate::theme::Palette;

/// An open menu.
#[derive(Debug)]
pub(crate) struct Menu {
    pub(crate) kind: Kind,
    pub(crate) query: Composer,
    pub(crate) marked: usize,
}

/// What is chosen from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Everything,
    Models,
    Agents,
    Themes,
}

impl Kind {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Everything => "Go to",
            Self::Models => "Model",
            Self::Agents => "Agent",
            Self::Themes => "Colours",
        }
    }
}

/// A row of a menu.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub(crate) label: String,
    pub(crate) aside: String,
    pub(crate) take: Taken,
}

/// What choosing it does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Taken {
    Command(&'static Slash),
    Open(ConversationId),
    Model(Option<String>),
    Agent(String),
    Theme(Palette),
}

impl Menu {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            query: Composer::default(),
            marked: 0,
        }
    }
}

fn choice(label: impl Into<String>, aside: impl Into<String>, take: Taken) -> Choice {
    Choice {
        label: label.into(),
        aside: aside.into(),
        take,
    }
}

impl App {
    /// The rows of the open menu that fit what was typed.
    pub(crate) fn choices(&self, menu: &Menu) -> Vec<Choice> {
        let all = match menu.kind {
            Kind::Everything => self.everything(),
            Kind::Models => self.model_choices(),
            Kind::Agents => self.agent_choices(),
            Kind::Themes => {
                let themes = Palette::ALL.into_iter();
                themes
                    .map(|one| choice(one.name(), "", Taken::Theme(one)))
                    .collect()
            }
        };
        fuzzy::filter(menu.query.text(), all, |choice| choice.label.clone())
    }

    fn everything(&self) -> Vec<Choice> {
        let commands = COMMANDS.iter().filter(|command| command.name != "open");
        let commands = commands.map(|command| {
            let aside = format!("{}  {}", command.help, command.keys);
            choice(
                format!("/{}", command.name),
                aside.trim_end(),
                Taken::Command(command),
            )
        });
        let conversations = self.list.items.iter().map(|one| {
            let title = flat(one.title.as_deref().unwrap_or("(untitled)"));
            choice(title, ago(one.updated_at, self.now), Taken::Open(one.id))
        });
        conversations.chain(commands).collect()
    }

    fn model_choices(&self) -> Vec<Choice> {
        let present = self.model();
        let models = self.models.iter().map(|model| {
            let aside = match (present == Some(model.id.as_str()), model.available) {
                (_, false) => "not available",
                (true, true) => "answers now",
                (false, true) if model.default => "usual",
                (false, true) => "",
            };
            choice(flat(&model.id), aside, Taken::Model(Some(model.id.clone())))
        });
        let clear = choice("clear", "leave it to the agent", Taken::Model(None));
        models.chain([clear]).collect()
    }

    fn agent_choices(&self) -> Vec<Choice> {
        let agents = self.agents.iter().map(|agent| {
            choice(
                flat(&agent.name),
                flat(&agent.description),
                Taken::Agent(agent.name.clone()),
            )
        });
        agents.collect()
    }
}
