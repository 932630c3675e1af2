//! The fuzzer: a Python package in a virtual environment of its own, in the cache folder.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use tokio::process::Command;

use crate::{environment, process, say};

/// What is installed, everything with its version.
const PINS: &str = include_str!("../../../tests/isolation/fuzz/requirements.txt");

/// Finds it or installs it; the path of its program.
pub(super) async fn ready() -> anyhow::Result<PathBuf> {
    let version = PINS
        .lines()
        .find_map(|line| line.strip_prefix("schemathesis=="));
    let version = version.context("the fuzzer has a version")?;
    let folder = environment::cache().join("mosaic/fuzz").join(version);
    let program = folder.join("bin/schemathesis");
    let works = |program: &PathBuf| {
        let mut command = Command::new(program);
        command.arg("--version");
        process::works(command)
    };
    if works(&program).await {
        return Ok(program);
    }
    say::stage(&format!("installing Schemathesis {version} with pip, once"));
    fs::create_dir_all(&folder)?;
    let pins = folder.join("requirements.txt");
    fs::write(&pins, PINS)?;
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(folder.join("."));
    process::must(make)
        .await
        .context("fuzzing needs python3 with its module venv")?;
    fs::write(&pins, PINS)?;
    let mut install = Command::new(folder.join("bin/pip"));
    install
        .args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ])
        .arg(&pins);
    process::must(install).await?;
    anyhow::ensure!(
        works(&program).await,
        "{} was installed and does not run",
        program.display()
    );
    Ok(program)
}
