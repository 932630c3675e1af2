//! Servers that others wrote and that tests talk to: npm packages, each pinned by its lock file.

use std::{fs, path::Path, time::SystemTime};

use tokio::process::Command;

use crate::{environment, process, say, web};

/// A server: where its package file lies, what it is, and what is left out without it.
struct Emulator {
    folder: &'static str,
    name: &'static str,
    needed_by: &'static str,
}

const ALL: [Emulator; 2] = [
    Emulator {
        folder: "tests/e2e/telegram",
        name: "Bot API emulator",
        needed_by: "tests of Telegram",
    },
    Emulator {
        folder: "libs/testkit/oidc",
        name: "OpenID provider",
        needed_by: "tests of single sign-on",
    },
];

/// Installs them where that is needed and possible, and says in one line each how that went.
pub(crate) async fn ready() {
    for one in &ALL {
        one.ready().await;
    }
}

impl Emulator {
    async fn ready(&self) {
        let Self {
            folder,
            name,
            needed_by,
        } = self;
        let later = |lack: String| {
            say::line(format!(
                "later {name}: {lack}; without it {needed_by} are left out"
            ));
        };
        let folder = environment::root().join(folder);
        if is_current(&folder) {
            say::line(format!("have  {name}, for {needed_by}"));
            return;
        }
        if let Some(lack) = web::lack().await {
            return later(lack);
        }
        let mut install = Command::new("npm");
        install
            .args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"])
            .current_dir(&folder);
        match process::must(install).await {
            Ok(()) => say::line(format!("have  {name}, for {needed_by}")),
            Err(error) => later(format!("{error:#}")),
        }
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
