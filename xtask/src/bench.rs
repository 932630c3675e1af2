//! `cargo xtask bench <name>`: a benchmark on engines of its own, with durable commits.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::ExitCode,
};

use secrecy::ExposeSecret as _;
use tokio::process::Command;

use crate::{
    engines::{self, Throwaway},
    environment, process, say, setup, web,
};

/// The benchmarks.
const BENCHES: &str = "mosaic-bench";
/// What only asks the engines, and starts no service.
const ENGINES_ONLY: [&str; 2] = ["memory", "jobs"];
/// What is measured beside the work of others.
const WITH_PEERS: &str = "jobs";
/// The programs that the other benchmarks start.
const PROGRAMS: [&str; 7] = [
    "mosaic-testkit",
    "mosaic-gateway",
    "mosaic-agent-worker",
    "mosaic-memory-indexer",
    "mosaic-summarizer",
    "mosaic-channel-bridge",
    "mosaic-migrate",
];

pub(crate) async fn run(
    configured: Option<&Path>,
    name: &OsStr,
    rest: &[OsString],
) -> anyhow::Result<ExitCode> {
    let found = setup::ready(configured).await?;
    let model = setup::model(configured).await;
    say::stage("building the services and benchmarks");
    let mut build = process::cargo(["build", "--release", "--bins", "-p", BENCHES]);
    if !ENGINES_ONLY.iter().any(|only| name == *only) {
        for package in PROGRAMS {
            build.args(["-p", package]);
        }
    }
    process::must(build).await?;
    if name == WITH_PEERS {
        peers().await?;
    }
    let running = Throwaway::start(&found, true).await?;
    // Not by `cargo run`, which would build for this one package, with other features than the programs beside it.
    let mut bench = Command::new(environment::target().join("release/mosaic-bench"));
    bench
        .arg(name)
        .args(rest)
        .env(
            "MOSAIC_TEST_POSTGRES_URL",
            running.postgres.url().expose_secret(),
        )
        .env(
            "MOSAIC_TEST_VALKEY_URL",
            running.valkey.url().expose_secret(),
        )
        .env(
            "MOSAIC_TEST_ENGINES",
            configured.map_or_else(engines::store, Path::to_owned),
        );
    if let Some(model) = model {
        bench.env("MOSAIC_TEST_MODELS", model.path);
    }
    let status = process::run(bench).await;
    running.end().await?;
    status.map(process::code)
}

/// Builds the task queues that Mosaic is measured beside. They are no part of the workspace, so that nothing of them ever
/// becomes part of the product.
async fn peers() -> anyhow::Result<()> {
    let home = environment::root().join("tests/bench/peers");
    say::stage("building other task queues to compare with");
    let mut build = process::cargo(["build", "--release", "--locked"]);
    build
        .arg("--manifest-path")
        .arg(home.join("rust/Cargo.toml"))
        .env(
            "CARGO_TARGET_DIR",
            environment::target().join("bench-peers"),
        );
    process::must(build).await?;
    match web::lack().await {
        Some(lack) => say::line(format!("skip  BullMQ on Node.js: {lack}")),
        None => web::install_in(&home.join("node")).await?,
    }
    Ok(())
}
