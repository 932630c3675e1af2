//! What the bridge itself says in chats.

/// To whoever is not linked.
pub(crate) const STRANGER: &str = "Hello! I only talk with people whose account is linked. \
If you have one on this Mosaic, run `mosaic channel link telegram` (or ask for a code on the web page) and send me \
`/link CODE`.";

/// To a code that does not hold.
pub(crate) const CODE_UNKNOWN: &str = "This code is not known, or not any more: codes hold for 15 minutes and for one use. Make a new one.";

/// To a code of somebody else, or for another workspace, from an account that is linked already.
pub(crate) const TAKEN: &str = "This account is linked to another person or workspace already, and that has not changed. \
To link it anew, unlink it there first, on the web page or with `mosaic channel unlink ID`, and then make a new code.";

/// To `/link` alone.
pub(crate) const CODE_MISSING: &str =
    "Send the code behind the command: `/link CODE`. `mosaic channel link telegram` makes one.";

/// To `/new`.
pub(crate) const NEW: &str = "Your next message begins a new conversation.";

/// To `/stop` with nothing to stop.
pub(crate) const NOTHING_RUNS: &str = "Nothing is running.";

/// To `/stop`.
pub(crate) const STOPPING: &str = "Stopping.";

/// To people who may not converse.
pub(crate) const NOT_ALLOWED: &str = "Your role in the workspace does not let you talk to agents; it takes at least the role member.";

/// To `/help`.
pub(crate) const HELP: &str = "Write, and the agent answers here. This conversation is also in your terminal and on the web page.

/new – begin a new conversation
/stop – stop the answer that is being written
/model – show the model; `/model provider/model` chooses one, `/model clear` leaves it to the agent
/help – this list";

/// To a fresh link.
pub(crate) fn linked(name: &str) -> String {
    format!(
        "This account is linked to **{}** now. Write something, or see /help.",
        plain(name)
    )
}

/// To commands that do not exist.
pub(crate) fn unknown(command: &str) -> String {
    format!(
        "There is no command /{}; /help lists those there are.",
        plain(command)
    )
}

/// To attachments.
pub(crate) fn unsupported(kind: &str) -> String {
    format!("I cannot read a {kind} yet, only text. Nothing was passed on.")
}

/// To `/model` alone.
pub(crate) fn model(chosen: Option<&str>) -> String {
    match chosen {
        Some(model) => format!(
            "The model is `{}`. `/model clear` leaves it to the agent.",
            plain(model)
        ),
        None => {
            "The agent's own model answers. `/model provider/model` chooses another.".to_owned()
        }
    }
}

/// To `/model` with a model.
pub(crate) fn model_chosen(model: &str) -> String {
    format!("From the next message on `{}` answers.", plain(model))
}

/// To `/model` with a model that cannot be had.
pub(crate) fn model_refused(model: &str, reason: &str) -> String {
    format!("`{}` cannot be chosen: {}", plain(model), plain(reason))
}

/// What somebody said elsewhere, before the answer to it.
pub(crate) fn mirrored(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("> {line}")).collect();
    format!("> *via web/terminal*\n{}", lines.join("\n"))
}

/// Foreign words within ours: on one line, not too many, and without marks.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .filter(|letter| !"`*_[]<>".contains(*letter) || *letter == '_')
        .take(300)
        .collect()
}
