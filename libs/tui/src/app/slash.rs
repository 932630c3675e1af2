//! Slash commands: what there is, what a line asks for, and what completes it.

use crate::fuzzy;
use crate::text::flat;
use crate::theme::Palette;

use super::App;

/// A command as the help shows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slash {
    pub(crate) name: &'static str,
    pub(crate) argument: &'static str,
    pub(crate) help: &'static str,
    pub(crate) keys: &'static str,
}

const fn slash(
    name: &'static str,
    argument: &'static str,
    help: &'static str,
    keys: &'static str,
) -> Slash {
    Slash {
        name,
        argument,
        help,
        keys,
    }
}

/// All of them.
pub(crate) static COMMANDS: [Slash; 20] = [
    slash("new", "", "begin another conversation", "Ctrl+N"),
    slash("stop", "", "stop the answer", "Esc"),
    slash("pause", "[reason]", "halt the answer after its step", ""),
    slash("resume", "", "have a paused answer go on", ""),
    slash("kill", "<reason>", "end the answer by force", ""),
    slash("model", "[provider/model|clear]", "choose the model", ""),
    slash("agent", "[name]", "choose who answers", ""),
    slash("title", "<text>", "rename the conversation", ""),
    slash("open", "", "open another conversation", "Ctrl+K"),
    slash("theme", "[colour|contrast|mono]", "choose the colours", ""),
    slash(
        "mouse",
        "",
        "leave the mouse to the terminal, or take it",
        "",
    ),
    slash("help", "", "keys and commands", "F1"),
    slash("quit", "", "leave", "Ctrl+C twice"),
    slash("runs", "", "what runs, to be commanded", ""),
    slash("workers", "", "who executes runs; for admins", ""),
    slash("queues", "", "what waits for whom; for admins", ""),
    slash("whoami", "", "who you are, and what you may", ""),
    slash("sessions", "", "where you are signed in, to end it", ""),
    slash("tokens", "", "your tokens, to be revoked", ""),
    slash("members", "", "who is in this workspace", ""),
];

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Nothing,
    Say(&'a str),
    Do(&'static Slash, &'a str),
    Unknown(&'a str),
}

impl<'a> Line<'a> {
    pub(crate) fn parse(text: &'a str) -> Self {
        let text = text.trim();
        let Some(rest) = text.strip_prefix('/') else {
            return if text.is_empty() {
                Self::Nothing
            } else {
                Self::Say(text)
            };
        };
        // `//` says something that begins with a slash.
        if rest.starts_with('/') {
            return Self::Say(rest);
        }
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let name = match name {
            "?" => "help",
            "exit" | "q" => "quit",
            "rename" => "title",
            other => other,
        };
        match COMMANDS.iter().find(|command| command.name == name) {
            Some(command) => Self::Do(command, argument.trim()),
            // A path is no command.
            None if name.contains('/') => Self::Say(text),
            None => Self::Unknown(name),
        }
    }
}

/// Which completion is marked, and whether they are wanted.
#[derive(Debug, Default)]
pub(crate) struct Completion {
    pub(crate) marked: usize,
    pub(crate) dismissed: bool,
}

/// A completion of what is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// What would be written instead.
    pub(crate) text: String,
    /// As it is listed.
    pub(crate) label: String,
    pub(crate) help: String,
    /// Whether it is a whole line that can be obeyed.
    pub(crate) whole: bool,
}

impl App {
    /// What completes the line that is written.
    pub(crate) fn offers(&self) -> Vec<Offer> {
        let text = self.composer.text();
        if self.completion.dismissed || text.contains('\n') || text.starts_with("//") {
            return Vec::new();
        }
        let Some(rest) = text.strip_prefix('/') else {
            return Vec::new();
        };
        match rest.split_once(' ') {
            None => commands(rest),
            Some((name, argument)) => self.arguments(name, argument.trim_start()),
        }
    }

    fn arguments(&self, name: &str, typed: &str) -> Vec<Offer> {
        let offer = |value: &str, help: &str| Offer {
            text: format!("/{name} {value}"),
            label: flat(value),
            help: flat(help),
            whole: true,
        };
        let all: Vec<Offer> = match name {
            "model" => {
                let clear = offer("clear", "leave it to the agent");
                let models = self.models.iter().map(|model| offer(&model.id, ""));
                models.chain([clear]).collect()
            }
            "agent" => {
                let agents = self.agents.iter();
                agents
                    .map(|agent| offer(&agent.name, &agent.description))
                    .collect()
            }
            "theme" => Palette::ALL
                .iter()
                .map(|one| offer(one.name(), ""))
                .collect(),
            _ => Vec::new(),
        };
        // What is written out needs no completion.
        if all.iter().any(|one| one.label == typed) {
            return Vec::new();
        }
        fuzzy::filter(typed, all, |offer| offer.label.clone())
    }
}

fn commands(typed: &str) -> Vec<Offer> {
    let found = fuzzy::filter(typed, &COMMANDS, |command| command.name.to_owned());
    let offer = |command: &Slash| {
        let whole = command.argument.is_empty();
        let space = if whole { "" } else { " " };
        Offer {
            text: format!("/{}{space}", command.name),
            label: format!("/{} {}", command.name, command.argument),
            help: command.help.to_owned(),
            whole,
        }
    };
    found.into_iter().map(offer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> &'static Slash {
        COMMANDS.iter().find(|one| one.name == name).unwrap()
    }

    #[test]
    fn lines_are_commands_or_things_to_say() {
        assert_eq!(Line::parse("  hello "), Line::Say("hello"));
        assert_eq!(Line::parse("//etc"), Line::Say("/etc"));
        assert_eq!(
            Line::parse("/etc/hosts is a file"),
            Line::Say("/etc/hosts is a file")
        );
        assert_eq!(Line::parse("/nwe"), Line::Unknown("nwe"));
        assert_eq!(Line::parse("/model  a/b "), Line::Do(named("model"), "a/b"));
        assert_eq!(Line::parse("/q"), Line::Do(named("quit"), ""));
        assert_eq!(Line::parse("  "), Line::Nothing);
    }

    #[test]
    fn every_command_is_in_the_table_of_surfaces_and_nothing_else_is() {
        let table = include_str!("../../../../docs/reference/surfaces.md");
        let codes = table.split('`').skip(1).step_by(2);
        let mut listed: Vec<&str> = codes.filter_map(|code| code.strip_prefix('/')).collect();
        let mut known: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known);
    }

    #[test]
    fn what_is_typed_finds_its_command() {
        assert_eq!(commands("mo")[0].text, "/model ");
        assert_eq!(commands("q")[0].text, "/quit");
        assert_eq!(commands("").len(), COMMANDS.len());
    }
}
