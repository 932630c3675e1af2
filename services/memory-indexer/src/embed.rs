//! Gives chunks their vectors: whenever some were captured, and every half minute whatever another replica left behind.
//!
//! One text that cannot be embedded must not hold up the others. So after a batch failed, the embedder is asked for
//! something harmless: if that fails too, it is away, and everything waits; else the texts are tried one by one, and
//! those that fail are left alone for longer and longer.

mod held;
#[cfg(test)]
mod tests;

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
pub(crate) use held::Held;

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

/// A text that every embedder can embed.
const HARMLESS: &str = "a word";

/// The task that embeds.
#[derive(Debug)]
pub(crate) struct Embedding {
    pub(crate) storage: Storage,
    pub(crate) embedder: Arc<dyn Embedder>,
    pub(crate) pending: Arc<Notify>,
    pub(crate) metrics: Metrics,
    pub(crate) counters: Counters,
    pub(crate) soft: CancellationToken,
    pub(crate) held: Held,
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

impl Trouble {
    /// Whether a single text may be the reason.
    fn may_be_of_a_text(&self) -> bool {
        match self {
            Self::Record(_) => false,
            Self::Late => true,
            Self::Embedder(error) => matches!(
                error.kind,
                EmbedErrorKind::BadRequest
                    | EmbedErrorKind::Unavailable
                    | EmbedErrorKind::Protocol
                    | EmbedErrorKind::Internal
            ),
        }
    }

    /// A label for metrics.
    fn kind(&self) -> &'static str {
        match self {
            Self::Record(_) => "record",
            Self::Late => "late",
            Self::Embedder(error) => error.kind.as_str(),
        }
    }

    /// Whether the embedder says that it will never embed this.
    fn is_refusal(&self) -> bool {
        matches!(self, Self::Embedder(error) if error.kind == EmbedErrorKind::BadRequest)
    }
}

impl Embedding {
    /// Runs until the stop.
    pub(crate) async fn run(mut self) {
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
    async fn round(&mut self) -> Result<u64, Trouble> {
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

    async fn batch(
        &mut self,
        model: &EmbeddingModel,
        batch: Vec<PendingChunk>,
    ) -> Result<(), Trouble> {
        let Err(trouble) = self.embed(model, &batch).await else {
            return Ok(());
        };
        let ids: Vec<ChunkId> = batch.iter().map(|chunk| chunk.id).collect();
        let away = if trouble.may_be_of_a_text() {
            self.ask_something_harmless().await.err()
        } else {
            Some(trouble)
        };
        if let Some(trouble) = away {
            // If this fails too, the lease runs out.
            let _ = self.storage.release_chunks(&ids).await;
            return Err(trouble);
        }
        self.one_by_one(model, batch).await
    }

    async fn ask_something_harmless(&self) -> Result<(), Trouble> {
        timeout(CALL, self.embedder.embed(&[HARMLESS.to_owned()]))
            .await
            .map_err(|_| Trouble::Late)??;
        Ok(())
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

    /// Embeds each chunk by itself. Those that are refused are given up, those that fail are left alone for a while.
    async fn one_by_one(
        &mut self,
        model: &EmbeddingModel,
        batch: Vec<PendingChunk>,
    ) -> Result<(), Trouble> {
        let (mut refused, mut failed) = (0_u32, 0_u32);
        for chunk in batch {
            let id = chunk.id;
            match self.embed(model, &[chunk]).await {
                Ok(()) => self.held.let_go(id),
                Err(trouble) if trouble.is_refusal() => {
                    refused += 1;
                    self.metrics.embedding_failed(trouble.kind());
                    self.storage.give_up_vectors(&model.name, &[id]).await?;
                }
                Err(trouble) if trouble.may_be_of_a_text() => {
                    failed += 1;
                    self.metrics.embedding_failed(trouble.kind());
                    let hold = self.held.hold(id);
                    self.storage.hold_chunks(&[id], hold).await?;
                }
                // What was not tried yet is free again when its lease runs out.
                Err(trouble) => return Err(trouble),
            }
        }
        if refused + failed > 0 {
            tracing::warn!(
                refused,
                failed,
                model = model.name,
                "the embedder cannot embed some texts; words find them"
            );
        }
        Ok(())
    }
}
