//! Vectors without a model: feature hashing of words and of their letter triples.
//!
//! Each feature falls on one of the dimensions with a sign, both by its hash, so that collisions cancel out on average.
//! Similar words share triples (`deploy`, `deployment`), therefore small differences of form are bridged; meaning is
//! not: `car` and `automobile` are strangers here, and [`Embedder::note`] says so.

use async_trait::async_trait;

use crate::vector::normalised;
use crate::{EmbedError, Embedder, EmbeddingModel};

const DIMENSION: u32 = 384;
const WIDTH: usize = DIMENSION as usize;
/// The share of a letter triple beside its word, which counts 1.
const TRIPLE: f32 = 0.25;
/// Short words are mostly the glue of a sentence, in many languages.
const GLUE: f32 = 0.3;
const GLUE_LETTERS: usize = 3;

/// The embedder that needs no files and no network, and compares words, not meaning.
#[derive(Debug, Clone, Default)]
pub struct Hashed {
    note: Option<String>,
}

impl Hashed {
    /// The name under which its vectors are kept. What changes the vectors must change the name.
    pub const NAME: &'static str = "hashed/v1";

    /// With the reason for which nothing better is used, to be said to operators.
    #[must_use]
    pub fn because(reason: &EmbedError) -> Self {
        Self {
            note: Some(format!("{reason}; {NOTE}")),
        }
    }
}

const NOTE: &str = "texts are compared by their words, not by their meaning";

#[async_trait]
impl Embedder for Hashed {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn note(&self) -> Option<&str> {
        Some(self.note.as_deref().unwrap_or(NOTE))
    }

    fn relevance_floor(&self) -> f32 {
        0.2
    }

    async fn model(&self) -> Result<EmbeddingModel, EmbedError> {
        Ok(EmbeddingModel {
            name: Self::NAME.to_owned(),
            dimension: DIMENSION,
        })
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        Ok(texts.iter().map(|text| vector(text)).collect())
    }
}

fn vector(text: &str) -> Vec<f32> {
    let mut sums = vec![0.0_f32; WIDTH];
    let folded = text.to_lowercase();
    let words = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    for word in words {
        add_word(&mut sums, word);
    }
    // Ten times the same word says little more than once.
    for sum in &mut sums {
        *sum = sum.signum() * sum.abs().ln_1p();
    }
    normalised(sums).unwrap_or_else(|| {
        // Nothing but signs, or features that cancelled out: the text as a whole is the only feature.
        let mut whole = vec![0.0; WIDTH];
        add(&mut whole, "text", text.as_bytes(), 1.0);
        whole
    })
}

fn add_word(sums: &mut [f32], word: &str) {
    let letters: Vec<char> = std::iter::once('^')
        .chain(word.chars())
        .chain(std::iter::once('$'))
        .collect();
    let glue = letters.len() - 2 <= GLUE_LETTERS && word.chars().all(char::is_alphabetic);
    let weight = if glue && word.is_ascii() { GLUE } else { 1.0 };
    add(sums, "word", word.as_bytes(), weight);
    for triple in letters.windows(3) {
        let triple: String = triple.iter().collect();
        add(sums, "triple", triple.as_bytes(), weight * TRIPLE);
    }
}

fn add(sums: &mut [f32], kind: &str, feature: &[u8], weight: f32) {
    let hash = hash(kind.as_bytes(), feature);
    let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
    // The remainder is below 384 and fits everywhere.
    let place = usize::try_from(hash % u64::from(DIMENSION)).unwrap_or_default();
    sums[place] += sign * weight;
}

/// FNV-1a with a final mixing. Our own, because vectors are kept: it must give the same in ten years.
fn hash(kind: &[u8], feature: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in kind.iter().chain(b"\0").chain(feature) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(one: &str, other: &str) -> f32 {
        let (one, other) = (vector(one), vector(other));
        one.iter().zip(&other).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn the_same_text_gives_the_same_vector_for_ever() {
        // Vectors are kept: whoever changes these numbers must change the name, too.
        assert_eq!(hash(b"word", b"cat") % 384, 88);
        let vector = vector("cat");
        let longest = (0..WIDTH).max_by(|a, b| vector[*a].abs().total_cmp(&vector[*b].abs()));
        assert_eq!(longest, Some(88));
    }

    #[test]
    fn texts_that_share_words_are_nearer_than_texts_that_do_not() {
        let question = "Which database do we use for the deployment?";
        let related = cosine(question, "The deployments use a Postgres database.");
        let strange = cosine(question, "My cat likes to sleep in the afternoon.");
        assert!(related > 0.3, "{related}");
        assert!(strange < 0.15, "{strange}");
    }

    #[test]
    fn every_text_has_a_vector_of_length_one_even_without_a_single_word() {
        for text in ["", " ", "?!", "→ … ←", "日本語", "a"] {
            let vector = vector(text);
            let length: f32 = vector.iter().map(|n| n * n).sum();
            assert!((length - 1.0).abs() < 1e-4, "{text:?}: {length}");
            assert_eq!(vector.len(), WIDTH);
        }
    }
}
