//! Summaries of conversations, and what they are made from.
//!
//! A summary covers whole runs, by their ordinals: the order in which a conversation was answered is the order in which it is
//! told, also where a message had to wait.

mod draft;
mod material;
mod request;

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, Scope, SummaryId, SummaryKind};
use mosaic_proto::job::Job;

pub use draft::SummaryDraft;
pub(crate) use material::compaction_at;
pub use material::{ConversationWeight, SummaryMaterial, SummaryMessage};
pub use request::{KEPT_RUNS, SummaryRequest};

use crate::finish::lock_conversation;
use crate::outbox::forget_delivered;
use crate::{Error, Purpose, Storage};

/// A summary as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its id.
    pub id: SummaryId,
    /// Whose summary it is.
    pub conversation_id: ConversationId,
    /// The title of that conversation.
    pub conversation_title: Option<String>,
    /// What it is for.
    pub kind: SummaryKind,
    /// The first run it covers.
    pub first_ordinal: i32,
    /// The last run it covers.
    pub last_ordinal: i32,
    /// The text.
    pub content: String,
    /// `provider/model` that wrote it.
    pub model: String,
    /// Tokens it cost to read what it covers.
    pub input_tokens: i64,
    /// Tokens it cost to write.
    pub output_tokens: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A summary to be recorded.
#[derive(Debug, Clone)]
pub struct NewSummary {
    /// Its id.
    pub id: SummaryId,
    /// Whose summary it is.
    pub conversation_id: ConversationId,
    /// What it is for.
    pub kind: SummaryKind,
    /// The last run that the newest summary of this kind covered when this one was begun; 0 for none.
    pub after: i32,
    /// The first run it covers.
    pub first_ordinal: i32,
    /// The last run it covers.
    pub last_ordinal: i32,
    /// The text.
    pub content: String,
    /// A title for the conversation, should it have none.
    pub title: Option<String>,
    /// `provider/model` that wrote it.
    pub model: String,
    /// Tokens it cost to read what it covers.
    pub input_tokens: i64,
    /// Tokens it cost to write.
    pub output_tokens: i64,
}

/// Where a list of summaries, newest first, goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SummaryPage {
    /// `created_at` of the last summary seen.
    pub created_at: DateTime<Utc>,
    /// Its id.
    pub id: SummaryId,
}

struct Row {
    id: uuid::Uuid,
    conversation_id: uuid::Uuid,
    conversation_title: Option<String>,
    kind: String,
    first_ordinal: i32,
    last_ordinal: i32,
    content: String,
    model: String,
    input_tokens: i64,
    output_tokens: i64,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Summary {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let kind = row.kind.parse();
        Ok(Self {
            kind: kind.map_err(|error| Error::corrupt("summaries", "kind", row.id, error))?,
            id: SummaryId::new(row.id),
            conversation_id: ConversationId::new(row.conversation_id),
            conversation_title: row.conversation_title,
            first_ordinal: row.first_ordinal,
            last_ordinal: row.last_ordinal,
            content: row.content,
            model: row.model,
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            created_at: row.created_at,
        })
    }
}

impl Storage {
    /// Their summaries, the newest first: all, or those of one conversation or kind. A conversation of somebody else has none.
    pub async fn summaries(
        &self,
        scope: Scope,
        conversation_id: Option<ConversationId>,
        kind: Option<SummaryKind>,
        after: Option<SummaryPage>,
        limit: u32,
    ) -> Result<Vec<Summary>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT s.id, s.conversation_id, c.title AS conversation_title, s.kind, s.first_ordinal,
                      s.last_ordinal, s.content, s.model, s.input_tokens, s.output_tokens, s.created_at
               FROM summaries s
               JOIN conversations c ON c.id = s.conversation_id
               WHERE s.workspace_id = $1
                 AND s.owner_id = $2
                 AND ($3::uuid IS NULL OR s.conversation_id = $3)
                 AND ($4::text IS NULL OR s.kind = $4)
                 AND ($5::timestamptz IS NULL OR (s.created_at, s.id) < ($5, $6::uuid))
               ORDER BY s.created_at DESC, s.id DESC
               LIMIT $7"#,
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            conversation_id.map(ConversationId::uuid),
            kind.map(SummaryKind::as_str),
            after.map(|page| page.created_at),
            after.map(|page| page.id.uuid()),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        rows.into_iter().map(Summary::try_from).collect()
    }

    /// Records a summary and ends the job that wanted it, in one transaction. False if another summary of its kind came first,
    /// or the conversation is gone; the job has ended all the same. What a session summary does not reach is wanted anew.
    pub async fn record_summary(&self, new: &NewSummary, job: &Job) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Summarizer).await?;
        // Locked as whoever asks for summaries does, so that of two that were begun at the same place one is recorded.
        lock_conversation(&mut tx, new.conversation_id).await?;
        let done = sqlx::query!(
            "INSERT INTO summaries (id, workspace_id, owner_id, conversation_id, kind, first_ordinal, last_ordinal,
                                    content, model, input_tokens, output_tokens)
             SELECT $1, workspace_id, owner_id, id, $3, $4, $5, $6, $7, $8, $9
             FROM conversations
             WHERE id = $2
               AND NOT EXISTS (SELECT FROM summaries
                               WHERE conversation_id = $2 AND kind = $3 AND last_ordinal > $10)",
            new.id.uuid(),
            new.conversation_id.uuid(),
            new.kind.as_str(),
            new.first_ordinal,
            new.last_ordinal,
            new.content,
            new.model,
            new.input_tokens,
            new.output_tokens,
            new.after,
        )
        .execute(&mut *tx)
        .await?;
        if let Some(title) = new.title.as_deref().filter(|_| done.rows_affected() > 0) {
            // A title that went with something forgotten does not come back by its summary.
            sqlx::query!(
                "UPDATE conversations SET title = $2
                 WHERE id = $1 AND title IS NULL
                   AND NOT EXISTS (SELECT FROM memory_forgotten WHERE conversation_id = $1)",
                new.conversation_id.uuid(),
                title,
            )
            .execute(&mut *tx)
            .await?;
        }
        if done.rows_affected() > 0 && new.kind == SummaryKind::Session {
            sqlx::query!(
                "UPDATE conversations SET session_ordinal = $2 WHERE id = $1 AND session_ordinal > $2",
                new.conversation_id.uuid(),
                new.last_ordinal,
            )
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query!(
            "DELETE FROM summary_drafts WHERE conversation_id = $1 AND kind = $2 AND after_ordinal <= $3",
            new.conversation_id.uuid(),
            new.kind.as_str(),
            new.after,
        )
        .execute(&mut *tx)
        .await?;
        forget_delivered(&mut tx, job).await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Ends the job of a summary that is not needed.
    pub async fn end_summary_job(&self, job: &Job) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Summarizer).await?;
        forget_delivered(&mut tx, job).await?;
        tx.commit().await
    }
}
