//! BERT, as far as it takes to make one vector of a text.

use candle_core::{D, DType, Result, Tensor};
use candle_nn::{
    Embedding, LayerNorm, Linear, Module, VarBuilder, embedding, layer_norm, linear, ops,
};
use serde::Deserialize;

/// The shape of a model, as its `config.json` says it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Shape {
    pub(super) hidden_size: usize,
    pub(super) hidden_act: String,
    pub(super) max_position_embeddings: usize,
    intermediate_size: usize,
    layer_norm_eps: f64,
    num_attention_heads: usize,
    num_hidden_layers: usize,
    type_vocab_size: usize,
    vocab_size: usize,
}

#[derive(Debug)]
pub(super) struct Bert {
    words: Embedding,
    positions: Embedding,
    kind: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    attention: Attention,
    widen: Linear,
    narrow: Linear,
    norm: LayerNorm,
}

#[derive(Debug)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    norm: LayerNorm,
    heads: usize,
}

impl Bert {
    pub(super) fn load(weights: &VarBuilder, shape: &Shape) -> Result<Self> {
        let width = shape.hidden_size;
        let embeddings = weights.pp("embeddings");
        let kinds = embedding(
            shape.type_vocab_size,
            width,
            embeddings.pp("token_type_embeddings"),
        )?;
        let layers = (0..shape.num_hidden_layers)
            .map(|at| Layer::load(&weights.pp(format!("encoder.layer.{at}")), shape));
        Ok(Self {
            words: embedding(shape.vocab_size, width, embeddings.pp("word_embeddings"))?,
            positions: embedding(
                shape.max_position_embeddings,
                width,
                embeddings.pp("position_embeddings"),
            )?,
            // A text is of one kind only: the first.
            kind: kinds.embeddings().get(0)?,
            norm: layer_norm(width, shape.layer_norm_eps, embeddings.pp("LayerNorm"))?,
            layers: layers.collect::<Result<_>>()?,
        })
    }

    /// The mean of the last layer over the real tokens. `ids` and `mask` are texts × tokens; the mask is 1 for a token
    /// and 0 for padding.
    pub(super) fn mean(&self, ids: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let (_, tokens) = ids.dims2()?;
        let mask = mask.to_dtype(DType::F32)?;
        let positions = Tensor::arange(0, u32::try_from(tokens)?, ids.device())?;
        let states = self
            .words
            .forward(ids)?
            .broadcast_add(&self.positions.forward(&positions)?)?
            .broadcast_add(&self.kind)?;
        let mut states = self.norm.forward(&states)?;
        // Added to the attention before the softmax: nothing for a token, very far down for padding.
        let away = mask.affine(1e9, -1e9)?.unsqueeze(1)?.unsqueeze(1)?;
        for layer in &self.layers {
            states = layer.forward(&states, &away)?;
        }
        let sum = states.broadcast_mul(&mask.unsqueeze(D::Minus1)?)?.sum(1)?;
        sum.broadcast_div(&mask.sum_keepdim(1)?)
    }
}

impl Layer {
    fn load(weights: &VarBuilder, shape: &Shape) -> Result<Self> {
        let (width, inner) = (shape.hidden_size, shape.intermediate_size);
        let output = weights.pp("output");
        Ok(Self {
            attention: Attention::load(&weights.pp("attention"), shape)?,
            widen: linear(width, inner, weights.pp("intermediate.dense"))?,
            narrow: linear(inner, width, output.pp("dense"))?,
            norm: layer_norm(width, shape.layer_norm_eps, output.pp("LayerNorm"))?,
        })
    }

    fn forward(&self, states: &Tensor, away: &Tensor) -> Result<Tensor> {
        let states = self.attention.forward(states, away)?;
        let inner = self.widen.forward(&states)?.gelu_erf()?;
        self.norm.forward(&(self.narrow.forward(&inner)? + states)?)
    }
}

impl Attention {
    fn load(weights: &VarBuilder, shape: &Shape) -> Result<Self> {
        let width = shape.hidden_size;
        let output = weights.pp("output");
        let part = |name: &str| linear(width, width, weights.pp("self").pp(name));
        Ok(Self {
            query: part("query")?,
            key: part("key")?,
            value: part("value")?,
            output: linear(width, width, output.pp("dense"))?,
            norm: layer_norm(width, shape.layer_norm_eps, output.pp("LayerNorm"))?,
            heads: shape.num_attention_heads,
        })
    }

    fn forward(&self, states: &Tensor, away: &Tensor) -> Result<Tensor> {
        let (texts, tokens, width) = states.dims3()?;
        let head = width / self.heads;
        let by_head = |projected: Tensor| {
            projected
                .reshape((texts, tokens, self.heads, head))?
                .transpose(1, 2)?
                .contiguous()
        };
        let query = by_head(self.query.forward(states)?)?;
        let key = by_head(self.key.forward(states)?)?;
        let value = by_head(self.value.forward(states)?)?;
        let scale = f64::from(u32::try_from(head)?).sqrt().recip();
        let scores = (query.matmul(&key.t()?)? * scale)?.broadcast_add(away)?;
        let seen = ops::softmax_last_dim(&scores)?.matmul(&value)?;
        let seen = seen.transpose(1, 2)?.reshape((texts, tokens, width))?;
        self.norm.forward(&(self.output.forward(&seen)? + states)?)
    }
}
