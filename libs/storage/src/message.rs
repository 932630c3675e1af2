//! Reading the messages of a conversation.

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, Message, MessageId, RunId, Scope};

use crate::{Error, Storage};

/// Which part of a conversation's messages to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagePage {
    /// The newest ones.
    Newest,
    /// Those just before this `seq`.
    Before(i64),
    /// Those just after this `seq`.
    After(i64),
}

impl Storage {
    /// Messages in ascending order, if the conversation is theirs.
    pub async fn messages(
        &self,
        scope: Scope,
        conversation_id: ConversationId,
        page: MessagePage,
        limit: u32,
    ) -> Result<Option<Vec<Message>>, Error> {
        if self.conversation(scope, conversation_id).await?.is_none() {
            return Ok(None);
        }
        let rows = match page {
            MessagePage::After(seq) => {
                self.messages_after(scope, conversation_id, seq, limit)
                    .await?
            }
            MessagePage::Before(seq) => {
                self.messages_before(scope, conversation_id, seq, limit)
                    .await?
            }
            MessagePage::Newest => {
                self.messages_before(scope, conversation_id, i64::MAX, limit)
                    .await?
            }
        };
        let mut messages = rows
            .into_iter()
            .map(Message::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        messages.sort_by_key(|message| message.seq);
        Ok(Some(messages))
    }

    async fn messages_after(
        &self,
        scope: Scope,
        conversation_id: ConversationId,
        seq: i64,
        limit: u32,
    ) -> Result<Vec<MessageRow>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let rows = sqlx::query_as!(
            MessageRow,
            "SELECT id, conversation_id, seq, role, content, run_id, created_at
             FROM messages
             WHERE conversation_id = $1 AND workspace_id = $2 AND seq > $3
             ORDER BY seq
             LIMIT $4",
            conversation_id.uuid(),
            scope.workspace_id.uuid(),
            seq,
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows)
    }

    async fn messages_before(
        &self,
        scope: Scope,
        conversation_id: ConversationId,
        seq: i64,
        limit: u32,
    ) -> Result<Vec<MessageRow>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let rows = sqlx::query_as!(
            MessageRow,
            "SELECT id, conversation_id, seq, role, content, run_id, created_at
             FROM messages
             WHERE conversation_id = $1 AND workspace_id = $2 AND seq < $3
             ORDER BY seq DESC
             LIMIT $4",
            conversation_id.uuid(),
            scope.workspace_id.uuid(),
            seq,
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows)
    }
}

/// A row of `messages`.
pub(crate) struct MessageRow {
    pub(crate) id: uuid::Uuid,
    pub(crate) conversation_id: uuid::Uuid,
    pub(crate) seq: i64,
    pub(crate) role: String,
    pub(crate) content: String,
    pub(crate) run_id: Option<uuid::Uuid>,
    pub(crate) created_at: DateTime<Utc>,
}

impl TryFrom<MessageRow> for Message {
    type Error = Error;

    fn try_from(row: MessageRow) -> Result<Self, Error> {
        Ok(Self {
            id: MessageId::new(row.id),
            conversation_id: ConversationId::new(row.conversation_id),
            seq: row.seq,
            role: row
                .role
                .parse()
                .map_err(|error| Error::corrupt("messages", "role", row.id, error))?,
            content: row.content,
            run_id: row.run_id.map(RunId::new),
            created_at: row.created_at,
        })
    }
}
