//! An update comes in: who wrote it, what it asks for, and everything that follows from it, in one transaction.

mod attempt;
mod command;
pub(crate) mod poll;
mod talk;

use std::time::Duration;

use mosaic_channels::{Adapter, Content, InboundMessage, Update};
use mosaic_domain::ConversationId;
use mosaic_identity::{Action, LinkCode, WorkspaceRole};
use mosaic_runtime::clock;
use mosaic_storage::{ChannelSender, ChannelUpdate, Error, NewChannelLink, Redeemed};

use crate::bridge::{Bridge, new_delivery};
use crate::words;
use command::Command;

/// How often a stranger's chat is told how to link.
const TELL_STRANGERS: Duration = Duration::from_hours(1);
/// After so many wrong codes a chat gets no more answers to them.
const WRONG_CODES: i32 = 10;

/// What an update led to.
struct Dealt {
    outcome: &'static str,
    /// The conversation in which something was said.
    conversation: Option<ConversationId>,
}

impl Dealt {
    const fn with(outcome: &'static str) -> Self {
        Self {
            outcome,
            conversation: None,
        }
    }
}

impl Bridge {
    /// Deals with an update, unless it was dealt with before.
    async fn receive(&self, adapter: &dyn Adapter, update: &Update) -> Result<(), Error> {
        let channel = adapter.name();
        let Some(mut tx) = self
            .storage
            .begin_channel_update(channel, update.id)
            .await?
        else {
            self.metrics.update(channel, "repeated");
            return Ok(());
        };
        let dealt = match &update.message {
            Some(message) if message.private => self.deal(&mut tx, message).await?,
            // Groups are not listened to: what is said there was not said to the bot alone.
            Some(_) => Dealt::with("group"),
            None => Dealt::with("other"),
        };
        self.relay.publish(tx.commit().await?);
        if let Some(conversation) = dealt.conversation {
            self.ring(conversation);
        }
        self.metrics.update(channel, dealt.outcome);
        tracing::debug!(
            channel,
            update = update.id,
            outcome = dealt.outcome,
            "an update was dealt with"
        );
        Ok(())
    }

    async fn deal(&self, tx: &mut ChannelUpdate, message: &InboundMessage) -> Result<Dealt, Error> {
        let sender = tx.sender(&message.sender.id).await?;
        let command = match &message.content {
            Content::Text(text) => command::parse(text),
            Content::Other(_) => None,
        };
        if let Some(Command::Link(Some(code)) | Command::Start(Some(code))) = &command {
            return link(tx, message, sender.as_ref(), code).await;
        }
        let Some(sender) = sender else {
            if tx
                .may_tell_stranger(&message.chat_id, TELL_STRANGERS)
                .await?
            {
                say(tx, None, message, words::STRANGER).await?;
            }
            return Ok(Dealt::with("stranger"));
        };
        let role = sender.role.parse::<WorkspaceRole>();
        if !role.is_ok_and(|role| role >= Action::Converse.least_role()) {
            tx.chat(&message.chat_id, sender.link_id).await?;
            say(tx, Some(&sender), message, words::NOT_ALLOWED).await?;
            return Ok(Dealt::with("not allowed"));
        }
        match command {
            Some(command) => self.obey(tx, message, &sender, command).await,
            None => self.talk(tx, message, &sender).await,
        }
    }
}

/// Links the account that shows a code.
async fn link(
    tx: &mut ChannelUpdate,
    message: &InboundMessage,
    sender: Option<&ChannelSender>,
    code: &str,
) -> Result<Dealt, Error> {
    if tx.failed_codes(&message.chat_id).await? >= WRONG_CODES {
        return Ok(Dealt::with("too many codes"));
    }
    // A text that cannot be a code counts as a wrong one.
    let code_hash = LinkCode::parse(code).map_or([0; 32], |code| code.hash());
    let new = NewChannelLink {
        id: clock::id(),
        code_hash,
        external_user_id: message.sender.id.clone(),
        display_name: message.sender.display_name.clone(),
    };
    match tx.redeem(&message.chat_id, &new).await? {
        Redeemed::Linked(sender) => {
            say(tx, Some(&sender), message, &words::linked(&sender.name)).await?;
            Ok(Dealt::with("linked"))
        }
        Redeemed::Taken(sender) => {
            say(tx, Some(&sender), message, words::TAKEN).await?;
            Ok(Dealt::with("taken"))
        }
        Redeemed::Unknown => {
            say(tx, sender, message, words::CODE_UNKNOWN).await?;
            Ok(Dealt::with("wrong code"))
        }
    }
}

/// Queues something that the bridge itself says.
async fn say(
    tx: &mut ChannelUpdate,
    sender: Option<&ChannelSender>,
    message: &InboundMessage,
    text: &str,
) -> Result<(), Error> {
    let workspace = sender.map(|sender| sender.scope.workspace_id);
    tx.say(workspace, &message.chat_id, text, &new_delivery())
        .await
}
