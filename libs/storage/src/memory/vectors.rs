//! Finding memories by their vectors: complete under the filter of the person, however many others there are.
//!
//! An index of nearest neighbours knows nothing of persons; filtered afterwards, its first answers may all be
//! somebody else's. So whoever has few vectors gets an exact scan of theirs, and so does a filter that leaves few;
//! whoever has many gets the index with iterative scans, which go on until enough of theirs has come. If too little came,
//! the exact scan has the last word. Only vectors of the same model and dimension are ever compared.
//!
//! What is few depends on all vectors there are. An exact scan costs about 1 µs for each vector of theirs; the index
//! looks at `limit · all / theirs` vectors, about 10 µs each. So it is worth it beyond `√(10 · limit · all)`.

mod filtered;

use chrono::{DateTime, Utc};
use mosaic_domain::{ChunkId, ConversationId, MemoryId, MemoryKind, Scope};
use sqlx::PgConnection;

use super::search::{MemoryFilter, plan_anew};
use crate::{Error, Storage};

/// What they have to search in.
struct Size {
    /// Their vectors, not counted beyond what matters.
    theirs: i64,
    /// Up to so many are compared one by one.
    few: i64,
}

/// What is searched for.
#[derive(Debug, Clone, Copy)]
pub struct VectorQuery<'a> {
    /// The model that made the vector.
    pub model: &'a str,
    /// The vector of the question.
    pub vector: &'a [f32],
}

/// A chunk near the question.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorHit {
    /// The chunk.
    pub chunk_id: ChunkId,
    /// The memory it is a part of.
    pub memory_id: MemoryId,
    /// When the memory was made.
    pub created_at: DateTime<Utc>,
    /// The cosine between question and chunk.
    pub similarity: f32,
}

struct Row {
    chunk_id: uuid::Uuid,
    memory_id: uuid::Uuid,
    created_at: DateTime<Utc>,
    similarity: f64,
}

impl From<Row> for VectorHit {
    fn from(row: Row) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cosine, stored as a float"
        )]
        let similarity = row.similarity as f32;
        Self {
            chunk_id: ChunkId::new(row.chunk_id),
            memory_id: MemoryId::new(row.memory_id),
            created_at: row.created_at,
            similarity,
        }
    }
}

/// One search, as all its statements take it.
struct Search<'a> {
    scope: Scope,
    query: VectorQuery<'a>,
    dimension: i32,
    filter: &'a MemoryFilter,
    limit: i64,
}

impl Storage {
    /// Chunks of theirs that are nearest to the question, nearest first: as many as were asked for, if there are as many.
    pub async fn search_memory_vectors(
        &self,
        scope: Scope,
        query: VectorQuery<'_>,
        filter: &MemoryFilter,
        limit: u32,
    ) -> Result<Vec<VectorHit>, Error> {
        let search = Search {
            scope,
            query,
            dimension: i32::try_from(query.vector.len()).unwrap_or(i32::MAX),
            filter,
            limit: i64::from(limit),
        };
        let mut tx = self.scoped(&scope).read().await?;
        plan_anew(&mut tx).await?;
        let mut rows = Vec::new();
        let Size { theirs, few } = search.size(&mut tx).await?;
        let many = theirs > few;
        if many && search.filter_leaves_few(few / 2, &mut tx).await? {
            rows = search.exactly_filtered(&mut tx).await?;
        } else {
            if many && let Some(found) = search.by_index(&mut tx).await? {
                rows = found;
            }
            if !many || rows.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
                rows = search.exactly(&mut tx).await?;
            }
        }
        Ok(rows.into_iter().map(VectorHit::from).collect())
    }
}

