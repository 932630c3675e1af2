//! What was found, as it is answered.

use std::collections::HashMap;

use mosaic_memory::Ranked;
use mosaic_proto::memory::v1::{FoundMemory, MemoryKind, MemoryRole, ScoreExplanation};
use mosaic_proto::memory_convert::timestamp;
use mosaic_storage::{FoundChunk, TextHit};
use uuid::Uuid;

/// What has this share of the question's words has to do with it, whatever the vectors say.
const COVERED: f32 = 0.6;

/// What both searches found, fused.
pub(super) struct Found<'a> {
    pub(super) ranked: Vec<Ranked>,
    /// What is shown of it. What was forgotten since it was found is missing.
    pub(super) chunks: Vec<FoundChunk>,
    pub(super) by_words: &'a [TextHit],
    /// The cosine below which a neighbour is a stranger.
    pub(super) floor: f32,
}

impl Found<'_> {
    pub(super) fn memories(self) -> Vec<FoundMemory> {
        let mut coverage: HashMap<Uuid, f32> = HashMap::new();
        for hit in self.by_words {
            let best = coverage.entry(hit.memory_id.uuid()).or_default();
            *best = best.max(hit.coverage);
        }
        let mut chunks: HashMap<Uuid, FoundChunk> = self
            .chunks
            .into_iter()
            .map(|chunk| (chunk.chunk_id.uuid(), chunk))
            .collect();
        let floor = self.floor;
        self.ranked
            .into_iter()
            .filter_map(|one| {
                let chunk = chunks.remove(&one.chunk_id)?;
                let covered = coverage.get(&one.memory_id).copied().unwrap_or_default();
                Some(memory(&one, chunk, covered, floor))
            })
            .collect()
    }
}

fn memory(one: &Ranked, chunk: FoundChunk, covered: f32, floor: f32) -> FoundMemory {
    let FoundChunk { text, memory, .. } = chunk;
    let why = &one.explanation;
    let similar = why.similarity.is_some_and(|cosine| cosine >= floor);
    FoundMemory {
        memory_id: memory.id.to_string(),
        kind: MemoryKind::from(memory.kind).into(),
        role: MemoryRole::from(memory.role).into(),
        conversation_id: memory
            .conversation_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        conversation_title: memory.conversation_title.unwrap_or_default(),
        message_id: memory
            .message_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        text,
        created_at: Some(timestamp(memory.created_at)),
        score: one.score,
        relevant: similar || covered >= COVERED,
        explanation: Some(ScoreExplanation {
            text_rank: why.text_rank.unwrap_or_default(),
            text_score: why.text_score.unwrap_or_default(),
            text_coverage: covered,
            vector_rank: why.vector_rank.unwrap_or_default(),
            similarity: why.similarity.unwrap_or_default(),
            recency: why.recency,
        }),
    }
}
