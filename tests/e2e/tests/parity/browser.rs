//! The web page in a real browser, driven by `tests/e2e/browser/watch.mjs`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use mosaic_e2e::PATIENCE;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Where browsers are looked for.
const BROWSERS: [&str; 3] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
];

/// A signed-in browser.
pub(crate) struct Browser {
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What is missing for a browser on this machine, if something is.
pub(crate) fn missing() -> Option<&'static str> {
    let web = root().join("clients/web");
    if !web.join("node_modules/@playwright/test").is_dir() {
        return Some("the packages of clients/web are not installed (`cargo xtask web`)");
    }
    if !web.join("dist/index.html").is_file() {
        return Some("the web page is not built (`cargo xtask web`)");
    }
    if chromium().is_none() {
        return Some("there is no Chromium (`cargo xtask setup` on Debian installs it)");
    }
    None
}

fn chromium() -> Option<&'static str> {
    BROWSERS.into_iter().find(|path| Path::new(path).is_file())
}

impl Browser {
    /// Opens the page and signs in.
    pub(crate) async fn sign_in(url: &str, token: &str) -> anyhow::Result<Self> {
        let mut process = Command::new("node")
            .arg("tests/e2e/browser/watch.mjs")
            .current_dir(root())
            .env(
                "MODULES",
                root().join("clients/web/node_modules").canonicalize()?,
            )
            .env("CHROMIUM", chromium().context("a Chromium")?)
            .env("URL", url)
            .env("TOKEN", token)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("node does not start")?;
        let input = process.stdin.take().context("its input")?;
        let output = process.stdout.take().context("its output")?;
        let mut browser = Self {
            _process: process,
            input,
            output: BufReader::new(output).lines(),
        };
        let ready = browser.answer().await?;
        anyhow::ensure!(ready["ready"] == true, "{ready}");
        Ok(browser)
    }

    /// Goes to a path of the page.
    pub(crate) async fn open(&mut self, path: &str) -> anyhow::Result<()> {
        self.told("open", path).await.map(drop)
    }

    /// Waits until the messages show this.
    pub(crate) async fn sees(&mut self, text: &str) -> anyhow::Result<()> {
        self.told("wait", text).await.map(drop)
    }

    /// Writes a message and sends it.
    pub(crate) async fn say(&mut self, text: &str) -> anyhow::Result<()> {
        self.told("say", text).await.map(drop)
    }

    /// Everything the messages looked like while this was among them, in order.
    pub(crate) async fn states(&mut self, text: &str) -> anyhow::Result<Vec<String>> {
        let states = self.told("shown", text).await?;
        Ok(serde_json::from_value(states)?)
    }

    async fn told(&mut self, what: &str, value: &str) -> anyhow::Result<Value> {
        let line = format!("{}\n", json!({ what: value }));
        self.input.write_all(line.as_bytes()).await?;
        let mut answer = self.answer().await?;
        anyhow::ensure!(
            answer.get("failed").is_none(),
            "{what} {value:?}: {answer:#}"
        );
        Ok(answer["done"].take())
    }

    async fn answer(&mut self) -> anyhow::Result<Value> {
        let line = timeout(PATIENCE, self.output.next_line());
        let line = line.await.context("the browser does not answer")??;
        let line = line.context("the browser went away; what it said is above")?;
        Ok(serde_json::from_str(&line)?)
    }
}
