//! `mosaic chat`: one question, a pipe, or a conversation.

mod deliver;
mod input;
mod interactive;
mod prompt;
mod speaker;
mod watch;

use clap::Args;
use mosaic_client::{Client, NewConversation};
use mosaic_domain::{ConversationId, Delivery};
use tokio_util::task::TaskTracker;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupts;
use crate::output::Output;
use input::Input;
use watch::End;

/// Arguments of `chat`.
#[derive(Debug, Default, Args)]
pub struct ChatArgs {
    /// What to say.
    pub message: Vec<String>,
    /// Go on with this conversation instead of beginning one.
    #[arg(long, short, value_name = "ID")]
    pub conversation: Option<ConversationId>,
    /// The agent that answers in a new conversation.
    #[arg(long, value_name = "NAME", conflicts_with = "conversation")]
    pub agent: Option<String>,
    /// The model for a new conversation, as model or provider/model.
    #[arg(long, value_name = "MODEL", conflicts_with = "conversation")]
    pub model: Option<String>,
    /// Let the message wait for a run that is going on, instead of joining it.
    #[arg(long)]
    pub wait: bool,
}

/// Everything that a message needs on its way.
#[derive(Debug)]
pub(crate) struct Chat {
    client: Client,
    output: Output,
    interrupts: Interrupts,
    delivery: Delivery,
    begin: NewConversation,
}

pub(crate) async fn run(context: &Context, args: ChatArgs) -> Outcome {
    let client = context.client()?;
    let ChatArgs {
        message,
        conversation,
        agent,
        model,
        wait,
    } = args;
    let input = input::read(&message.join(" "), context.output).await?;
    let chat = Chat {
        client,
        output: context.output,
        interrupts: Interrupts::listen(&TaskTracker::new())?,
        delivery: if wait {
            Delivery::Wait
        } else {
            Delivery::Steer
        },
        begin: NewConversation {
            title: None,
            agent,
            model,
        },
    };
    match input {
        Input::Message(message) => chat.once(conversation, message).await,
        Input::Terminal => interactive::run(chat, conversation).await,
    }
}

impl Chat {
    /// For commands that send one message of their own.
    #[cfg(feature = "local")]
    pub(crate) fn new(client: Client, output: Output, interrupts: Interrupts) -> Self {
        let (delivery, begin) = (Delivery::Steer, NewConversation::default());
        Self {
            client,
            output,
            interrupts,
            delivery,
            begin,
        }
    }

    /// Sends one message and prints the answer.
    pub(crate) async fn once(
        &self,
        conversation: Option<ConversationId>,
        message: String,
    ) -> Outcome {
        let stopped = self.interrupts.more_than(0);
        let sent = tokio::select! {
            sent = self.deliver(conversation, message, deliver::Contact::First) => sent?,
            () = stopped => return Ok(Exit::Interrupted),
        };
        if self.output.verbose > 0 {
            self.output.say(&format!(
                "conversation {}, run {}",
                sent.conversation_id, sent.run_id
            ));
        }
        match self.watch(&sent).await? {
            End::Answered => Ok(Exit::Done),
            End::Interrupted => Ok(Exit::Interrupted),
            End::Stopped(reason) => Err(Failure::new(
                Exit::RunFailed,
                format!("the run was stopped: {reason}"),
            )),
            End::Failed(failure) => Err(failure),
        }
    }
}
