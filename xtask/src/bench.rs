//! `cargo xtask bench <name>`: a benchmark on engines of its own, with durable commits.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::ExitCode,
};

use secrecy::ExposeSecret as _;

use crate::{
    engines::{self, Throwaway},
    process, say, setup,
};

pub(crate) async fn run(
    configured: Option<&Path>,
    name: &OsStr,
    rest: &[OsString],
) -> anyhow::Result<ExitCode> {
    let found = setup::ready(configured).await?;
    say::stage("building the benchmarks");
    process::must(process::cargo(["build", "--release", "-p", "mosaic-bench"])).await?;
    let running = Throwaway::start(&found, true).await?;
    let mut bench = process::cargo(["run", "--release", "--quiet", "-p", "mosaic-bench", "--"]);
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
    let status = process::run(bench).await;
    running.end().await?;
    status.map(process::code)
}
