//! The Bot API emulator that a test of the Telegram channel talks to: an npm package, pinned by its lock file.

use std::{fs, path::Path, time::SystemTime};

use tokio::process::Command;

use crate::{environment, process, say, web};

/// Where its package file lies.
const FOLDER: &str = "tests/e2e/telegram";

/// Installs it where that is needed and possible, and says in one line how that went. Its test is left out without it.
pub(crate) async fn ready() {
    let folder = environment::root().join(FOLDER);
    if is_current(&folder) {
        say::line("have  Bot API emulator, for a test of Telegram");
        return;
    }
    if let Some(lack) = web::lack().await {
        say::line(format!(
            "later Bot API emulator: {lack}; without it a test of Telegram is left out"
        ));
        return;
    }
    let mut install = Command::new("npm");
    install
        .args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"])
        .current_dir(&folder);
    match process::must(install).await {
        Ok(()) => say::line("have  Bot API emulator, for a test of Telegram"),
        Err(error) => say::line(format!(
            "later Bot API emulator: {error:#}; without it a test of Telegram is left out"
        )),
    }
}

/// Whether what is installed is at least as new as the lock file.
fn is_current(folder: &Path) -> bool {
    let changed = |path: &str| -> Option<SystemTime> {
        fs::metadata(folder.join(path)).ok()?.modified().ok()
    };
    match (
        changed("node_modules/.package-lock.json"),
        changed("package-lock.json"),
    ) {
        (Some(installed), Some(wanted)) => installed >= wanted,
        _ => false,
    }
}
