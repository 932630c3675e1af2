//! How fast the built-in model makes vectors of texts.

use std::path::PathBuf;
use std::time::Instant;

use mosaic_memory::{Builtin, Embedder as _, ModelFiles};
use serde::Serialize;

use super::options::Options;
use crate::measure::{Latencies, Quantiles, Spread, rate};
use crate::report;

/// Names the folder of the model; `cargo xtask bench` sets it when the files are there.
const MODEL: &str = "MOSAIC_TEST_MODELS";
/// Texts of one order.
const TEXTS: usize = 64;

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Embedding {
    pub(super) model: &'static str,
    /// From the first text to its vector, the model not being in memory.
    pub(super) load_ms: f64,
    pub(super) texts: Vec<OfTexts>,
}

/// Texts of one length.
#[derive(Debug, Clone, Serialize)]
pub(super) struct OfTexts {
    pub(super) name: &'static str,
    /// In orders of 64.
    pub(super) per_second: Spread,
    /// One text alone.
    pub(super) alone_ms: Quantiles,
}

/// None when the model's files are not there.
pub(super) async fn measure(options: &Options) -> anyhow::Result<Option<Embedding>> {
    let Some(folder) = std::env::var_os(MODEL).map(PathBuf::from) else {
        report::note("the embedding model is not there: not measured");
        return Ok(None);
    };
    let embedder = Builtin::new(ModelFiles::in_folder(&folder)?);
    let since = Instant::now();
    embedder.embed(&["A first text.".to_owned()]).await?;
    let load_ms = since.elapsed().as_secs_f64() * 1_000.0;
    let mut texts = Vec::new();
    for (name, make) in [
        ("a sentence of 12 words", sentence as fn(usize) -> String),
        ("a chunk of about 900 letters", chunk),
    ] {
        report::note(format_args!("embedding: {name}"));
        texts.push(of_texts(&embedder, name, make, options).await?);
    }
    Ok(Some(Embedding {
        model: Builtin::NAME,
        load_ms,
        texts,
    }))
}

async fn of_texts(
    embedder: &Builtin,
    name: &'static str,
    make: fn(usize) -> String,
    options: &Options,
) -> anyhow::Result<OfTexts> {
    let order: Vec<String> = (0..TEXTS).map(make).collect();
    let mut rates = Vec::new();
    for _ in 0..options.rounds() {
        let (since, mut count) = (Instant::now(), 0);
        while since.elapsed() < options.round() {
            count += u64::try_from(embedder.embed(&order).await?.len())?;
        }
        rates.push(rate(count, since.elapsed()));
    }
    let mut latencies = Latencies::new()?;
    let since = Instant::now();
    for number in (0..).take_while(|_| since.elapsed() < options.round()) {
        let began = Instant::now();
        embedder.embed(&[make(number)]).await?;
        latencies.record(began.elapsed());
    }
    Ok(OfTexts {
        name,
        per_second: Spread::of(rates),
        alone_ms: latencies.quantiles(),
    })
}

fn sentence(number: usize) -> String {
    format!("The meeting about project {number} was moved to Thursday because of the holiday.")
}

fn chunk(number: usize) -> String {
    let sentence = sentence(number);
    let count = 900 / sentence.len();
    vec![sentence; count.max(1)].join(" ")
}
