//! One list out of two: what was found by words and what was found by meaning.
//!
//! The scores of the two searches cannot be compared, their orders can: reciprocal rank fusion gives each memory
//! `1 / (k + rank)` from each list that has it. What is recent weighs a little more. The result says why each memory is
//! where it is.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A chunk that one of the searches found. Lists are given best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The chunk.
    pub chunk_id: Uuid,
    /// The memory it is a part of.
    pub memory_id: Uuid,
    /// When the memory was made.
    pub created_at: DateTime<Utc>,
    /// What the search made of it: the rank of the text search, or the cosine of the vectors.
    pub score: f32,
}

/// How the lists are fused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FuseOptions {
    /// How much the first places differ from the later ones; 60 is the value of the method's authors.
    pub k: f32,
    /// How much of the score a very old memory loses, from 0 to 1.
    pub recency_weight: f32,
    /// After how many days half of that is lost.
    pub half_life_days: f32,
    /// The longest list that is given back.
    pub limit: usize,
}

impl Default for FuseOptions {
    fn default() -> Self {
        Self {
            k: 60.0,
            recency_weight: 0.15,
            half_life_days: 30.0,
            limit: 20,
        }
    }
}

/// A memory that was found, with the chunk that speaks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The memory.
    pub memory_id: Uuid,
    /// Its chunk that was found on the better place.
    pub chunk_id: Uuid,
    /// When the memory was made.
    pub created_at: DateTime<Utc>,
    /// From 0 to 1; 1 is first in both lists and made this moment.
    pub score: f32,
    /// How the score came about.
    pub explanation: Explanation,
}

/// How a score came about: `(1/(k+text_rank) + 1/(k+vector_rank)) · (k+1)/2 · recency`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Explanation {
    /// The place among what was found by words, from 1.
    pub text_rank: Option<u32>,
    /// The score of the text search.
    pub text_score: Option<f32>,
    /// The place among what was found by meaning, from 1.
    pub vector_rank: Option<u32>,
    /// The cosine between question and chunk.
    pub similarity: Option<f32>,
    /// The factor of the memory's age, at most 1.
    pub recency: f32,
}

/// Fuses two lists, each best first, into one. A memory comes once, with its best chunk.
#[must_use]
pub fn fuse(
    by_text: &[Candidate],
    by_vector: &[Candidate],
    now: DateTime<Utc>,
    options: FuseOptions,
) -> Vec<Ranked> {
    let mut found: HashMap<Uuid, Ranked> = HashMap::new();
    // Meaning first: at equal places its chunk speaks for the memory.
    for (rank, candidate) in places(by_vector) {
        let it = entry(&mut found, candidate);
        it.explanation.vector_rank = Some(rank);
        it.explanation.similarity = Some(candidate.score);
    }
    for (rank, candidate) in places(by_text) {
        let it = entry(&mut found, candidate);
        it.explanation.text_rank = Some(rank);
        it.explanation.text_score = Some(candidate.score);
        if it.explanation.vector_rank.is_some_and(|other| rank < other) {
            it.chunk_id = candidate.chunk_id;
        }
    }
    let mut list: Vec<Ranked> = found.into_values().collect();
    for it in &mut list {
        it.explanation.recency = recency(it.created_at, now, options);
        it.score = score(&it.explanation, options);
    }
    list.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then(b.created_at.cmp(&a.created_at))
            .then(a.memory_id.cmp(&b.memory_id))
    });
    list.truncate(options.limit);
    list
}

/// The best chunk of each memory with the memory's place in the list, from 1.
fn places(list: &[Candidate]) -> impl Iterator<Item = (u32, &Candidate)> {
    let mut seen = std::collections::HashSet::new();
    let first = list
        .iter()
        .filter(move |candidate| seen.insert(candidate.memory_id));
    (1..).zip(first)
}

fn entry<'a>(found: &'a mut HashMap<Uuid, Ranked>, candidate: &Candidate) -> &'a mut Ranked {
    found.entry(candidate.memory_id).or_insert_with(|| Ranked {
        memory_id: candidate.memory_id,
        chunk_id: candidate.chunk_id,
        created_at: candidate.created_at,
        score: 0.0,
        explanation: Explanation::default(),
    })
}

