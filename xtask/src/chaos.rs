//! `cargo xtask chaos`: the long run of the chaos suite, on an installation that it starts itself.

use std::{path::Path, process::ExitCode};

use tokio::process::Command;

use crate::{engines, environment, process, say, setup};

/// The suite, and the programs it starts.
const PACKAGES: [&str; 3] = ["mosaic-chaos", "mosaic-e2e", "mosaic-gateway"];

pub(crate) async fn run(
    configured: Option<&Path>,
    minutes: f64,
    seed: Option<u64>,
) -> anyhow::Result<ExitCode> {
    setup::ready(configured).await?;
    say::stage("building what is to be disturbed");
    let mut build = process::cargo(["build", "--bins"]);
    for package in PACKAGES {
        build.args(["-p", package]);
    }
    process::must(build).await?;
    let mut chaos = Command::new(environment::target().join("debug/mosaic-chaos"));
    chaos.arg("--minutes").arg(minutes.to_string());
    if let Some(seed) = seed {
        chaos.arg("--seed").arg(seed.to_string());
    }
    let folder = configured.map_or_else(engines::store, Path::to_owned);
    chaos.env("MOSAIC_TEST_ENGINES", folder);
    process::run(chaos).await.map(process::code)
}
