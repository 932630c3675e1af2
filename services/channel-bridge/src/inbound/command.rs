//! Commands: texts that begin with a slash.

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// A person opened the chat, by a link that may carry a code.
    Start(Option<String>),
    /// Link this account.
    Link(Option<String>),
    /// Begin a new conversation.
    New,
    /// Stop the answer.
    Stop,
    /// Show or choose the model.
    Model(Option<String>),
    /// What there is.
    Help,
    /// Something else.
    Unknown(String),
}

/// Reads a text as a command; nothing if it is none.
pub(super) fn parse(text: &str) -> Option<Command> {
    let body = text.trim().strip_prefix('/')?;
    let (word, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    // In groups commands name the bot they are for.
    let name = word.split('@').next().unwrap_or_default().to_lowercase();
    // A path is no command.
    if name.is_empty()
        || !name
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_')
    {
        return None;
    }
    let argument = Some(rest.trim().to_owned()).filter(|rest| !rest.is_empty());
    Some(match name.as_str() {
        "start" => Command::Start(argument),
        "link" => Command::Link(argument),
        "new" => Command::New,
        "stop" => Command::Stop,
        "model" => Command::Model(argument),
        "help" => Command::Help,
        _ => Command::Unknown(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_messages() {
        let code = || Some("ABCDE-FGHIJ".to_owned());
        assert_eq!(parse("/link ABCDE-FGHIJ"), Some(Command::Link(code())));
        assert_eq!(
            parse(" /START@bot ABCDE-FGHIJ "),
            Some(Command::Start(code()))
        );
        assert_eq!(parse("/new"), Some(Command::New));
        assert_eq!(parse("/model"), Some(Command::Model(None)));
        assert_eq!(parse("/foo bar"), Some(Command::Unknown("foo".into())));
        for message in ["hello", "/usr/bin/env is where?", "/", "a /new"] {
            assert_eq!(parse(message), None, "{message}");
        }
    }
}
