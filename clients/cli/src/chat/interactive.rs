//! A conversation on a terminal.

use mosaic_domain::ConversationId;

use super::deliver::Contact;
use super::prompt::{Prompt, Typed};
use super::{Chat, End};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Tone;

const HELP: &str = "\
/help   show this
/new    begin another conversation
/stop   stop the run that is going on in this conversation
/quit   leave; so do Ctrl-D and Ctrl-C twice
A line that ends with \\ goes on in the next. Ctrl-C while an answer is written stops it.";

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Line<'a> {
    Nothing,
    Say(&'a str),
    Help,
    New,
    Stop,
    Quit,
    Unknown(&'a str),
}

impl<'a> Line<'a> {
    fn parse(text: &'a str) -> Self {
        let text = text.trim();
        // `//` says something that begins with a slash.
        match text.strip_prefix('/') {
            None if text.is_empty() => Self::Nothing,
            None => Self::Say(text),
            Some(rest) if rest.starts_with('/') => Self::Say(rest),
            Some("help" | "?") => Self::Help,
            Some("new") => Self::New,
            Some("stop") => Self::Stop,
            Some("quit" | "exit" | "q") => Self::Quit,
            Some(other) => Self::Unknown(other),
        }
    }
}

pub(super) async fn run(chat: Chat, conversation: Option<ConversationId>) -> Outcome {
    chat.welcome(conversation).await?;
    let mut prompt = Prompt::new()?;
    let mut conversation = conversation;
    let mut interrupted = false;
    loop {
        let seen = chat.interrupts.count();
        let typed = tokio::select! {
            typed = prompt.read() => typed?,
            () = chat.interrupts.more_than(seen) => Typed::End,
        };
        match typed {
            Typed::End => return Ok(Exit::Done),
            Typed::Interrupt if interrupted => return Ok(Exit::Done),
            Typed::Interrupt => {
                interrupted = true;
                chat.aside("Ctrl-C again or /quit to leave");
            }
            Typed::Line(text) => {
                interrupted = false;
                if chat.obey(&Line::parse(&text), &mut conversation).await? {
                    return Ok(Exit::Done);
                }
            }
        }
    }
}

impl Chat {
    /// Proves that the gateway is there and the token good before anything is typed.
    async fn welcome(&self, conversation: Option<ConversationId>) -> Result<(), Failure> {
        let Some(id) = conversation else {
            self.client.me().await?;
            self.aside("A new conversation. /help shows what there is, Ctrl-D leaves.");
            return Ok(());
        };
        let found = self.client.conversation(id).await?;
        let title = found.title.unwrap_or_else(|| "(untitled)".to_owned());
        self.aside(&format!(
            "{title}: {} messages. /help shows what there is.",
            found.message_count
        ));
        if found.active_run_id.is_some() {
            self.aside("An answer is being written; what you say now joins it, /stop stops it.");
        }
        Ok(())
    }

    fn aside(&self, text: &str) {
        self.output.say(&self.output.paint(Tone::Dim, text));
    }

    /// Does what a line asks for; true to leave.
    async fn obey(
        &self,
        line: &Line<'_>,
        conversation: &mut Option<ConversationId>,
    ) -> Result<bool, Failure> {
        match line {
            Line::Nothing => {}
            Line::Help => self.aside(HELP),
            Line::Quit => return Ok(true),
            Line::Unknown(name) => {
                self.aside(&format!("there is no /{name}; /help shows what there is"));
            }
            Line::New => {
                *conversation = None;
                self.aside("A new conversation.");
            }
            Line::Stop => match self.stop_active(*conversation).await {
                Ok(said) => self.aside(&said),
                Err(failure) => self.complain(&failure),
            },
            Line::Say(text) => match self.turn(conversation, text).await {
                Ok(leave) => return Ok(leave),
                // What goes wrong with one message is no reason to end the conversation.
                Err(failure) if failure.message.is_empty() => return Err(failure),
                Err(failure) => self.complain(&failure),
            },
        }
        Ok(false)
    }

    fn complain(&self, failure: &Failure) {
        self.output
            .say(&self.output.paint(Tone::Bad, &failure.message));
        if let Some(remedy) = &failure.remedy {
            self.aside(remedy);
        }
    }

    /// Sends a message and prints the answer; true to leave.
    async fn turn(
        &self,
        conversation: &mut Option<ConversationId>,
        text: &str,
    ) -> Result<bool, Failure> {
        let seen = self.interrupts.count();
        let sent = tokio::select! {
            sent = self.deliver(*conversation, text.to_owned(), Contact::Known) => sent?,
            () = self.interrupts.more_than(seen) => {
                self.aside("not sent");
                return Ok(false);
            }
        };
        *conversation = Some(sent.conversation_id);
        let end = self.watch(&sent).await?;
        match end {
            End::Answered => {}
            End::Interrupted => return Ok(self.interrupts.count() > seen + 1),
            End::Stopped(reason) => self.aside(&format!("stopped: {reason}")),
            End::Failed(failure) => self.complain(&failure),
        }
        Ok(false)
    }

    async fn stop_active(&self, conversation: Option<ConversationId>) -> Result<String, Failure> {
        let active = match conversation {
            Some(id) => self.client.conversation(id).await?.active_run_id,
            None => None,
        };
        let Some(run) = active else {
            return Ok("nothing is going on".to_owned());
        };
        let stopped = self.client.stop(run, Some("stopped with /stop")).await?;
        Ok(format!("run {run}: {}", stopped.state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_commands_or_things_to_say() {
        assert_eq!(Line::parse("  hello "), Line::Say("hello"));
        assert_eq!(Line::parse("//etc"), Line::Say("/etc"));
        assert_eq!(Line::parse("/new"), Line::New);
        assert_eq!(Line::parse("/nwe"), Line::Unknown("nwe"));
        assert_eq!(Line::parse("  "), Line::Nothing);
    }
}
