//! The machine and the version that a figure belongs to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Serialize;

/// Where and on what the figures were measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) processor: String,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
    /// Load averages before the run: what else was going on.
    pub(crate) load_before: String,
    /// The commit, with `+` when files differ from it.
    pub(crate) revision: String,
}

impl Machine {
    /// Looks around.
    pub(crate) fn look() -> anyhow::Result<Self> {
        let field = |path: &str, name: &str| {
            let text = fs::read_to_string(path).unwrap_or_default();
            let mut lines = text.lines();
            let value = lines.find_map(|line| {
                line.strip_prefix(name)?
                    .trim()
                    .strip_prefix(':')
                    .map(str::to_owned)
            });
            value.map_or_else(|| "unknown".to_owned(), |value| value.trim().to_owned())
        };
        let memory = field("/proc/meminfo", "MemTotal");
        let kib: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Ok(Self {
            cores: std::thread::available_parallelism()?.get(),
            processor: field("/proc/cpuinfo", "model name"),
            memory_gib: kib.div_ceil(1 << 20),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            load_before: load
                .split_whitespace()
                .take(3)
                .collect::<Vec<_>>()
                .join(" "),
            revision: revision(),
        })
    }
}

fn revision() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(env!("CARGO_MANIFEST_DIR"))
            .args(arguments)
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else {
        return "unknown".to_owned();
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])
        .is_none_or(|files| !files.is_empty());
    if changed {
        format!("{commit}+")
    } else {
        commit
    }
}

/// The folder of build results, in which this program lies too.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2).map(Path::to_owned);
    target.context("this program does not lie in target/<profile>/")
}
