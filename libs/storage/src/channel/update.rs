//! One update of a channel: everything that it leads to, in one transaction.

use std::time::Duration;

use mosaic_domain::{ChannelLinkId, ConversationId, RunId, Scope, WorkspaceId};
use mosaic_proto::job::OutboxEntry;

use super::delivery::{What, insert};
use super::{ChannelMapping, ChannelSender, NewChannelLink, NewDelivery, Redeemed, link, mapping};
use crate::instance::interval;
use crate::send::send_in;
use crate::{Acceptance, Error, NewConversation, NewMessage, Purpose, Sent, Storage, Tx};

/// An update that is being dealt with. Dropped without [`ChannelUpdate::commit`] nothing of it has happened.
#[derive(Debug)]
pub struct ChannelUpdate {
    tx: Tx,
    channel: String,
    update_id: i64,
    outbox: Vec<OutboxEntry>,
}

/// A chat of a linked account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelChat {
    /// The conversation that messages go to.
    pub conversation_id: Option<ConversationId>,
}

impl Storage {
    /// Begins to deal with an update; `None` if it was dealt with before, or set aside.
    pub async fn begin_channel_update(
        &self,
        channel: &str,
        update_id: i64,
    ) -> Result<Option<ChannelUpdate>, Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        let done = sqlx::query!(
            "INSERT INTO channel_inbox (channel, update_id)
             VALUES ($1, $2)
             ON CONFLICT (channel, update_id) DO UPDATE SET state = 'done', received_at = now()
             WHERE channel_inbox.state = 'failing'",
            channel,
            update_id,
        )
        .execute(&mut *tx)
        .await?;
        Ok((done.rows_affected() > 0).then(|| ChannelUpdate {
            tx,
            channel: channel.to_owned(),
            update_id,
            outbox: Vec::new(),
        }))
    }
}

impl ChannelUpdate {
    /// Whom an account speaks for.
    pub async fn sender(&mut self, external_user_id: &str) -> Result<Option<ChannelSender>, Error> {
        link::sender(&mut self.tx, &self.channel, external_user_id).await
    }

    /// Links an account with a code. The chat is theirs whose account it is then.
    pub async fn redeem(&mut self, chat_id: &str, new: &NewChannelLink) -> Result<Redeemed, Error> {
        let redeemed = link::redeem(&mut self.tx, &self.channel, new).await?;
        match &redeemed {
            Redeemed::Linked(sender) | Redeemed::Taken(sender) => {
                self.chat(chat_id, sender.link_id).await?;
            }
            Redeemed::Unknown => self.count_failed_code(chat_id).await?,
        }
        Ok(redeemed)
    }

