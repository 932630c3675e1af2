//! `cargo xtask setup`: what is there, what was fetched, what is only needed later.

use std::{path::Path, process::ExitCode};

use mosaic_embedded::Engines;

use crate::{engines, process, say};

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
    for (tool, without) in OPTIONAL {
        if has(tool).await {
            say::line(format!("have  cargo-{tool}"));
        } else {
            say::line(format!(
                "later cargo-{tool} (`cargo install --locked cargo-{tool}`); without it {without}"
            ));
        }
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
