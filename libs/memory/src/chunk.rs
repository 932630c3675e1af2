//! Cutting texts into chunks that an embedding model sees as a whole.
//!
//! The built-in model reads 256 word pieces and does not see the rest. How many pieces a text has is estimated here, so
//! that the cut is the same whatever the model: vectors of another model can then be made of the same chunks.

use text_splitter::{ChunkCapacity, ChunkConfig, ChunkSizer, MarkdownSplitter};

/// Word pieces a chunk has at most; below what the model reads, because the count is an estimate. About 900 letters of
/// English.
const MOST_PIECES: usize = 200;

/// The chunks of a text, in its order: cut between sections, paragraphs, sentences or words, whichever is the largest
/// that fits. None is empty; a blank text has none.
#[must_use]
pub fn chunk(text: &str) -> Vec<String> {
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    if pieces(text) <= MOST_PIECES {
        return vec![text.to_owned()];
    }
    let capacity = ChunkCapacity::new(MOST_PIECES);
    let splitter = MarkdownSplitter::new(ChunkConfig::new(capacity).with_sizer(WordPieces));
    splitter
        .chunks(text)
        .map(str::trim)
        .filter(|chunk| !chunk.is_empty())
        .map(str::to_owned)
        .collect()
}

struct WordPieces;

impl ChunkSizer for WordPieces {
    fn size(&self, chunk: &str) -> usize {
        pieces(chunk)
    }
}

/// About as many word pieces as a tokenizer of English finds: a short word is one, a long or odd one has several, one of
/// letters and digits, such as a hash or an id, has many, a sign and a letter of another alphabet is one.
fn pieces(text: &str) -> usize {
    let mut total = 0;
    let mut word = Word::default();
    for c in text.chars() {
        if is_foreign(c) {
            total += word.end() + 1;
        } else if c.is_alphanumeric() {
            word.push(c);
        } else {
            total += word.end() + usize::from(!c.is_whitespace());
        }
    }
    total + word.end()
}

/// The word that is being read.
#[derive(Default)]
struct Word {
    letters: usize,
    vowels: usize,
    /// Whether it holds digits, capitals or accents, for which pieces are short.
    odd: bool,
    /// How often letters and digits take turns. No piece spans such a place.
    turns: usize,
    /// Pieces of what is before the last such place, two letters or digits each.
    before: usize,
    /// Letters, or digits, since then.
    run: usize,
    digits: bool,
}

impl Word {
    fn push(&mut self, c: char) {
        let digit = c.is_ascii_digit();
        if self.run > 0 && digit != self.digits {
            self.turns += 1;
            self.before += self.run.div_ceil(2);
            self.run = 0;
        }
        self.digits = digit;
        self.run += 1;
        self.letters += 1;
        self.vowels += usize::from("aeiouyAEIOUY".contains(c) || !c.is_ascii());
        self.odd |= !c.is_ascii_lowercase();
    }

    fn end(&mut self) -> usize {
        let word = std::mem::take(self);
        let letters = word.letters;
        if word.turns > 0 || (word.digits && letters > 4) {
            return word.before + word.run.div_ceil(2);
        }
        // What nobody can pronounce is no word.
        let jumbled = letters > 4 && word.vowels * 4 < letters;
        match (letters, word.odd) {
            (0, _) => 0,
            _ if jumbled => (2 * letters).div_ceil(3),
            (1..=7, false) => 1,
            (_, false) => letters.div_ceil(4),
            (_, true) => letters.div_ceil(3),
        }
    }
}

/// Letters beyond the Latin alphabets, which are pieces of their own.
fn is_foreign(c: char) -> bool {
    c.is_alphanumeric() && u32::from(c) > 0x024F
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENTENCE: &str =
        "The indexer cuts what was said into chunks that a small model can read. ";

    #[test]
    fn a_short_text_is_one_chunk_without_the_blanks_around_it() {
        assert_eq!(
            chunk("  My dog is called Bello.\n"),
            ["My dog is called Bello."]
        );
    }

    #[test]
    fn a_blank_text_has_no_chunk() {
        for text in ["", " ", "\n\t \n", "\u{3000}"] {
            assert!(chunk(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_sentences_and_nothing_is_lost() {
        let text = SENTENCE.repeat(60);
        let chunks = chunk(&text);
        assert!(chunks.len() > 3, "{}", chunks.len());
        for part in &chunks {
            assert!(pieces(part) <= MOST_PIECES);
            assert!(part.starts_with("The") && part.ends_with("read."), "{part}");
            assert!((600..1100).contains(&part.len()) || part == chunks.last().unwrap());
        }
        assert_eq!(chunks.join(" "), text.trim());
    }

    #[test]
    fn sections_of_a_document_stay_together() {
        let section = |title: &str| format!("## {title}\n\n{}\n\n", SENTENCE.repeat(9));
        let text = [section("First"), section("Second"), section("Third")].concat();
        let chunks = chunk(&text);
        assert_eq!(chunks.len(), 3, "{chunks:#?}");
        assert!(chunks[1].starts_with("## Second"), "{}", chunks[1]);
    }

    #[test]
    fn text_without_any_place_to_cut_is_cut_all_the_same() {
        for text in [
            "x".repeat(20_000),
            "日本語".repeat(3_000),
            "😀".repeat(2_000),
        ] {
            let chunks = chunk(&text);
            assert!(chunks.iter().all(|part| pieces(part) <= MOST_PIECES));
            assert_eq!(chunks.concat(), text);
        }
    }
}
