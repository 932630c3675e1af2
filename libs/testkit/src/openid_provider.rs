//! A certified OpenID provider that others wrote, the npm package `oidc-provider`, run by node. Where node or the package is
//! missing its tests are left out; `cargo xtask setup` installs it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Duration, timeout};

/// How long it may take to start: node compiles it each time, while others test.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running provider.
#[derive(Debug)]
pub struct OpenIdProvider {
    port: u16,
    process: Child,
    /// Read no more, but open: node ends when it cannot write.
    _said: BufReader<ChildStdout>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc")
}

impl OpenIdProvider {
    /// Starts it; nothing if it is not installed.
    pub async fn start() -> anyhow::Result<Option<Self>> {
        if !folder().join("node_modules").is_dir() {
            return Ok(None);
        }
        let free = TcpListener::bind("127.0.0.1:0").await?;
        let port = free.local_addr()?.port();
        drop(free);
        Self::on(port).await.map(Some)
    }

    async fn on(port: u16) -> anyhow::Result<Self> {
        let mut process = Command::new("node")
            .arg("provider.mjs")
            .arg(port.to_string())
            .current_dir(folder())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("node does not start")?;
        let mut said = BufReader::new(process.stdout.take().context("no output")?);
        let ready = async {
            let mut line = String::new();
            while said.read_line(&mut line).await? > 0 {
                if line.trim() == "ready" {
                    return Ok(());
                }
                line.clear();
            }
            anyhow::bail!("the provider has ended")
        };
        timeout(PATIENCE, ready)
            .await
            .context("the provider does not get ready")??;
        Ok(Self {
            port,
            process,
            _said: said,
        })
    }

    /// How it calls itself.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it again in the same place: it has other keys then, and has forgotten everybody.
    pub async fn restart(mut self) -> anyhow::Result<Self> {
        self.process.kill().await?;
        Self::on(self.port).await
    }
}
