//! From texts to vectors: tokenizer and network together.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use tokenizers::{Tokenizer, TruncationParams};

use super::bert::{Bert, Shape};
use super::files::{ModelFiles, SHAPE, TOKENIZER, WEIGHTS};
use super::internal;
use crate::EmbedError;
use crate::vector::normalised;

/// How many numbers a vector has.
pub(super) const DIMENSION: usize = 384;
/// Tokens that the model was trained to read; what follows is not seen.
pub(super) const MOST_TOKENS: usize = 256;
/// More letters than this many tokens ever have; the rest is not even looked at.
const MOST_LETTERS: usize = MOST_TOKENS * 40;

/// The loaded model.
pub(super) struct Model {
    tokenizer: Tokenizer,
    bert: Bert,
}

impl Model {
    /// Reads the three files. What is wrong with one of them is said by its name.
    pub(super) fn load(files: &ModelFiles) -> Result<Self, EmbedError> {
        let shape: Shape = serde_json::from_slice(&files.read(SHAPE)?)
            .map_err(|error| files.fault(SHAPE, &error.to_string()))?;
        let fits = shape.hidden_size == DIMENSION
            && shape.hidden_act == "gelu"
            && shape.max_position_embeddings >= MOST_TOKENS;
        if !fits {
            return Err(files.fault(SHAPE, "it describes another model than all-MiniLM-L6-v2"));
        }
        let mut tokenizer = Tokenizer::from_bytes(files.read(TOKENIZER)?)
            .map_err(|error| files.fault(TOKENIZER, &error.to_string()))?;
        let cut = TruncationParams {
            max_length: MOST_TOKENS,
            ..TruncationParams::default()
        };
        tokenizer
            .with_truncation(Some(cut))
            .map_err(|error| files.fault(TOKENIZER, &error.to_string()))?;
        tokenizer.with_padding(None);
        let bytes = files.read(WEIGHTS)?;
        let bert = VarBuilder::from_slice_safetensors(&bytes, DType::F32, &Device::Cpu)
            .and_then(|weights| Bert::load(&weights, &shape))
            .map_err(|error| files.fault(WEIGHTS, &first_line(&error.to_string())))?;
        Ok(Self { tokenizer, bert })
    }

    /// One vector of length 1 for each text.
    pub(super) fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let tokens: Vec<Vec<u32>> = texts
            .iter()
            .map(|text| self.tokens(text))
            .collect::<Result<_, _>>()?;
        let vectors = self.mean(&tokens).map_err(|error| {
            internal(format!(
                "the built-in model failed: {}",
                first_line(&error.to_string())
            ))
        })?;
        let vectors = vectors.into_iter().map(normalised);
        vectors
            .collect::<Option<_>>()
            .ok_or_else(|| internal("the built-in model gave a vector without direction"))
    }

    pub(super) fn tokens(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        let text = match text.char_indices().nth(MOST_LETTERS) {
            Some((end, _)) => &text[..end],
            None => text,
        };
        // The error is not shown: it may quote the text.
        let encoding = self
            .tokenizer
            .encode_fast(text, true)
            .map_err(|_| internal("a text could not be cut into tokens"))?;
        Ok(encoding.get_ids().to_vec())
    }

    fn mean(&self, tokens: &[Vec<u32>]) -> candle_core::Result<Vec<Vec<f32>>> {
        let width = tokens.iter().map(Vec::len).max().unwrap_or_default().max(1);
        let mut ids = Vec::with_capacity(tokens.len() * width);
        let mut mask = Vec::with_capacity(tokens.len() * width);
        for text in tokens {
            let padding = width - text.len();
            ids.extend(text.iter().copied().chain(std::iter::repeat_n(0, padding)));
            mask.extend(std::iter::repeat_n(1_u32, text.len()));
            mask.extend(std::iter::repeat_n(0_u32, padding));
        }
        let shape = (tokens.len(), width);
        let ids = Tensor::from_vec(ids, shape, &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?;
        self.bert.mean(&ids, &mask)?.to_vec2::<f32>()
    }
}

/// What a library says; a backtrace may follow.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
