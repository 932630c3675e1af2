//! What linked people write: messages and commands.

use mosaic_channels::{Content, InboundMessage};
use mosaic_domain::{ConversationId, Delivery};
use mosaic_runtime::clock;
use mosaic_storage::{ChannelSender, ChannelUpdate, Error, NewConversation, NewMessage};
use mosaic_telemetry::propagation;

use super::command::Command;
use super::{Dealt, say};
use crate::bridge::{Bridge, new_delivery};
use crate::words;

/// A longer name is no model's.
const MODEL_CHARS: usize = 200;

impl Bridge {
    /// A message, in the chat's conversation.
    pub(super) async fn talk(
        &self,
        tx: &mut ChannelUpdate,
        message: &InboundMessage,
        sender: &ChannelSender,
    ) -> Result<Dealt, Error> {
        let chat = tx.chat(&message.chat_id, sender.link_id).await?;
        let text = match &message.content {
            Content::Text(text) if !text.trim().is_empty() => text,
            Content::Text(_) => return Ok(Dealt::with("blank")),
            Content::Other(kind) => {
                say(tx, Some(sender), message, &words::unsupported(kind)).await?;
                return Ok(Dealt::with("unsupported"));
            }
        };
        let conversation_id = match chat.conversation_id {
            Some(id) => id,
            None => self.begin(tx, message, sender, None).await?,
        };
        let mut new = new_message(conversation_id, text);
        let mut sent = tx
            .send(sender.scope, &message.chat_id, &new, &new_delivery())
            .await?;
        if sent.is_none() {
            // The conversation is not theirs (any more).
            new.conversation_id = self.begin(tx, message, sender, None).await?;
            sent = tx
                .send(sender.scope, &message.chat_id, &new, &new_delivery())
                .await?;
        }
        Ok(Dealt {
            outcome: "message",
            conversation: sent.map(|sent| sent.message.conversation_id),
        })
    }

    /// Begins a conversation of the chat, with the agent that answers there.
    async fn begin(
        &self,
        tx: &mut ChannelUpdate,
        message: &InboundMessage,
        sender: &ChannelSender,
        model: Option<&str>,
    ) -> Result<ConversationId, Error> {
        let mapping = tx.mapping(sender.scope, &message.chat_id).await?;
        // An agent may have gone since it was chosen for the chat.
        let mapping = mapping.filter(|mapping| self.agents.get(&mapping.agent).is_some());
        let (agent, mapped) = match mapping {
            Some(mapping) => (mapping.agent, mapping.model),
            None => (self.agents.usual().name.clone(), None),
        };
        let new = NewConversation {
            id: clock::id(),
            title: None,
            agent,
            model: model.map(str::to_owned).or(mapped),
        };
        tx.begin_conversation(sender.scope, &message.chat_id, &new)
            .await?;
        Ok(new.id)
    }

    /// A command.
    pub(super) async fn obey(
        &self,
        tx: &mut ChannelUpdate,
        message: &InboundMessage,
        sender: &ChannelSender,
        command: Command,
    ) -> Result<Dealt, Error> {
        // Before the chat and its conversation are locked: stopping a run takes that lock by itself.
        let stopped = match command {
            Command::Stop => self.stop_in(tx, message, sender).await?,
            _ => false,
        };
        let chat = tx.chat(&message.chat_id, sender.link_id).await?;
        let answer = match command {
            Command::Start(_) | Command::Help => words::HELP.to_owned(),
            Command::Link(_) => words::CODE_MISSING.to_owned(),
            Command::New => {
                tx.bind(&message.chat_id, None).await?;
                words::NEW.to_owned()
            }
            Command::Stop if stopped => words::STOPPING.to_owned(),
            Command::Stop => words::NOTHING_RUNS.to_owned(),
            Command::Model(wanted) => {
                self.model(tx, message, sender, chat.conversation_id, wanted.as_deref())
                    .await?
            }
            Command::Unknown(name) => words::unknown(&name),
        };
        say(tx, Some(sender), message, &answer).await?;
        Ok(Dealt::with("command"))
    }

    async fn stop_in(
        &self,
        tx: &mut ChannelUpdate,
        message: &InboundMessage,
        sender: &ChannelSender,
    ) -> Result<bool, Error> {
        let Some(run_id) = tx.active_run(sender.scope, &message.chat_id).await? else {
            return Ok(false);
        };
        let reason = format!("stopped by {}", sender.name);
        self.stop(sender.scope, run_id, reason).await
    }

    /// Shows the model, or chooses one, and says so.
    async fn model(
        &self,
        tx: &mut ChannelUpdate,
        message: &InboundMessage,
        sender: &ChannelSender,
        conversation: Option<ConversationId>,
        wanted: Option<&str>,
    ) -> Result<String, Error> {
        let model = match wanted {
            None => {
                let chosen = match conversation {
                    Some(id) => tx.model(sender.scope, id).await?.flatten(),
                    None => None,
                };
                return Ok(words::model(chosen.as_deref()));
            }
            Some("clear") => None,
            Some(model) => {
                if let Err(reason) = self.check_model(model) {
                    return Ok(words::model_refused(model, &reason));
                }
                Some(model)
            }
        };
        match (conversation, model) {
            (Some(id), model) => tx.set_model(sender.scope, id, model).await?,
            (None, Some(model)) => {
                self.begin(tx, message, sender, Some(model)).await?;
            }
            (None, None) => {}
        }
        Ok(model.map_or_else(|| words::model(None), words::model_chosen))
    }

    fn check_model(&self, model: &str) -> Result<(), String> {
        if model.chars().count() > MODEL_CHARS {
            return Err("the name is too long".to_owned());
        }
        let resolved = self.models.resolve(Some(model));
        resolved.map(drop).map_err(|error| error.to_string())
    }
}

fn new_message(conversation_id: ConversationId, text: &str) -> NewMessage {
    NewMessage {
        message_id: clock::id(),
        run_id: clock::id(),
        job_id: clock::id(),
        event_id: clock::id(),
        conversation_id,
        content: text.to_owned(),
        delivery: Delivery::Steer,
        // The update's number sees to it that it is stored once.
        idempotency_key: None,
        traceparent: propagation::inject(),
        received_at: clock::now(),
    }
}
