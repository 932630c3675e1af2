//! `MemoryService.Search`: asks by words and by meaning at once, and makes one explained list of both answers.

mod answer;
mod wanted;

use std::time::Duration;

use mosaic_memory::{Candidate, FuseOptions, fuse};
use mosaic_proto::memory::v1::memory_service_server::MemoryService;
use mosaic_proto::memory::v1::{SearchRequest, SearchResponse};
use mosaic_runtime::clock;
use mosaic_storage::{Error, Storage, TextHit, VectorHit, VectorQuery};
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use crate::metrics::Metrics;
use crate::question::Questions;
use answer::Found;
use wanted::Wanted;

/// A search that takes longer is given up.
const LONGEST: Duration = Duration::from_secs(10);
/// How long a question may take to be embedded, unless the caller is in more of a hurry.
const EMBEDDING: Duration = Duration::from_secs(2);

/// The service.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) storage: Storage,
    pub(crate) questions: Questions,
    pub(crate) metrics: Metrics,
}

#[tonic::async_trait]
impl MemoryService for Search {
    async fn search(
        &self,
        request: Request<SearchRequest>,
    ) -> Result<Response<SearchResponse>, Status> {
        let began = Instant::now();
        let hurry = wanted::hurry(request.metadata());
        let wanted = Wanted::from_request(request.into_inner())?;
        // Who gives a deadline would rather have half of an answer than none.
        let patience = hurry.map_or(EMBEDDING, |all| EMBEDDING.min(all / 2));
        let answer = tokio::time::timeout(LONGEST, self.find(&wanted, patience))
            .await
            .map_err(|_| Status::deadline_exceeded("the search took too long"))?
            .map_err(|error| refused(&error))?;
        let degraded = !answer.degraded.is_empty();
        self.metrics.searched(began.elapsed(), degraded);
        Ok(Response::new(answer))
    }
}

/// What was found, or why there is nothing of a kind.
struct Halves {
    by_words: Vec<TextHit>,
    by_meaning: Vec<VectorHit>,
    degraded: String,
}

impl Search {
    #[tracing::instrument(name = "memory.search", skip_all)]
    async fn find(&self, wanted: &Wanted, patience: Duration) -> Result<SearchResponse, Error> {
        let halves = self.halves(wanted, patience).await?;
        let by_words: Vec<Candidate> = halves.by_words.iter().map(of_words).collect();
        let by_meaning: Vec<Candidate> = halves.by_meaning.iter().map(of_meaning).collect();
        let options = FuseOptions {
            limit: wanted.limit,
            ..FuseOptions::default()
        };
        let ranked = fuse(&by_words, &by_meaning, clock::now(), options);
        let chunks: Vec<_> = ranked.iter().map(|one| one.chunk_id.into()).collect();
        let chunks = self.storage.found_chunks(wanted.scope, &chunks).await?;
        let embedder = self.questions.embedder();
        let found = Found {
            ranked,
            chunks,
            by_words: &halves.by_words,
            floor: embedder.relevance_floor(),
        };
        Ok(SearchResponse {
            memories: found.memories(),
            model: embedder.name().to_owned(),
            note: embedder.note().unwrap_or_default().to_owned(),
            degraded: halves.degraded,
        })
    }

    /// Both searches at the same time.
    async fn halves(&self, wanted: &Wanted, patience: Duration) -> Result<Halves, Error> {
        let by_words = self.storage.search_memory_words(
            wanted.scope,
            &wanted.question,
            &wanted.filter,
            wanted.candidates,
        );
        let (by_words, by_meaning) = tokio::join!(by_words, self.by_meaning(wanted, patience));
        let (by_meaning, degraded) = match by_meaning? {
            Ok(hits) => (hits, String::new()),
            Err(reason) => (Vec::new(), reason.to_owned()),
        };
        Ok(Halves {
            by_words: by_words?,
            by_meaning,
            degraded,
        })
    }

    async fn by_meaning(
        &self,
        wanted: &Wanted,
        patience: Duration,
    ) -> Result<Result<Vec<VectorHit>, &'static str>, Error> {
        let (model, vector) = match self.questions.vector(&wanted.question, patience).await {
            Ok(made) => made,
            Err(reason) => return Ok(Err(reason)),
        };
        let query = VectorQuery {
            model: &model.name,
            vector: &vector,
        };
        let hits = self
            .storage
            .search_memory_vectors(wanted.scope, query, &wanted.filter, wanted.candidates)
            .await?;
        Ok(Ok(hits))
    }
}

fn of_words(hit: &TextHit) -> Candidate {
    Candidate {
        chunk_id: hit.chunk_id.uuid(),
        memory_id: hit.memory_id.uuid(),
        created_at: hit.created_at,
        score: hit.score,
    }
}

fn of_meaning(hit: &VectorHit) -> Candidate {
    Candidate {
        chunk_id: hit.chunk_id.uuid(),
        memory_id: hit.memory_id.uuid(),
        created_at: hit.created_at,
        score: hit.similarity,
    }
}

fn refused(error: &Error) -> Status {
    if error.is_transient() {
        tracing::info!(%error, "a search cannot be answered now");
        return Status::unavailable("the record does not answer now");
    }
    tracing::error!(%error, "a search failed");
    Status::internal("the search failed; the log of memory-indexer says why")
}
