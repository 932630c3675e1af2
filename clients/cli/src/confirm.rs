//! Asking before what cannot be taken back.

use std::io::{self, IsTerminal as _};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::text::printable;

/// Asks whoever sits there; nobody who does not. `because` says why it is asked, for those who cannot be.
pub(crate) fn confirmed(output: Output, question: &str, because: &str) -> Result<bool, Failure> {
    let answer = asked(output, &format!("{question} [y/N]"), because)?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

/// The same, unless the command line says yes already; who says no is told that nothing was done.
pub(crate) fn agreed(
    output: Output,
    yes: bool,
    question: &str,
    because: &str,
) -> Result<(), Failure> {
    if yes || confirmed(output, question, because)? {
        return Ok(());
    }
    Err(left())
}

/// For what takes most with it: the name has to be typed, unless the command line says yes already.
pub(crate) fn named(
    output: Output,
    yes: bool,
    question: &str,
    name: &str,
    because: &str,
) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let question = format!("{question} Type its name, {}, to go on:", printable(name));
    if asked(output, &question, because)? == name {
        return Ok(());
    }
    Err(left())
}

fn asked(output: Output, question: &str, because: &str) -> Result<String, Failure> {
    if !io::stdin().is_terminal() || !output.talk_is_terminal {
        let message = format!("{because}, and nobody can be asked here");
        return Err(Failure::new(Exit::Usage, message).with_remedy("add --yes"));
    }
    output.say_raw(&format!("{question} "));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

fn left() -> Failure {
    Failure::new(Exit::Failed, "nothing was done")
}
