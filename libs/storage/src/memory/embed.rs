//! Embedding: chunks without a vector of the present model get one, in batches, by any number of replicas.
//!
//! A batch is leased for as long as a call of an embedder may take, so replicas do not do the same work and no
//! transaction stays open meanwhile. A lease that ran out is taken by the next. After a change of model everything is
//! pending again; new chunks come first.

use std::time::Duration;

use mosaic_domain::ChunkId;

use crate::instance::interval;
use crate::{Error, Purpose, Storage};

/// A chunk to be embedded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingChunk {
    /// Which one.
    pub id: ChunkId,
    /// Its text.
    pub content: String,
}

/// Counting ends here: more is not more telling, and costs.
const COUNT_MOST: i64 = 100_000;

impl Storage {
    /// Takes chunks that have no vector of this model, for `lease`.
    pub async fn lease_pending_chunks(
        &self,
        model: &str,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<PendingChunk>, Error> {
        let mut chunks = self.lease_below(model, lease, limit).await?;
        let missing = limit.saturating_sub(u32::try_from(chunks.len()).unwrap_or(u32::MAX));
        if missing > 0 {
            chunks.extend(self.lease_above(model, lease, missing).await?);
        }
        Ok(chunks)
    }

    /// Chunks with no model at all sort below every name, so new ones come first.
    async fn lease_below(
        &self,
        model: &str,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<PendingChunk>, Error> {
        let mut tx = self.system(Purpose::Indexer).await?;
        let rows = sqlx::query!(
            "WITH due AS (
                 SELECT chunk_id
                 FROM memory_vectors
                 WHERE model < $1 AND (leased_until IS NULL OR leased_until < now())
                 ORDER BY model, dimension, chunk_id
                 LIMIT $3
                 FOR UPDATE SKIP LOCKED
             )
             UPDATE memory_vectors v
             SET leased_until = now() + $2::interval
             FROM due
             JOIN memory_chunks c ON c.id = due.chunk_id
             WHERE v.chunk_id = due.chunk_id
             RETURNING c.id, c.content",
            model,
            interval(lease),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        let pending = rows.into_iter().map(|row| PendingChunk {
            id: ChunkId::new(row.id),
            content: row.content,
        });
        Ok(pending.collect())
    }

    async fn lease_above(
        &self,
        model: &str,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<PendingChunk>, Error> {
        let mut tx = self.system(Purpose::Indexer).await?;
        let rows = sqlx::query!(
            "WITH due AS (
                 SELECT chunk_id
                 FROM memory_vectors
                 WHERE model > $1 AND (leased_until IS NULL OR leased_until < now())
                 ORDER BY model, dimension, chunk_id
                 LIMIT $3
                 FOR UPDATE SKIP LOCKED
             )
             UPDATE memory_vectors v
             SET leased_until = now() + $2::interval
             FROM due
             JOIN memory_chunks c ON c.id = due.chunk_id
             WHERE v.chunk_id = due.chunk_id
             RETURNING c.id, c.content",
            model,
            interval(lease),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        let pending = rows.into_iter().map(|row| PendingChunk {
            id: ChunkId::new(row.id),
            content: row.content,
        });
        Ok(pending.collect())
    }

    /// Stores vectors of chunks, all of the same model and dimension. A chunk that was forgotten meanwhile is passed
    /// over. Returns how many were stored.
    pub async fn store_vectors(
        &self,
        model: &str,
        dimension: u32,
        vectors: &[(ChunkId, Vec<f32>)],
    ) -> Result<u64, Error> {
        let ids: Vec<_> = vectors.iter().map(|(id, _)| id.uuid()).collect();
        let dimension = i32::try_from(dimension).unwrap_or(i32::MAX);
        let numbers: Vec<f32> = vectors.iter().flat_map(|(_, one)| one).copied().collect();
        let mut tx = self.system(Purpose::Indexer).await?;
        let done = sqlx::query!(
            "UPDATE memory_vectors v
             SET model = $1,
                 dimension = $2::integer,
                 embedding = ($4::real[])[(given.place - 1) * $2::integer + 1
                                          : given.place * $2::integer]::vector,
                 leased_until = NULL
             FROM UNNEST($3::uuid[]) WITH ORDINALITY AS given (id, place)
             WHERE v.chunk_id = given.id",
            model,
            dimension,
            &ids,
            &numbers,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Notes that this model cannot embed these chunks, so that they do not hold up others. Words still find them.
    pub async fn give_up_vectors(&self, model: &str, chunks: &[ChunkId]) -> Result<(), Error> {
        let ids: Vec<_> = chunks.iter().map(|id| id.uuid()).collect();
        let mut tx = self.system(Purpose::Indexer).await?;
        sqlx::query!(
            "UPDATE memory_vectors
             SET model = $1, dimension = 0, embedding = NULL, leased_until = NULL
             WHERE chunk_id = ANY($2)",
            model,
            &ids,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives leased chunks back without a vector.
    pub async fn release_chunks(&self, chunks: &[ChunkId]) -> Result<(), Error> {
        let ids: Vec<_> = chunks.iter().map(|id| id.uuid()).collect();
        let mut tx = self.system(Purpose::Indexer).await?;
        sqlx::query!(
            "UPDATE memory_vectors SET leased_until = NULL WHERE chunk_id = ANY($1)",
            &ids,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps chunks from being taken for so long.
    pub async fn hold_chunks(&self, chunks: &[ChunkId], hold: Duration) -> Result<(), Error> {
        let ids: Vec<_> = chunks.iter().map(|id| id.uuid()).collect();
        let mut tx = self.system(Purpose::Indexer).await?;
        sqlx::query!(
            "UPDATE memory_vectors SET leased_until = now() + $2::interval WHERE chunk_id = ANY($1)",
            &ids,
            interval(hold),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Drops the vectors that a model of this name made with another dimension, so that they are made anew.
    pub async fn drop_other_dimensions(&self, model: &str, dimension: u32) -> Result<u64, Error> {
        let mut tx = self.system(Purpose::Indexer).await?;
        let done = sqlx::query!(
            "UPDATE memory_vectors
             SET model = '', dimension = 0, embedding = NULL, leased_until = NULL
             WHERE model = $1 AND dimension > 0 AND (dimension < $2 OR dimension > $2)",
            model,
            i32::try_from(dimension).unwrap_or(i32::MAX),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// How many chunks have no vector of this model; counted up to a bound.
    pub async fn pending_chunks(&self, model: &str) -> Result<u64, Error> {
        let mut tx = self.system(Purpose::Indexer).read().await?;
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!"
               FROM (
                   (SELECT FROM memory_vectors WHERE model < $1 LIMIT $2)
                   UNION ALL
                   (SELECT FROM memory_vectors WHERE model > $1 LIMIT $2)
               ) AS pending"#,
            model,
            COUNT_MOST,
        )
        .fetch_one(&mut *tx)
        .await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}
