//! Files that an example of a crate prints: the document that describes the API, from which the web page's client is made,
//! and the catalogue of events.

use std::{fs, process::Stdio};

use anyhow::Context as _;

use crate::{environment, process, say};

/// A file, and what prints it.
pub(super) struct Printed {
    /// The word for it behind `cargo xtask gen`.
    verb: &'static str,
    file: &'static str,
    package: &'static str,
    example: &'static str,
}

pub(super) const API: Printed = Printed {
    verb: "api",
    file: "clients/web/openapi.json",
    package: "mosaic-gateway",
    example: "openapi",
};

pub(super) const EVENTS: Printed = Printed {
    verb: "events",
    file: "docs/reference/events.md",
    package: "mosaic-proto",
    example: "events",
};

impl Printed {
    pub(super) async fn run(&self, check: bool) -> anyhow::Result<()> {
        let Self {
            verb,
            file,
            package,
            example,
        } = self;
        let words = ["run", "--quiet", "-p", package, "--example", example];
        let output = process::cargo(words)
            .stderr(Stdio::inherit())
            .output()
            .await
            .context("cannot run cargo")?;
        anyhow::ensure!(
            output.status.success(),
            "{file} could not be made: {}",
            output.status
        );
        let fresh = String::from_utf8(output.stdout)?;
        let path = environment::root().join(file);
        let old = fs::read_to_string(&path).unwrap_or_default();
        if check {
            anyhow::ensure!(
                old == fresh,
                "{file} is stale: run `cargo xtask gen {verb}` and commit the result"
            );
            return Ok(());
        }
        if old != fresh {
            fs::write(&path, fresh)?;
            say::line(format!("{file} is written"));
        }
        Ok(())
    }
}