    async fn count_failed_code(&mut self, chat_id: &str) -> Result<(), Error> {
        sqlx::query!(
            "INSERT INTO channel_chats (channel, chat_id, failed_codes)
             VALUES ($1, $2, 1)
             ON CONFLICT (channel, chat_id)
             DO UPDATE SET failed_codes = channel_chats.failed_codes + 1, updated_at = now()",
            self.channel,
            chat_id,
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// How many wrong codes were shown in a chat.
    pub async fn failed_codes(&mut self, chat_id: &str) -> Result<i32, Error> {
        let count = sqlx::query_scalar!(
            "SELECT failed_codes FROM channel_chats WHERE channel = $1 AND chat_id = $2 FOR UPDATE",
            self.channel,
            chat_id,
        )
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(count.unwrap_or_default())
    }

    /// Whether a stranger's chat may be told something: not again within `every`.
    pub async fn may_tell_stranger(
        &mut self,
        chat_id: &str,
        every: Duration,
    ) -> Result<bool, Error> {
        let told = sqlx::query_scalar!(
            "INSERT INTO channel_chats (channel, chat_id, told_at)
             VALUES ($1, $2, now())
             ON CONFLICT (channel, chat_id) DO UPDATE SET told_at = now(), updated_at = now()
             WHERE channel_chats.told_at IS NULL OR channel_chats.told_at < now() - $3::interval
             RETURNING told_at",
            self.channel,
            chat_id,
            interval(every),
        )
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(told.is_some())
    }

    /// The chat of a linked account, which is written to again if it was not. Nobody else changes it meanwhile.
    pub async fn chat(
        &mut self,
        chat_id: &str,
        link_id: ChannelLinkId,
    ) -> Result<ChannelChat, Error> {
        // Conversation first, as whoever deletes one does, so that nobody deadlocks.
        sqlx::query!(
            "SELECT v.id
             FROM conversations v
             WHERE v.id = (SELECT c.conversation_id FROM channel_chats c
                           WHERE c.channel = $1 AND c.chat_id = $2)
             FOR NO KEY UPDATE",
            self.channel,
            chat_id,
        )
        .fetch_optional(&mut *self.tx)
        .await?;
        let conversation = sqlx::query_scalar!(
            "INSERT INTO channel_chats (channel, chat_id, link_id)
             VALUES ($1, $2, $3)
             ON CONFLICT (channel, chat_id) DO UPDATE
             SET link_id = $3,
                 conversation_id = CASE WHEN channel_chats.link_id = $3
                                        THEN channel_chats.conversation_id END,
                 blocked_at = NULL,
                 failed_codes = 0,
                 updated_at = now()
             RETURNING conversation_id",
            self.channel,
            chat_id,
            link_id.uuid(),
        )
        .fetch_one(&mut *self.tx)
        .await?;
        Ok(ChannelChat {
            conversation_id: conversation.map(ConversationId::new),
        })
    }

    /// Who answers in a chat, where that was said.
    pub async fn mapping(
        &mut self,
        scope: Scope,
        chat_id: &str,
    ) -> Result<Option<ChannelMapping>, Error> {
        mapping::of_chat(&mut self.tx, scope, &self.channel, chat_id).await
    }

    /// Begins a conversation and binds the chat to it.
    pub async fn begin_conversation(
        &mut self,
        scope: Scope,
        chat_id: &str,
        new: &NewConversation,
    ) -> Result<(), Error> {
        sqlx::query!(
            "INSERT INTO conversations (id, workspace_id, owner_id, title, agent, model)
             VALUES ($1, $2, $3, $4, $5, $6)",
            new.id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            new.title,
            new.agent,
            new.model,
        )
        .execute(&mut *self.tx)
        .await?;
        self.bind(chat_id, Some(new.id)).await
    }

    /// Binds the chat to a conversation, or to none: the next message then begins one.
    pub async fn bind(
        &mut self,
        chat_id: &str,
        conversation_id: Option<ConversationId>,
    ) -> Result<(), Error> {
        sqlx::query!(
            "UPDATE channel_chats
             SET conversation_id = $3, updated_at = now()
             WHERE channel = $1 AND chat_id = $2",
            self.channel,
            chat_id,
            conversation_id.map(ConversationId::uuid),
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// The active run of the chat's conversation, if that is theirs. Locks nothing.
    pub async fn active_run(
        &mut self,
        scope: Scope,
        chat_id: &str,
    ) -> Result<Option<RunId>, Error> {
        let run = sqlx::query_scalar!(
            "SELECT v.active_run_id
             FROM channel_chats c
             JOIN conversations v ON v.id = c.conversation_id
             WHERE c.channel = $1 AND c.chat_id = $2 AND v.workspace_id = $3 AND v.owner_id = $4",
            self.channel,
            chat_id,
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(run.flatten().map(RunId::new))
    }

    /// The model of a conversation of theirs; the outer `None` if there is no such conversation.
    pub async fn model(
        &mut self,
        scope: Scope,
        id: ConversationId,
    ) -> Result<Option<Option<String>>, Error> {
        let model = sqlx::query_scalar!(
            "SELECT model FROM conversations WHERE id = $1 AND workspace_id = $2 AND owner_id = $3",
            id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(model)
    }

    /// Chooses the model of a conversation of theirs, or leaves it to the agent.
    pub async fn set_model(
        &mut self,
        scope: Scope,
        id: ConversationId,
        model: Option<&str>,
    ) -> Result<(), Error> {
        sqlx::query!(
            "UPDATE conversations
             SET model = $4
             WHERE id = $1 AND workspace_id = $2 AND owner_id = $3",
            id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            model,
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Stores a message in a conversation of theirs, and queues the run that answers it for the chat, if it gets one of
    /// its own. `None` if there is no such conversation.
    pub async fn send(
        &mut self,
        scope: Scope,
        chat_id: &str,
        new: &NewMessage,
        delivery: &NewDelivery,
    ) -> Result<Option<Sent>, Error> {
        let Some(mut sent) = send_in(&mut self.tx, scope, new, "channel-bridge").await? else {
            return Ok(None);
        };
        sqlx::query!(
            "UPDATE channel_inbox SET message_id = $3 WHERE channel = $1 AND update_id = $2",
            self.channel,
            self.update_id,
            new.message_id.uuid(),
        )
        .execute(&mut *self.tx)
        .await?;
        self.outbox.append(&mut sent.outbox);
        if sent.acceptance != Acceptance::Joined {
            let what = What::Run(sent.run_id);
            self.queue(scope.workspace_id, chat_id, what, delivery)
                .await?;
        }
        Ok(Some(sent))
    }

    /// Queues a notice for the chat. A stranger's chat belongs to no workspace.
    pub async fn say(
        &mut self,
        workspace_id: Option<WorkspaceId>,
        chat_id: &str,
        text: &str,
        delivery: &NewDelivery,
    ) -> Result<(), Error> {
        let workspace = workspace_id.unwrap_or_else(|| WorkspaceId::new(uuid::Uuid::nil()));
        let what = What::Notice(text);
        self.queue(workspace, chat_id, what, delivery).await
    }

    async fn queue(
        &mut self,
        workspace_id: WorkspaceId,
        chat_id: &str,
        what: What<'_>,
        delivery: &NewDelivery,
    ) -> Result<(), Error> {
        let chat = (self.channel.as_str(), chat_id);
        let entry = insert(&mut self.tx, workspace_id, chat, what, delivery).await?;
        self.outbox.extend(entry);
        Ok(())
    }

    /// Makes it all so; what is to be published is the caller's to hand on.
    pub async fn commit(self) -> Result<Vec<OutboxEntry>, Error> {
        self.tx.commit().await?;
        Ok(self.outbox)
    }
}
