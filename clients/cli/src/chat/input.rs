//! Where the message comes from.

use std::io::{self, IsTerminal as _, Read as _};
use std::time::Duration;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};

/// After this long a waiting `chat` says what it waits for.
const PATIENCE: Duration = Duration::from_secs(3);

/// What there is to say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// This, once.
    Message(String),
    /// What a person types, line by line.
    Terminal,
}

pub(super) async fn read(arguments: &str, output: Output) -> Result<Input, Failure> {
    if io::stdin().is_terminal() {
        let typed = arguments.trim();
        return Ok(if typed.is_empty() {
            Input::Terminal
        } else {
            Input::Message(typed.to_owned())
        });
    }
    let mut piped = tokio::task::spawn_blocking(|| {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    });
    let read = if let Ok(read) = tokio::time::timeout(PATIENCE, &mut piped).await {
        read
    } else {
        let waiting = "reading the message from standard input until its end";
        output.say(&output.paint(Tone::Dim, waiting));
        piped.await
    };
    let unread = |error: &dyn std::fmt::Display| {
        Failure::new(
            Exit::Failed,
            format!("standard input cannot be read: {error}"),
        )
    };
    let bytes = read
        .map_err(|error| unread(&error))?
        .map_err(|error| unread(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::new(Exit::Usage, "standard input is not UTF-8 text")
            .with_remedy("pipe text into it")
    })?;
    join(arguments, &text)
}

/// The question before the material.
fn join(arguments: &str, piped: &str) -> Result<Input, Failure> {
    let parts: Vec<&str> = [arguments, piped]
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        return Err(Failure::new(Exit::Usage, "there is no message")
            .with_remedy("mosaic chat \"hello\", or pipe a text into it"));
    }
    Ok(Input::Message(parts.join("\n\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_before_what_is_piped() {
        let joined = join("summarise this", "a long text\n").unwrap();
        assert_eq!(
            joined,
            Input::Message("summarise this\n\na long text".to_owned())
        );
        assert_eq!(join("", "x").unwrap(), Input::Message("x".to_owned()));
        assert_eq!(join(" ", "\n").unwrap_err().exit, Exit::Usage);
    }
}
