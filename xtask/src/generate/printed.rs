//! Files that an example of a crate prints: the document that describes the API, from which the web page's client is made,
//! the catalogue of events, and who gets what of the API.

use std::{fs, process::Stdio};

use anyhow::Context as _;
use tokio::process::Command;

use crate::{environment, process, say};

/// A file, and what prints it.
pub(super) struct Printed {
    /// The word for it behind `cargo xtask gen`.
    verb: &'static str,
    file: &'static str,
    example: &'static str,
}

pub(super) const API: Printed = Printed {
    verb: "api",
    file: "clients/web/openapi.json",
    example: "openapi",
};

pub(super) const EVENTS: Printed = Printed {
    verb: "events",
    file: "docs/reference/events.md",
    example: "events",
};

pub(super) const ISOLATION: Printed = Printed {
    verb: "isolation",
    file: "docs/security/isolation.md",
    example: "isolation",
};

impl Printed {
    pub(super) async fn run(&self, check: bool) -> anyhow::Result<()> {
        let Self {
            verb,
            file,
            example,
        } = self;
        // For the whole workspace, with whose features the tests are built as well: nothing is compiled twice.
        let build = ["build", "--quiet", "--workspace", "--example", example];
        process::must(process::cargo(build)).await?;
        let program = environment::target().join("debug/examples").join(example);
        let output = Command::new(&program)
            .current_dir(environment::root())
            .stderr(Stdio::inherit())
            .output()
            .await
            .with_context(|| format!("cannot run {}", program.display()))?;
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
