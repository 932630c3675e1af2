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
/// How long the record may look for words, unless the caller is in more of a hurry. It looks at everything of a person.
const READING: Duration = Duration::from_secs(5);
/// Said where words were not compared.
const TOO_LONG: &str = "searching by words took too long";

/// The service.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) storage: Storage,
    pub(crate) questions: Questions,
    pub(crate) metrics: Metrics,
    /// How long any statement may take, if that is limited.
    pub(crate) statement_timeout: Option<Duration>,
}

/// How long each half of a search may take.
#[derive(Debug, Clone, Copy)]
struct Patience {
    embedding: Duration,
    reading: Duration,
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
        let patience = Patience::new(hurry, self.statement_timeout);
        let answer = tokio::time::timeout(LONGEST, self.find(&wanted, patience))
            .await
            .map_err(|_| too_long())?
            .map_err(|error| refused(&error))?
            .ok_or_else(too_long)?;
        let degraded = !answer.degraded.is_empty();
        self.metrics.searched(began.elapsed(), degraded);
        Ok(Response::new(answer))
    }
}

impl Patience {
    /// Who is in a hurry would rather have half of an answer than none.
    fn new(hurry: Option<Duration>, statement_timeout: Option<Duration>) -> Self {
        let hurry = hurry.unwrap_or(Duration::MAX);
        let most = statement_timeout.unwrap_or(Duration::MAX);
        Self {
            embedding: EMBEDDING.min(hurry / 2),
            // What is found is read afterwards.
            reading: READING.min(hurry / 2).min(most),
        }
    }
}

/// What was found, or why there is nothing of a kind.
#[derive(Debug, PartialEq)]
struct Halves {
    by_words: Vec<TextHit>,
    by_meaning: Vec<VectorHit>,
    degraded: String,
}

impl Halves {
    /// What there is of both: by words unless that took too long, by meaning or why not. `None` if there is nothing of either.
    fn of(
        by_words: Option<Vec<TextHit>>,
        by_meaning: Result<Vec<VectorHit>, &'static str>,
    ) -> Option<Self> {
        let (by_words, by_meaning, degraded) = match (by_words, by_meaning) {
            (Some(words), Ok(meaning)) => (words, meaning, ""),
            (Some(words), Err(reason)) => (words, Vec::new(), reason),
            (None, Ok(meaning)) => (Vec::new(), meaning, TOO_LONG),
            (None, Err(_)) => return None,
        };
        Some(Self {
            by_words,
            by_meaning,
            degraded: degraded.to_owned(),
        })
    }
}

impl Search {
    #[tracing::instrument(name = "memory.search", skip_all)]
    async fn find(
        &self,
        wanted: &Wanted,
        patience: Patience,
    ) -> Result<Option<SearchResponse>, Error> {
        let Some(halves) = self.halves(wanted, patience).await? else {
            return Ok(None);
        };
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
        Ok(Some(SearchResponse {
            memories: found.memories(),
            model: embedder.name().to_owned(),
            note: embedder.note().unwrap_or_default().to_owned(),
            degraded: halves.degraded,
        }))
    }

    /// Both searches at the same time.
    async fn halves(&self, wanted: &Wanted, patience: Patience) -> Result<Option<Halves>, Error> {
        let by_words = self.storage.search_memory_words(
            wanted.scope,
            &wanted.question,
            &wanted.filter,
            wanted.candidates,
            patience.reading,
        );
        let by_meaning = self.by_meaning(wanted, patience.embedding);
        let (by_words, by_meaning) = tokio::join!(by_words, by_meaning);
        Ok(Halves::of(by_words?, by_meaning?))
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

fn too_long() -> Status {
    Status::deadline_exceeded("the search took too long")
}

fn refused(error: &Error) -> Status {
    if error.is_transient() {
        tracing::info!(%error, "a search cannot be answered now");
        return Status::unavailable("the record does not answer now");
    }
    tracing::error!(%error, "a search failed");
    Status::internal("the search failed; the log of memory-indexer says why")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit() -> VectorHit {
        VectorHit {
            chunk_id: clock::id(),
            memory_id: clock::id(),
            created_at: clock::now(),
            similarity: 0.5,
        }
    }

    #[test]
    fn what_took_too_long_by_words_is_found_by_meaning_and_the_answer_says_so() {
        let found = Halves::of(None, Ok(vec![hit()])).unwrap();
        assert_eq!((found.by_words.len(), found.by_meaning.len()), (0, 1));
        assert_eq!(found.degraded, TOO_LONG);
        let whole = Halves::of(Some(Vec::new()), Ok(vec![hit()])).unwrap();
        assert_eq!(whole.degraded, "");
        let by_words = Halves::of(Some(Vec::new()), Err("away")).unwrap();
        assert_eq!(by_words.degraded, "away");
        // Nothing was compared: that is no answer of which there is less.
        assert_eq!(Halves::of(None, Err("away")), None);
    }

    #[test]
    fn the_record_looks_no_longer_than_anybody_waits_or_any_statement_may() {
        let reading = |hurry, most| Patience::new(hurry, most).reading;
        let second = Duration::from_secs(1);
        assert_eq!(reading(None, None), READING);
        assert_eq!(reading(Some(second), None), second / 2);
        assert_eq!(reading(None, Some(second)), second);
        assert_eq!(reading(None, Some(Duration::from_mins(1))), READING);
    }
}
