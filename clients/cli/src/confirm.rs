//! Asking before what cannot be taken back.

use std::io::{self, IsTerminal as _};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Asks whoever sits there; nobody who does not. `because` says why it is asked, for those who cannot be.
pub(crate) fn confirmed(output: Output, question: &str, because: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !output.talk_is_terminal {
        let message = format!("{because}, and nobody can be asked here");
        return Err(Failure::new(Exit::Usage, message).with_remedy("add --yes"));
    }
    output.say_raw(&format!("{question} [y/N] "));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
