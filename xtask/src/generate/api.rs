//! The document that describes the API, from which the web page's client is made.

use std::{fs, process::Stdio};

use anyhow::Context as _;

use crate::{environment, process, say};

const DOCUMENT: &str = "clients/web/openapi.json";

pub(super) async fn run(check: bool) -> anyhow::Result<()> {
    let words = [
        "run",
        "--quiet",
        "-p",
        "mosaic-gateway",
        "--example",
        "openapi",
    ];
    let output = process::cargo(words)
        .stderr(Stdio::inherit())
        .output()
        .await
        .context("cannot run cargo")?;
    anyhow::ensure!(
        output.status.success(),
        "the document of the API could not be made: {}",
        output.status
    );
    let fresh = String::from_utf8(output.stdout)?;
    let path = environment::root().join(DOCUMENT);
    let old = fs::read_to_string(&path).unwrap_or_default();
    if check {
        anyhow::ensure!(
            old == fresh,
            "{DOCUMENT} is stale: run `cargo xtask gen api` and commit the result"
        );
        return Ok(());
    }
    if old != fresh {
        fs::write(&path, fresh)?;
        say::line(format!("{DOCUMENT} is written"));
    }
    Ok(())
}
