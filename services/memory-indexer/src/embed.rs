//! Gives chunks their vectors: whenever some were captured, and every half minute whatever another replica left behind.

use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::Backoff;
use mosaic_domain::ChunkId;
use mosaic_memory::{EmbedError, EmbedErrorKind, Embedder, EmbeddingModel};
use mosaic_runtime::describe::Counters;
use mosaic_storage::{PendingChunk, Storage};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use crate::notes;

/// Chunks embedded at once. A small model reads them in a moment, and a question does not wait long behind them.
const BATCH: u32 = 16;
/// How often the record is looked at without being woken.
const EVERY: Duration = Duration::from_secs(30);
/// How soon it is looked at again while another replica holds something: that one may have died.
const WHILE_HELD: Duration = Duration::from_secs(5);
/// A call that takes longer is given up.
const CALL: Duration = Duration::from_secs(25);
/// For how long a batch is leased: longer than a call may take. A batch of a replica that died waits for this long.
const LEASE: Duration = Duration::from_secs(30);
/// The wait after a failure that only an operator can mend.
const UNTIL_MENDED: Duration = Duration::from_mins(2);

/// The task that embeds.
#[derive(Debug)]
pub(crate) struct Embedding {
    pub(crate) storage: Storage,
    pub(crate) embedder: Arc<dyn Embedder>,
    pub(crate) pending: Arc<Notify>,
    pub(crate) metrics: Metrics,
    pub(crate) counters: Counters,
    pub(crate) soft: CancellationToken,
}

/// Why a round ended before everything was embedded.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Record(#[from] mosaic_storage::Error),
    #[error("{0}; {remedy}", remedy = .0.remedy)]
    Embedder(#[from] EmbedError),
    #[error("the embedder gave no answer within {CALL:?}")]
    Late,
}

impl Embedding {
    /// Runs until the stop.
    pub(crate) async fn run(self) {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));
        loop {
            let rest = match self.round().await {
                Ok(left) => {
                    backoff.reset();
                    Ok(if left > 0 { WHILE_HELD } else { EVERY })
                }
                Err(trouble) => Err(self.rest(&trouble, &mut backoff)),
            };
            let woken = async {
                match rest {
                    Ok(rest) => {
                        let _ = timeout(rest, self.pending.notified()).await;
                    }
                    // After a failure nobody wakes it early: what fails is not asked more often for more work.
                    Err(rest) => tokio::time::sleep(rest).await,
                }
            };
            tokio::select! {
                () = self.soft.cancelled() => return,
                () = woken => {}
            }
        }
    }

    /// How long to leave the embedder, or the record, alone.
    fn rest(&self, trouble: &Trouble, backoff: &mut Backoff) -> Duration {
        let wait = backoff.wait().max(Duration::from_millis(500));
        match trouble {
            Trouble::Record(error) => {
                tracing::info!(%error, "chunks cannot be embedded yet");
                wait
            }
            Trouble::Late => {
                self.metrics.embedding_failed("late");
                tracing::warn!(error = %trouble, "chunks cannot be embedded yet; words find them");
                wait
            }
            Trouble::Embedder(error) => {
                self.metrics.embedding_failed(error.kind.as_str());
                tracing::warn!(error = %trouble, "chunks cannot be embedded yet; words find them");
                let least = if error.is_retryable() {
                    Duration::ZERO
                } else {
                    UNTIL_MENDED
                };
                wait.max(least).max(error.retry_after.unwrap_or_default())
            }
        }
    }

    /// Embeds everything that is pending; returns how much others hold.
    async fn round(&self) -> Result<u64, Trouble> {
        notes::cut(&self.storage, &self.metrics).await?;
        let name = self.embedder.name();
        let pending = self.storage.pending_chunks(name).await?;
        self.metrics.pending(pending);
        if pending == 0 {
            return Ok(0);
        }
        let model = timeout(CALL, self.embedder.model())
            .await
            .map_err(|_| Trouble::Late)??;
        let dropped = self
            .storage
            .drop_other_dimensions(&model.name, model.dimension)
            .await?;
        if dropped > 0 {
            tracing::info!(
                model = model.name,
                dropped,
                "vectors of another dimension are made anew"
            );
        }
        while !self.soft.is_cancelled() {
            let batch = self
                .storage
                .lease_pending_chunks(&model.name, LEASE, BATCH)
                .await?;
            if batch.is_empty() {
                break;
            }
            self.batch(&model, batch).await?;
        }
        let pending = self.storage.pending_chunks(&model.name).await?;
        self.metrics.pending(pending);
        Ok(pending)
    }

    async fn batch(&self, model: &EmbeddingModel, batch: Vec<PendingChunk>) -> Result<(), Trouble> {
        let ids: Vec<ChunkId> = batch.iter().map(|chunk| chunk.id).collect();
        let done = match self.embed(model, &batch).await {
            // One text that the provider refuses must not hold up the others.
            Err(Trouble::Embedder(error)) if error.kind == EmbedErrorKind::BadRequest => {
                self.one_by_one(model, batch, error).await
            }
            other => other,
        };
        if done.is_err() {
            // If this fails too, the lease runs out.
            let _ = self.storage.release_chunks(&ids).await;
        }
        done
    }

    async fn embed(&self, model: &EmbeddingModel, batch: &[PendingChunk]) -> Result<(), Trouble> {
        let texts: Vec<String> = batch.iter().map(|chunk| chunk.content.clone()).collect();
        let began = Instant::now();
        let vectors = timeout(CALL, self.embedder.embed(&texts))
            .await
            .map_err(|_| Trouble::Late)??;
        let took = began.elapsed();
        let vectors: Vec<_> = batch.iter().map(|chunk| chunk.id).zip(vectors).collect();
        let stored = self
            .storage
            .store_vectors(&model.name, model.dimension, &vectors)
            .await?;
        self.metrics.embedded(stored, took);
        self.counters.add("memory.embedded", stored);
        Ok(())
    }

    /// Embeds each chunk by itself and gives up those that are refused; fails if all of them are, for then it is not the
    /// text that is wrong.
    async fn one_by_one(
        &self,
        model: &EmbeddingModel,
        batch: Vec<PendingChunk>,
        refusal: EmbedError,
    ) -> Result<(), Trouble> {
        let mut refused = Vec::new();
        let all = batch.len();
        for chunk in batch {
            let id = chunk.id;
            match self.embed(model, &[chunk]).await {
                Ok(()) => {}
                Err(Trouble::Embedder(error)) if error.kind == EmbedErrorKind::BadRequest => {
                    refused.push(id);
                }
                Err(trouble) => return Err(trouble),
            }
        }
        if refused.len() == all {
            return Err(refusal.into());
        }
        tracing::warn!(
            chunks = refused.len(),
            model = model.name,
            "the embedder refuses some texts; words find them"
        );
        self.storage.give_up_vectors(&model.name, &refused).await?;
        Ok(())
    }
}
