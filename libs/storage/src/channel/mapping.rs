//! Which agent answers in a chat.

use chrono::{DateTime, Utc};
use mosaic_domain::{Scope, WorkspaceId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Error, Storage};

/// Stands for every chat that has no mapping of its own.
pub const EVERY_CHAT: &str = "*";

/// Who answers the conversations that begin in a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelMapping {
    /// e.g. `telegram`.
    pub channel: String,
    /// The chat, or [`EVERY_CHAT`].
    pub chat_id: String,
    /// The agent.
    pub agent: String,
    /// `provider/model`, where one was chosen.
    pub model: Option<String>,
    /// Since when.
    pub updated_at: DateTime<Utc>,
}

impl Storage {
    /// The mappings of a channel in a workspace.
    pub async fn channel_mappings(
        &self,
        workspace_id: WorkspaceId,
        channel: &str,
    ) -> Result<Vec<ChannelMapping>, Error> {
        let mut tx = self.within(workspace_id).read().await?;
        let rows = sqlx::query_as!(
            ChannelMapping,
            "SELECT channel, chat_id, agent, model, updated_at
             FROM channel_mappings
             WHERE workspace_id = $1 AND channel = $2
             ORDER BY chat_id",
            workspace_id.uuid(),
            channel,
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows)
    }

    /// Says who answers in a chat of a workspace from now on; conversations that go on keep their agent.
    pub async fn put_channel_mapping(
        &self,
        workspace_id: WorkspaceId,
        id: Uuid,
        mapping: &ChannelMapping,
    ) -> Result<ChannelMapping, Error> {
        let mut tx = self.within(workspace_id).await?;
        let row = sqlx::query_as!(
            ChannelMapping,
            "INSERT INTO channel_mappings (id, workspace_id, channel, chat_id, agent, model)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (workspace_id, channel, chat_id)
             DO UPDATE SET agent = EXCLUDED.agent, model = EXCLUDED.model, updated_at = now()
             RETURNING channel, chat_id, agent, model, updated_at",
            id,
            workspace_id.uuid(),
            mapping.channel,
            mapping.chat_id,
            mapping.agent,
            mapping.model,
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Removes a mapping of a workspace.
    pub async fn delete_channel_mapping(
        &self,
        workspace_id: WorkspaceId,
        channel: &str,
        chat_id: &str,
    ) -> Result<bool, Error> {
        let mut tx = self.within(workspace_id).await?;
        let done = sqlx::query!(
            "DELETE FROM channel_mappings
             WHERE workspace_id = $1 AND channel = $2 AND chat_id = $3",
            workspace_id.uuid(),
            channel,
            chat_id,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}

/// The mapping that holds for a chat: its own before the one for every chat.
pub(super) async fn of_chat(
    tx: &mut PgConnection,
    scope: Scope,
    channel: &str,
    chat_id: &str,
) -> Result<Option<ChannelMapping>, Error> {
    let row = sqlx::query_as!(
        ChannelMapping,
        "SELECT channel, chat_id, agent, model, updated_at
         FROM channel_mappings
         WHERE workspace_id = $1 AND channel = $2 AND chat_id IN ($3, $4)
         ORDER BY chat_id = $4
         LIMIT 1",
        scope.workspace_id.uuid(),
        channel,
        chat_id,
        EVERY_CHAT,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row)
}
