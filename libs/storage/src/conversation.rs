//! Conversations.

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, Patch, RunId, Scope};

use crate::finish::lock_conversation;
use crate::{Error, Storage, memory};

/// A conversation as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Given by its owner or taken from its first message.
    pub title: Option<String>,
    /// Who answers.
    pub agent: String,
    /// `provider/model`, where one was chosen.
    pub model: Option<String>,
    /// The run that is active now.
    pub active_run_id: Option<RunId>,
    /// How many messages it holds.
    pub message_count: i64,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When something last happened in it.
    pub updated_at: DateTime<Utc>,
}

/// A conversation to be begun.
#[derive(Debug, Clone)]
pub struct NewConversation {
    /// Its id.
    pub id: ConversationId,
    /// If absent, the first message gives it.
    pub title: Option<String>,
    /// Who answers.
    pub agent: String,
    /// `provider/model`.
    pub model: Option<String>,
}

/// What to change of a conversation; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationChange {
    /// Its new title.
    pub title: Option<String>,
    /// Who answers from now on.
    pub agent: Option<String>,
    /// `provider/model` from now on; cleared, it is left to the agent.
    pub model: Patch<String>,
}

/// Where a list of conversations, newest first, goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationPage {
    /// `updated_at` of the last conversation seen.
    pub updated_at: DateTime<Utc>,
    /// Its id.
    pub id: ConversationId,
}

impl Storage {
    /// Begins a conversation owned by the person of `scope`.
    pub async fn create_conversation(
        &self,
        scope: Scope,
        new: &NewConversation,
    ) -> Result<Conversation, Error> {
        let mut tx = self.scoped(&scope).await?;
        let row = sqlx::query!(
            "INSERT INTO conversations (id, workspace_id, owner_id, title, agent, model)
             VALUES ($1, $2, $3, $4, $5, $6)
             RETURNING created_at, updated_at",
            new.id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            new.title,
            new.agent,
            new.model,
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Conversation {
            id: new.id,
            title: new.title.clone(),
            agent: new.agent.clone(),
            model: new.model.clone(),
            active_run_id: None,
            message_count: 0,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }

    /// Begins a conversation unless it was begun before, by the same request; `None` if its id is another person's.
    pub async fn ensure_conversation(
        &self,
        scope: Scope,
        new: &NewConversation,
    ) -> Result<Option<Conversation>, Error> {
        let mut tx = self.scoped(&scope).await?;
        sqlx::query!(
            "INSERT INTO conversations (id, workspace_id, owner_id, title, agent, model)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO NOTHING",
            new.id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            new.title,
            new.agent,
            new.model,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        self.conversation(scope, new.id).await
    }

    /// One conversation, if it is theirs.
    pub async fn conversation(
        &self,
        scope: Scope,
        id: ConversationId,
    ) -> Result<Option<Conversation>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let row = sqlx::query_as!(
            Row,
            "SELECT id, title, agent, model, active_run_id, last_seq, created_at, updated_at
             FROM conversations
             WHERE id = $1 AND workspace_id = $2 AND owner_id = $3",
            id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(row.map(Conversation::from))
    }

    /// Their conversations, the most recently active first.
    pub async fn conversations(
        &self,
        scope: Scope,
        after: Option<ConversationPage>,
        limit: u32,
    ) -> Result<Vec<Conversation>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, title, agent, model, active_run_id, last_seq, created_at, updated_at
             FROM conversations
             WHERE workspace_id = $1
               AND owner_id = $2
               AND archived_at IS NULL
               AND ($3::timestamptz IS NULL OR (updated_at, id) < ($3, $4::uuid))
             ORDER BY updated_at DESC, id DESC
             LIMIT $5",
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            after.map(|page| page.updated_at),
            after.map(|page| page.id.uuid()),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows.into_iter().map(Conversation::from).collect())
    }

    /// Changes a conversation, if it is theirs. Runs that were begun already keep their agent and model.
    pub async fn change_conversation(
        &self,
        scope: Scope,
        id: ConversationId,
        change: &ConversationChange,
    ) -> Result<Option<Conversation>, Error> {
        let ConversationChange {
            title,
            agent,
            model,
        } = change;
        let mut tx = self.scoped(&scope).await?;
        let row = sqlx::query_as!(
            Row,
            "UPDATE conversations
             SET title = COALESCE($4, title),
                 agent = COALESCE($5, agent),
                 model = CASE WHEN $6 THEN $7 ELSE model END
             WHERE id = $1 AND workspace_id = $2 AND owner_id = $3
             RETURNING id, title, agent, model, active_run_id, last_seq, created_at, updated_at",
            id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            title.as_deref(),
            agent.as_deref(),
            !model.is_keep(),
            model.value().map(String::as_str),
        )
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(row.map(Conversation::from))
    }

    /// Deletes a conversation with its messages, runs, steps and logs, if it is theirs. A worker that still
    /// executes one of its runs finds itself fenced off.
    pub async fn delete_conversation(
        &self,
        scope: Scope,
        id: ConversationId,
    ) -> Result<bool, Error> {
        let mut tx = self.scoped(&scope).with_outbox().await?;
        // Conversation first, as whoever sends, cancels or finishes does, so that nobody deadlocks.
        lock_conversation(&mut tx, id).await?;
        // What other conversations were told of it goes with it.
        memory::forget_conversation(&mut tx, scope, id).await?;
        sqlx::query!(
            "DELETE FROM outbox
             WHERE kind = 'job'
               AND id IN (SELECT r.job_id
                          FROM runs r
                          JOIN conversations c ON c.id = r.conversation_id
                          WHERE c.id = $1 AND c.workspace_id = $2 AND c.owner_id = $3)",
            id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        let done = sqlx::query!(
            "DELETE FROM conversations WHERE id = $1 AND workspace_id = $2 AND owner_id = $3",
            id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}

struct Row {
    id: uuid::Uuid,
    title: Option<String>,
    agent: String,
    model: Option<String>,
    active_run_id: Option<uuid::Uuid>,
    last_seq: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Conversation {
    fn from(row: Row) -> Self {
        Self {
            id: ConversationId::new(row.id),
            title: row.title,
            agent: row.agent,
            model: row.model,
            active_run_id: row.active_run_id.map(RunId::new),
            message_count: row.last_seq,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
