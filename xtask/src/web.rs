//! The web page: its packages, its build, its checks, and the browser it is tested with.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::SystemTime,
};

use anyhow::Context as _;
use nix::unistd::Uid;
use tokio::process::Command;

use crate::{environment, process, say};

/// The oldest Node.js with which the page is built.
const NODE: (u32, u32) = (20, 19);
/// Where Debian puts its Chromium.
const CHROMIUM: &str = "/usr/bin/chromium";
/// What says how far the packages are installed.
const INSTALLED: &str = "node_modules/.package-lock.json";

/// `cargo xtask web`: installs the packages, builds the page.
pub(crate) async fn run() -> anyhow::Result<ExitCode> {
    if let Some(lack) = lack().await {
        anyhow::bail!("the web page cannot be built: {lack}");
    }
    install().await?;
    build().await?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the page if something of it has changed; without Node.js, or where that fails, Mosaic runs without it.
pub(crate) async fn refresh() {
    if let Some(lack) = lack().await {
        say::line(format!("skip  web page: {lack}; Mosaic runs without it"));
        return;
    }
    if matches!(outdated(), Ok(false)) {
        say::line("have  web page");
        return;
    }
    say::stage("building the web page");
    let built = async {
        install().await?;
        build().await
    };
    if let Err(error) = built.await {
        say::line(format!(
            "skip  web page: {error:#}; `cargo xtask web` tries again"
        ));
    }
}

/// Types, lints and unit tests.
pub(crate) async fn check() -> anyhow::Result<ExitCode> {
    if let Some(lack) = lack().await {
        say::line(format!("skipped: {lack}"));
        return Ok(ExitCode::SUCCESS);
    }
    install().await?;
    process::must(npm(["run", "--silent", "check"])).await?;
    process::must(npm(["run", "--silent", "test"])).await?;
    build().await?;
    Ok(ExitCode::SUCCESS)
}

/// Why the page cannot be built here.
pub(crate) async fn lack() -> Option<String> {
    let (major, minor) = NODE;
    let wanted = format!("Node.js {major}.{minor} or newer with npm is needed");
    let Some(found) = node().await else {
        return Some(format!("{wanted}, and there is none"));
    };
    if found < NODE {
        let (found, part) = found;
        return Some(format!("{wanted}, and this is {found}.{part}"));
    }
    let has_npm = process::works(npm(["--version"])).await;
    (!has_npm).then(|| format!("{wanted}, and there is no npm"))
}

/// Why the page cannot be tested in a browser here. As root on Debian the browser is installed first.
pub(crate) async fn browser_lack() -> Option<String> {
    if let Some(lack) = lack().await {
        return Some(lack);
    }
    if !chromium().is_file() {
        install_chromium().await;
    }
    (!chromium().is_file()).then(|| {
        "there is no Chromium; install it (on Debian `apt-get install chromium`) or name it in MOSAIC_TEST_CHROMIUM"
            .to_owned()
    })
}

/// The browser's program.
fn chromium() -> PathBuf {
    environment::chromium().unwrap_or_else(|| CHROMIUM.into())
}

async fn install_chromium() {
    if !Uid::effective().is_root() || !Path::new("/etc/debian_version").exists() {
        return;
    }
    say::stage("installing Chromium for the browser tests");
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(words).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let installed = async {
        process::must(apt(&["update", "-qq"])).await?;
        process::must(apt(&[
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "chromium",
        ]))
        .await
    };
    if let Err(error) = installed.await {
        say::line(format!("Chromium could not be installed: {error:#}"));
    }
}

/// The browser tests, on an installation that they start themselves.
pub(crate) async fn browser_tests() -> anyhow::Result<Command> {
    install().await?;
    build().await?;
    let mut tests = npm(["exec", "--offline", "--", "playwright", "test"]);
    tests
        .env(
            "MOSAIC_WEB_STAGE",
            environment::target().join("debug/web-stage"),
        )
        .env("MOSAIC_TEST_CHROMIUM", chromium());
    Ok(tests)
}

async fn node() -> Option<(u32, u32)> {
    let output = Command::new("node").arg("--version").output().await.ok()?;
    version(&String::from_utf8(output.stdout).ok()?)
}

/// Major and minor of `v20.19.2`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Installs exactly what the lock file says, unless that is there already.
async fn install() -> anyhow::Result<()> {
    install_in(&home()).await
}

/// Installs exactly what the lock file of a folder says, unless that is there already.
pub(crate) async fn install_in(folder: &Path) -> anyhow::Result<()> {
    let (wanted, there) = (
        modified(&folder.join("package-lock.json"))?,
        modified(&folder.join(INSTALLED)).ok(),
    );
    if there.is_some_and(|there| there >= wanted) {
        return Ok(());
    }
    let mut npm = npm(["ci", "--no-audit", "--no-fund"]);
    npm.current_dir(folder);
    process::must(npm).await
}

async fn build() -> anyhow::Result<()> {
    process::must(npm(["run", "--silent", "build"])).await
}

/// npm in the page's folder. What tests run never fetches a browser.
fn npm<I: AsRef<OsStr>>(words: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new("npm");
    command
        .args(words)
        .current_dir(home())
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    command
}

fn home() -> PathBuf {
    environment::root().join("clients/web")
}

/// Whether something the page is made of is newer than the page.
fn outdated() -> anyhow::Result<bool> {
    let home = home();
    let Ok(built) = modified(&home.join("dist/index.html")) else {
        return Ok(true);
    };
    let mut newest = SystemTime::UNIX_EPOCH;
    for folder in ["src", "public"] {
        newest = newest.max(newest_in(&home.join(folder))?);
    }
    for file in [
        "index.html",
        "openapi.json",
        "package-lock.json",
        "vite.config.ts",
    ] {
        newest = newest.max(modified(&home.join(file))?);
    }
    Ok(newest > built)
}

/// When the newest file of a folder was written. What is generated from the others does not count.
fn newest_in(folder: &Path) -> anyhow::Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            newest = newest.max(newest_in(&path)?);
        } else if !path.to_string_lossy().contains(".gen.") {
            newest = newest.max(modified(&path)?);
        }
    }
    Ok(newest)
}

fn modified(path: &Path) -> anyhow::Result<SystemTime> {
    let read = fs::metadata(path).and_then(|metadata| metadata.modified());
    read.with_context(|| format!("cannot look at {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_node_is_read_and_compared() {
        assert_eq!(version("v20.19.2\n"), Some((20, 19)));
        assert!(version("v20.9.0").is_some_and(|found| found < NODE));
        assert!(version("v24.0.1").is_some_and(|found| found >= NODE));
        assert_eq!(version("nonsense"), None);
    }
}