impl Search<'_> {
    /// How many vectors they have, and what is few. How many there are in all is what Postgres last noted of the table.
    async fn size(&self, tx: &mut PgConnection) -> Result<Size, Error> {
        let size = sqlx::query_as!(
            Size,
            r#"WITH bound AS MATERIALIZED (
                   SELECT LEAST(GREATEST(sqrt(10.0 * $5::bigint * GREATEST(reltuples, 0)), 2000), 20000)::bigint AS few
                   FROM pg_class
                   WHERE oid = 'memory_vectors'::regclass
               )
               SELECT count(*) AS "theirs!", (SELECT few FROM bound) AS "few!"
               FROM (
                   SELECT
                   FROM memory_vectors
                   WHERE workspace_id = $1 AND user_id = $2 AND model = $3 AND dimension = $4
                   LIMIT (SELECT few + 1 FROM bound)
               ) AS mine"#,
            self.scope.workspace_id.uuid(),
            self.scope.user_id.uuid(),
            self.query.model,
            self.dimension,
            self.limit,
        )
        .fetch_one(tx)
        .await?;
        Ok(size)
    }

    /// Compares every vector of theirs. Only those that may be shown are looked up, in the order of their distance.
    async fn exactly(&self, tx: &mut PgConnection) -> Result<Vec<Row>, Error> {
        let rows = sqlx::query_as!(
            Row,
            r#"WITH mine AS MATERIALIZED (
                   SELECT chunk_id, embedding <=> $5::real[]::vector AS distance
                   FROM memory_vectors
                   WHERE workspace_id = $1 AND user_id = $2 AND model = $3 AND dimension = $4
               )
               SELECT c.id AS "chunk_id!", c.memory_id AS "memory_id!", m.created_at AS "created_at!",
                      1 - near.distance AS "similarity!"
               FROM (SELECT chunk_id, distance FROM mine ORDER BY distance, chunk_id) AS near
               JOIN memory_chunks c ON c.id = near.chunk_id
               JOIN memories m ON m.id = c.memory_id
               WHERE ($6::text IS NULL OR m.kind = $6)
                 AND ($7::uuid IS NULL OR m.conversation_id = $7)
                 AND ($8::uuid IS NULL OR m.conversation_id IS DISTINCT FROM $8)
                 AND ($9::timestamptz IS NULL OR m.created_at >= $9)
                 AND ($10::timestamptz IS NULL OR m.created_at < $10)
               ORDER BY near.distance, near.chunk_id
               LIMIT $11"#,
            self.scope.workspace_id.uuid(),
            self.scope.user_id.uuid(),
            self.query.model,
            self.dimension,
            self.query.vector,
            self.filter.kind.map(MemoryKind::as_str),
            self.filter.conversation_id.map(ConversationId::uuid),
            self.filter.exclude_conversation_id.map(ConversationId::uuid),
            self.filter.since,
            self.filter.until,
            self.limit,
        )
        .fetch_all(tx)
        .await?;
        Ok(rows)
    }

    /// Asks the index, if there is one for this dimension.
    async fn by_index(&self, tx: &mut PgConnection) -> Result<Option<Vec<Row>>, Error> {
        go_on_until_enough(tx).await?;
        Ok(Some(match self.dimension {
            384 => self.by_index_384(tx).await?,
            768 => self.by_index_768(tx).await?,
            1024 => self.by_index_1024(tx).await?,
            1536 => self.by_index_1536(tx).await?,
            _ => return Ok(None),
        }))
    }
}

/// Lets scans of the index go on past what is filtered out.
async fn go_on_until_enough(tx: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!(
        r#"SELECT set_config('hnsw.iterative_scan', 'strict_order', true) AS "scan!",
                  set_config('hnsw.ef_search', '200', true) AS "ef!",
                  set_config('hnsw.max_scan_tuples', '100000', true) AS "most!",
                  set_config('hnsw.scan_mem_multiplier', '4', true) AS "memory!""#
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// The same statement for each dimension that has an index: the index is on an expression that names the dimension.
macro_rules! by_index {
    ($name:ident, $dimension:literal) => {
        impl Search<'_> {
            async fn $name(&self, tx: &mut PgConnection) -> Result<Vec<Row>, Error> {
                let rows = sqlx::query_as!(
                    Row,
                    r#"WITH near AS MATERIALIZED (
                           SELECT v.chunk_id, v.embedding::vector("#
                        + $dimension
                        + r#") <=> $4::real[]::vector("#
                        + $dimension
                        + r#") AS distance
                           FROM memory_vectors v
                           WHERE v.dimension = "#
                        + $dimension
                        + r#"
                             AND v.workspace_id = $1
                             AND v.user_id = $2
                             AND v.model = $3
                             AND ($5::boolean OR EXISTS (
                                 SELECT
                                 FROM memory_chunks c
                                 JOIN memories m ON m.id = c.memory_id
                                 WHERE c.id = v.chunk_id
                                   AND ($6::text IS NULL OR m.kind = $6)
                                   AND ($7::uuid IS NULL OR m.conversation_id = $7)
                                   AND ($8::uuid IS NULL OR m.conversation_id IS DISTINCT FROM $8)
                                   AND ($9::timestamptz IS NULL OR m.created_at >= $9)
                                   AND ($10::timestamptz IS NULL OR m.created_at < $10)
                                 -- Asked of each vector that the index comes by, never of all memories at once.
                                 OFFSET 0))
                           ORDER BY v.embedding::vector("#
                        + $dimension
                        + r#") <=> $4::real[]::vector("#
                        + $dimension
                        + r#")
                           LIMIT $11
                       )
                       SELECT c.id AS "chunk_id!", c.memory_id AS "memory_id!", m.created_at AS "created_at!",
                              1 - near.distance AS "similarity!"
                       FROM near
                       JOIN memory_chunks c ON c.id = near.chunk_id
                       JOIN memories m ON m.id = c.memory_id
                       ORDER BY near.distance, near.chunk_id"#,
                    self.scope.workspace_id.uuid(),
                    self.scope.user_id.uuid(),
                    self.query.model,
                    self.query.vector,
                    self.filter.is_empty(),
                    self.filter.kind.map(MemoryKind::as_str),
                    self.filter.conversation_id.map(ConversationId::uuid),
                    self.filter.exclude_conversation_id.map(ConversationId::uuid),
                    self.filter.since,
                    self.filter.until,
                    self.limit,
                )
                .fetch_all(tx)
                .await?;
                Ok(rows)
            }
        }
    };
}

by_index!(by_index_384, "384");
by_index!(by_index_768, "768");
by_index!(by_index_1024, "1024");
by_index!(by_index_1536, "1536");
