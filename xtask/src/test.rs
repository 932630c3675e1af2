//! `cargo xtask test`: one Postgres and one Valkey for the whole run, then every test.

use std::{
    ffi::OsString,
    path::Path,
    process::{ExitCode, ExitStatus},
    thread::available_parallelism,
    time::Instant,
};

use mosaic_embedded::ModelFolder;
use secrecy::ExposeSecret as _;
use tokio::process::Command;

use crate::{
    emulator,
    engines::{self, Throwaway},
    process, say, setup, web,
};

/// What the browser tests play on.
const STAGED: [&str; 4] = [
    "mosaic-e2e",
    "mosaic-gateway",
    "mosaic-agent-worker",
    "mosaic-memory-indexer",
];

pub(crate) async fn run(configured: Option<&Path>, rest: &[OsString]) -> anyhow::Result<ExitCode> {
    let found = setup::ready(configured).await?;
    let model = setup::model(configured).await;
    emulator::ready().await;
    say::stage("building the programs that tests start");
    // With the features of the whole workspace, as the tests below, so that nothing is built twice; the examples bring
    // those of the tests. Not xtask: it is running.
    let build = [
        "build",
        "--workspace",
        "--bins",
        "--examples",
        "--exclude",
        "xtask",
    ];
    process::must(process::cargo(build)).await?;

    let started = Instant::now();
    let running = Throwaway::start(&found, false).await?;
    say::line(format!(
        "engines started in {}",
        say::seconds(started.elapsed())
    ));
    let folder = configured.map_or_else(engines::store, Path::to_owned);
    let outcome = run_tests(&running, &folder, model.as_ref(), rest).await;
    running.end().await?;
    outcome.map(process::code)
}

async fn run_tests(
    running: &Throwaway,
    folder: &Path,
    model: Option<&ModelFolder>,
    rest: &[OsString],
) -> anyhow::Result<ExitStatus> {
    let with_engines = |mut command: Command| {
        command
            .env(
                "MOSAIC_TEST_POSTGRES_URL",
                running.postgres.url().expose_secret(),
            )
            .env(
                "MOSAIC_TEST_VALKEY_URL",
                running.valkey.url().expose_secret(),
            )
            .env("MOSAIC_TEST_ENGINES", folder);
        match model {
            Some(model) => command.env("MOSAIC_TEST_MODELS", &model.path),
            // Tests of the model are left out.
            None => command.env_remove("MOSAIC_TEST_MODELS"),
        };
        command
    };
    let runner: &[&str] = if setup::has("nextest").await {
        &["nextest", "run"]
    } else {
        &["test"]
    };
    say::stage(&format!("cargo {}", runner.join(" ")));
    let mut tests = process::cargo(runner);
    if runner != ["test"] && !rest.iter().any(is_threads) {
        // Tests of whole services wait as long as they work: one more than there are processors keeps those busy.
        let threads = available_parallelism().map_or(2, |cores| cores.get() + 1);
        tests.arg(format!("--test-threads={threads}"));
    }
    let chosen = rest
        .iter()
        .any(|argument| argument == "-p" || argument == "--package");
    if !chosen {
        tests.arg("--workspace");
    }
    if runner == ["test"] {
        // The documentation tests have their own run below.
        tests.args(["--lib", "--bins", "--tests", "--examples", "--no-fail-fast"]);
    }
    let status = process::run(with_engines(with_arguments(tests, rest))).await?;
    if !status.success() || !rest.is_empty() {
        return Ok(status);
    }
    say::stage("cargo test --doc");
    let documented = process::cargo(["test", "--doc", "--workspace"]);
    let status = process::run(with_engines(documented)).await?;
    if !status.success() {
        return Ok(status);
    }
    say::stage("browser tests");
    match web::browser_lack().await {
        Some(lack) => say::line(format!("SKIPPED: {lack}")),
        None => return process::run(with_engines(web::browser_tests().await?)).await,
    }
    Ok(status)
}

/// The tests of the web page alone, which start an installation of their own.
pub(crate) async fn browser(configured: Option<&Path>) -> anyhow::Result<ExitCode> {
    if let Some(lack) = web::browser_lack().await {
        anyhow::bail!("the page cannot be tested in a browser: {lack}");
    }
    setup::ready(configured).await?;
    let mut build = process::cargo(["build", "--bins"]);
    for package in STAGED {
        build.args(["-p", package]);
    }
    process::must(build).await?;
    let folder = configured.map_or_else(engines::store, Path::to_owned);
    let mut tests = web::browser_tests().await?;
    tests.env("MOSAIC_TEST_ENGINES", folder);
    process::run(tests).await.map(process::code)
}

/// Whether an argument says how many tests run at once.
fn is_threads(argument: &OsString) -> bool {
    let argument = argument.to_string_lossy();
    argument.starts_with("-j") || argument.starts_with("--test-threads")
}

fn with_arguments(mut command: Command, rest: &[OsString]) -> Command {
    command.args(rest);
    command
}
