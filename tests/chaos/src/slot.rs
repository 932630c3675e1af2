//! One process of the installation, the proxies it sees the engines through, and how it is kept running.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use mosaic_e2e::{Launcher, PATIENCE, Process, free_port};
use mosaic_testkit::{ChaosProxy, Weather};
use nix::sys::signal::Signal;
use tokio::time::{Instant, sleep, timeout};

use crate::findings::Notes;
use crate::plan::{Engine, Place};

/// Between two attempts to start it, as whoever runs services would wait.
const AGAIN: Duration = Duration::from_millis(300);
/// How long it may take to become ready, whatever else goes on.
const READY: Duration = Duration::from_mins(2);
/// Lines of its log that are repeated when it ended by itself.
const LAST_WORDS: usize = 12;

/// A process that is started again whenever it ends.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) place: Place,
    launcher: Launcher,
    program: &'static str,
    section: &'static str,
    admin: SocketAddr,
    variables: Vec<(String, String)>,
    process: Option<Process>,
    client: reqwest::Client,
}

/// The ways of a process to the engines.
#[derive(Debug)]
pub(crate) struct Lines {
    postgres: ChaosProxy,
    valkey: ChaosProxy,
}

impl Lines {
    pub(crate) const fn to(&self, engine: Engine) -> &ChaosProxy {
        match engine {
            Engine::Postgres => &self.postgres,
            Engine::Valkey => &self.valkey,
        }
    }

    /// Fair weather.
    pub(crate) fn heal(&self) {
        self.postgres.set(Weather::FAIR);
        self.valkey.set(Weather::FAIR);
    }
}

/// Where the engines are, past every proxy.
#[derive(Debug, Clone)]
pub(crate) struct Engines {
    pub(crate) postgres: String,
    pub(crate) valkey: String,
}

impl Slot {
    /// A place for a process that is not started yet, its ways to the engines, and where it serves people if it is a
    /// gateway.
    pub(crate) async fn new(
        place: Place,
        seed: u64,
        launcher: &Launcher,
        engines: &Engines,
    ) -> anyhow::Result<(Self, Lines, Option<String>)> {
        let (program, section) = match place {
            Place::Gateway(_) => ("mosaic-gateway", "GATEWAY"),
            Place::Worker(_) => ("probe-worker", "AGENT_WORKER"),
        };
        let postgres = ChaosProxy::start(address(&engines.postgres)?, seed).await?;
        let valkey = ChaosProxy::start(address(&engines.valkey)?, !seed).await?;
        let mut variables = vec![
            (
                "MOSAIC_POSTGRES__URL".to_owned(),
                through(&engines.postgres, &postgres)?,
            ),
            (
                "MOSAIC_VALKEY__URL".to_owned(),
                through(&engines.valkey, &valkey)?,
            ),
        ];
        let mut url = None;
        if let Place::Gateway(_) = place {
            let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
            variables.push(("MOSAIC_GATEWAY__LISTEN".to_owned(), listen.to_string()));
            url = Some(format!("http://{listen}"));
        }
        let slot = Self {
            place,
            launcher: launcher.clone(),
            program,
            section,
            admin: SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)),
            variables,
            process: None,
            client: reqwest::Client::builder()
                .no_proxy()
                .timeout(Duration::from_secs(2))
                .build()?,
        };
        Ok((slot, Lines { postgres, valkey }, url))
    }

    /// Starts it until it is ready: a service that finds no engine at its start says so and ends, and is started again.
    pub(crate) async fn up(&mut self, notes: &Notes) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            anyhow::ensure!(
                begun.elapsed() < READY,
                "{:?} did not become ready: {}",
                self.place,
                self.last_words()
            );
            let process = match &mut self.process {
                Some(process) => process,
                none => {
                    notes.count("starts", 1);
                    none.insert(self.launcher.spawn(
                        self.program,
                        self.section,
                        self.admin,
                        &self.variables,
                    )?)
                }
            };
            if process.ended()?.is_some() {
                self.process = None;
                sleep(AGAIN).await;
            } else if process.is_ready(&self.client).await {
                return Ok(());
            } else {
                sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// Finds out whether it ended although nobody wanted that, and starts it again.
    pub(crate) async fn look(&mut self, notes: &Notes) -> anyhow::Result<()> {
        let Some(process) = &mut self.process else {
            return Ok(());
        };
        if let Some(status) = process.ended()? {
            notes.find(format_args!(
                "{:?} ended by itself with {status}: {}",
                self.place,
                self.last_words()
            ));
            self.process = None;
            self.up(notes).await?;
        }
        Ok(())
    }

    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill().await?;
        }
        Ok(())
    }

    /// Tells it to stop. It must do so by itself and in order.
    pub(crate) async fn stop(&mut self, notes: &Notes) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        match timeout(PATIENCE, process.stop()).await {
            Ok(Ok(Some(0))) => {}
            outcome => {
                let outcome = outcome.map(|stopped| stopped.map_err(|error| error.to_string()));
                notes.find(format_args!(
                    "{:?} did not stop in order: {outcome:?}: {}",
                    self.place,
                    tail(&process.log())
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn freeze(&self, frozen: bool) -> anyhow::Result<()> {
        let signal = if frozen {
            Signal::SIGSTOP
        } else {
            Signal::SIGCONT
        };
        self.process
            .as_ref()
            .map_or(Ok(()), |one| one.signal(signal))
    }

    /// What it wrote.
    pub(crate) fn log(&self) -> Option<String> {
        self.process.as_ref().map(Process::log)
    }

    fn last_words(&self) -> String {
        tail(&self.log().unwrap_or_default())
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n    ")
}

/// Host and port of an engine's address.
fn address(url: &str) -> anyhow::Result<SocketAddr> {
    let rest = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
    let host = rest.split('/').next().context("an address without host")?;
    host.parse()
        .context("an engine's address is not on loopback")
}

/// The same address with the proxy in the place of the engine.
fn through(url: &str, proxy: &ChaosProxy) -> anyhow::Result<String> {
    let engine = address(url)?.to_string();
    Ok(url.replace(&engine, &proxy.address().to_string()))
}
