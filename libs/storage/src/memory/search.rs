//! Finding memories by their words, and what is shown of those that were found.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::{ChunkId, ConversationId, MemoryId, MemoryKind, Scope};

use super::{Memory, MemoryRow};
use crate::{Error, Storage};

/// What may be found at all, beside being theirs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemoryFilter {
    /// Of this kind alone.
    pub kind: Option<MemoryKind>,
    /// Of this conversation alone.
    pub conversation_id: Option<ConversationId>,
    /// Of any but this conversation.
    pub exclude_conversation_id: Option<ConversationId>,
    /// Made at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Made before this time.
    pub until: Option<DateTime<Utc>>,
}

impl MemoryFilter {
    /// Whether everything of theirs may be found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A chunk that has words of the question.
#[derive(Debug, Clone, PartialEq)]
pub struct TextHit {
    /// The chunk.
    pub chunk_id: ChunkId,
    /// The memory it is a part of.
    pub memory_id: MemoryId,
    /// When the memory was made.
    pub created_at: DateTime<Utc>,
    /// How well it fits, by Postgres's measure.
    pub score: f32,
    /// Which share of the question's words it has.
    pub coverage: f32,
}

/// A chunk with the memory it is a part of.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundChunk {
    /// The chunk.
    pub chunk_id: ChunkId,
    /// Its text.
    pub text: String,
    /// The memory.
    pub memory: Memory,
}

impl Storage {
    /// Chunks of theirs that have any word of the question, the best first. A question of nothing but stop words finds
    /// nothing. Every chunk of theirs is looked at; where that takes longer than this, the answer is `None`, and the server goes on
    /// no longer either, whoever waits for it.
    pub async fn search_memory_words(
        &self,
        scope: Scope,
        question: &str,
        filter: &MemoryFilter,
        limit: u32,
        patience: Duration,
    ) -> Result<Option<Vec<TextHit>>, Error> {
        let found = self.chunks_with_words(scope, question, filter, limit, patience);
        match found.await {
            Ok(hits) => Ok(Some(hits)),
            Err(error) if error.is_overdue() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn chunks_with_words(
        &self,
        scope: Scope,
        question: &str,
        filter: &MemoryFilter,
        limit: u32,
        patience: Duration,
    ) -> Result<Vec<TextHit>, Error> {
        let begin = self.scoped(&scope).with_patience(patience);
        let mut tx = begin.read().await?;
        let words = sqlx::query_scalar!(
            r#"SELECT tsvector_to_array(to_tsvector('english', $1)) AS "words!""#,
            question,
        )
        .fetch_one(&mut *tx)
        .await?;
        if words.is_empty() {
            return Ok(Vec::new());
        }
        plan_anew(&mut tx).await?;
        let rows = sqlx::query!(
            r#"SELECT found.id, found.memory_id, found.created_at, found.score AS "score!",
                      ((SELECT count(*) FROM UNNEST(tsvector_to_array(found.words)) AS word WHERE word = ANY($4))::real
                       / cardinality($4))::real AS "coverage!"
               FROM (
                   SELECT c.id, c.memory_id, c.words, m.created_at, ts_rank_cd(c.words, $3::text::tsquery) AS score
                   FROM memory_chunks c
                   JOIN memories m ON m.id = c.memory_id
                   WHERE c.workspace_id = $1
                     AND c.user_id = $2
                     AND c.words @@ $3::text::tsquery
                     AND ($5::text IS NULL OR m.kind = $5)
                     AND ($6::uuid IS NULL OR m.conversation_id = $6)
                     AND ($7::uuid IS NULL OR m.conversation_id IS DISTINCT FROM $7)
                     AND ($8::timestamptz IS NULL OR m.created_at >= $8)
                     AND ($9::timestamptz IS NULL OR m.created_at < $9)
                   ORDER BY score DESC, m.created_at DESC
                   LIMIT $10
               ) AS found
               ORDER BY found.score DESC, found.created_at DESC"#,
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            any_of(&words),
            &words,
            filter.kind.map(MemoryKind::as_str),
            filter.conversation_id.map(ConversationId::uuid),
            filter.exclude_conversation_id.map(ConversationId::uuid),
            filter.since,
            filter.until,
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        let hits = rows.into_iter().map(|row| TextHit {
            chunk_id: ChunkId::new(row.id),
            memory_id: MemoryId::new(row.memory_id),
            created_at: row.created_at,
            score: row.score,
            coverage: row.coverage,
        });
        Ok(hits.collect())
    }

    /// These chunks as far as they are theirs and still there, in no particular order.
    pub async fn found_chunks(
        &self,
        scope: Scope,
        chunks: &[ChunkId],
    ) -> Result<Vec<FoundChunk>, Error> {
        let ids: Vec<_> = chunks.iter().map(|id| id.uuid()).collect();
        let mut tx = self.scoped(&scope).read().await?;
        let rows = sqlx::query!(
            r#"SELECT piece.id AS chunk_id, piece.content AS text,
                      m.id, m.kind, m.role, m.conversation_id, c.title AS "conversation_title?",
                      m.message_id, m.run_id, m.content, m.created_at
               FROM memory_chunks piece
               JOIN memories m ON m.id = piece.memory_id
               LEFT JOIN conversations c ON c.id = m.conversation_id
               WHERE piece.id = ANY($1) AND m.workspace_id = $2 AND m.user_id = $3"#,
            &ids,
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_all(&mut *tx)
        .await?;
        rows.into_iter()
            .map(|row| {
                let memory = MemoryRow {
                    id: row.id,
                    kind: row.kind,
                    role: row.role,
                    conversation_id: row.conversation_id,
                    conversation_title: row.conversation_title,
                    message_id: row.message_id,
                    run_id: row.run_id,
                    content: row.content,
                    created_at: row.created_at,
                };
                Ok(FoundChunk {
                    chunk_id: ChunkId::new(row.chunk_id),
                    text: row.text,
                    memory: memory.try_into()?,
                })
            })
            .collect()
    }
}

/// A search for any of these words. It is put together of them, not cut out of another search: a word may hold any sign,
/// as the path of an address does.
fn any_of(words: &[String]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("'{}'", word.replace('\\', r"\\").replace('\'', "''")))
        .collect();
    quoted.join(" | ")
}

/// A prepared statement gets a plan for any values after a while, which knows neither whose rows are searched nor for how
/// many: until the transaction ends every statement is planned for its values, without compiling, which takes longer
/// than a search, and without more processes, which others need for theirs.
pub(crate) async fn plan_anew(tx: &mut sqlx::PgConnection) -> Result<(), Error> {
    sqlx::query!(
        r#"SELECT set_config('plan_cache_mode', 'force_custom_plan', true) AS "plan!",
                  set_config('jit', 'off', true) AS "jit!",
                  set_config('max_parallel_workers_per_gather', '0', true) AS "workers!""#
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}