fn score(explanation: &Explanation, options: FuseOptions) -> f32 {
    let share = |rank: Option<u32>| rank.map_or(0.0, |rank| 1.0 / (options.k + places_as(rank)));
    let sum = share(explanation.text_rank) + share(explanation.vector_rank);
    sum * (options.k + 1.0) / 2.0 * explanation.recency
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no list has more places than a float counts exactly"
)]
fn places_as(rank: u32) -> f32 {
    rank as f32
}

/// 1 for this moment, falling towards `1 - recency_weight`. What is dated ahead counts as of now.
fn recency(created_at: DateTime<Utc>, now: DateTime<Utc>, options: FuseOptions) -> f32 {
    let age = now.signed_duration_since(created_at).as_seconds_f32() / 86_400.0;
    let kept = 0.5_f32.powf(age.max(0.0) / options.half_life_days.max(f32::EPSILON));
    1.0 - options.recency_weight * (1.0 - kept)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    /// A chunk of memory `memory`, `age` days old.
    fn candidate(memory: u128, chunk: u128, age: i64, score: f32) -> Candidate {
        Candidate {
            chunk_id: Uuid::from_u128(chunk),
            memory_id: Uuid::from_u128(memory),
            created_at: now() - TimeDelta::days(age),
            score,
        }
    }

    fn order(list: &[Ranked]) -> Vec<u128> {
        list.iter().map(|it| it.memory_id.as_u128()).collect()
    }

    #[test]
    fn what_both_searches_found_comes_before_what_one_found() {
        let by_text = [candidate(1, 10, 0, 0.9), candidate(2, 20, 0, 0.5)];
        let by_vector = [candidate(3, 30, 0, 0.8), candidate(2, 20, 0, 0.7)];
        let list = fuse(&by_text, &by_vector, now(), FuseOptions::default());
        assert_eq!(order(&list), [2, 1, 3]);
        let it = list[0].explanation;
        assert_eq!((it.text_rank, it.vector_rank), (Some(2), Some(2)));
        assert_eq!((it.text_score, it.similarity), (Some(0.5), Some(0.7)));
    }

    #[test]
    fn first_in_both_lists_and_new_is_a_full_score() {
        let both = [candidate(1, 10, 0, 0.9)];
        let list = fuse(&both, &both, now(), FuseOptions::default());
        assert!((list[0].score - 1.0).abs() < 1e-5, "{}", list[0].score);
        assert!((list[0].explanation.recency - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_memory_comes_once_with_the_chunk_on_the_better_place() {
        let by_text = [candidate(1, 11, 0, 0.9), candidate(1, 12, 0, 0.8)];
        let by_vector = [candidate(2, 20, 0, 0.9), candidate(1, 13, 0, 0.8)];
        let list = fuse(&by_text, &by_vector, now(), FuseOptions::default());
        assert_eq!(order(&list), [1, 2]);
        assert_eq!(list[0].chunk_id.as_u128(), 11);
        assert_eq!(list[0].explanation.vector_rank, Some(2));
    }

    #[test]
    fn age_settles_near_ties_and_does_not_bury_what_fits_better() {
        let by_vector = [candidate(1, 10, 400, 0.8), candidate(2, 20, 1, 0.79)];
        let list = fuse(&[], &by_vector, now(), FuseOptions::default());
        assert_eq!(order(&list), [2, 1]);
        let by_text = [candidate(1, 10, 400, 0.8)];
        let list = fuse(&by_text, &by_vector, now(), FuseOptions::default());
        assert_eq!(order(&list), [1, 2]);
    }

    #[test]
    fn equal_scores_have_one_order_and_the_list_ends_at_its_limit() {
        let by_text = [candidate(7, 70, 0, 0.5)];
        let by_vector = [candidate(3, 30, 0, 0.5)];
        let options = FuseOptions {
            limit: 1,
            ..FuseOptions::default()
        };
        assert_eq!(order(&fuse(&by_text, &by_vector, now(), options)), [3]);
        assert!(fuse(&[], &[], now(), options).is_empty());
    }
}
