//! All services, started as they ship: every setting at its default but for addresses and the model.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::engines::Engines;
use super::process::{Process, Variables, command, free_address};
use super::usage::Usage;

/// The services that stand by; the sixth, migrate, ends when it is done.
const SERVICES: [&str; 5] = [
    "gateway",
    "agent-worker",
    "memory-indexer",
    "summarizer",
    "channel-bridge",
];

/// What the model answers, whatever is said.
const ANSWER: &str =
    "First the letter to the landlord, then the train tickets. The rest can wait until Thursday.";
/// How long the model may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a service took to be ready, or migrate to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Started {
    pub(crate) service: &'static str,
    pub(crate) took: Duration,
}

/// The running installation.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) gateway: SocketAddr,
    /// The scripted model, unless another one answers.
    pub(crate) model: Option<Process>,
    pub(crate) services: Vec<Process>,
    variables: Variables,
    folder: TempDir,
}

impl Installation {
    /// Starts the scripted model; no service yet.
    pub(crate) async fn prepare(engines: &Engines) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (model, url) = start_model(folder.path()).await?;
        let mut installation = Self::in_folder(folder, engines, &url)?;
        installation.model = Some(model);
        Ok(installation)
    }

    /// Lets the model at `url` answer, and has these settings beside the usual ones; no service yet.
    pub(crate) fn with_model(
        engines: &Engines,
        url: &str,
        settings: Variables,
    ) -> anyhow::Result<Self> {
        let mut installation = Self::in_folder(tempfile::tempdir()?, engines, url)?;
        installation.variables.extend(settings);
        Ok(installation)
    }

    fn in_folder(folder: TempDir, engines: &Engines, url: &str) -> anyhow::Result<Self> {
        let setting = |name: &str, value: &str| (format!("MOSAIC_{name}"), value.to_owned());
        let variables = vec![
            setting("POSTGRES__URL", engines.database.url().expose_secret()),
            setting("VALKEY__URL", engines.valkey_url.expose_secret()),
            setting("PROVIDERS__DEFAULT", "openai"),
            setting("PROVIDERS__OPENAI__BASE_URL", url),
            setting("PROVIDERS__OPENAI__API_KEY", "bench"),
            setting("PROVIDERS__OPENAI__DEFAULT_MODEL", "scripted"),
            setting("INTERNAL__TOKEN", &Uuid::now_v7().simple().to_string()),
            ("HOME".to_owned(), folder.path().display().to_string()),
        ];
        Ok(Self {
            gateway: free_address()?,
            model: None,
            services: Vec::new(),
            variables,
            folder,
        })
    }

    /// What a running service uses.
    pub(crate) fn usage(&self, service: &str) -> anyhow::Result<Usage> {
        let mut services = self.services.iter();
        let running = services.find(|running| running.name == service);
        running
            .with_context(|| format!("{service} does not run"))?
            .usage()
    }

    /// Starts every service, one after the other, stopping those that run; how long each took.
    pub(crate) async fn start(&mut self) -> anyhow::Result<Vec<Started>> {
        self.stop().await?;
        let mut started = vec![self.verify_schema().await?];
        for service in SERVICES {
            let section = service.replace('-', "_").to_uppercase();
            let admin = free_address()?;
            let mut variables = self.variables.clone();
            let mut listen = |key: &str, address: String| {
                variables.push((format!("MOSAIC_{section}__{key}"), address));
            };
            listen("ADMIN_LISTEN", admin.to_string());
            listen("GRPC_LISTEN", "127.0.0.1:0".to_owned());
            if service == "gateway" {
                listen("LISTEN", self.gateway.to_string());
            }
            let (process, took) =
                Process::service(service, &variables, admin, self.folder.path()).await?;
            self.services.push(process);
            started.push(Started { service, took });
        }
        Ok(started)
    }

    /// Starts so many gateways and nothing else; where each is reached.
    pub(crate) async fn gateways(&mut self, count: usize) -> anyhow::Result<Vec<SocketAddr>> {
        self.verify_schema().await?;
        let mut gateways = Vec::new();
        for _ in 0..count {
            let (public, admin) = (free_address()?, free_address()?);
            let mut variables = self.variables.clone();
            for (key, address) in [
                ("LISTEN", public.to_string()),
                ("ADMIN_LISTEN", admin.to_string()),
                ("GRPC_LISTEN", "127.0.0.1:0".to_owned()),
            ] {
                variables.push((format!("MOSAIC_GATEWAY__{key}"), address));
            }
            let started = Process::service("gateway", &variables, admin, self.folder.path());
            self.services.push(started.await?.0);
            gateways.push(public);
        }
        Ok(gateways)
    }

    /// Stops every service.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        for mut service in self.services.drain(..) {
            service.stop().await?;
        }
        Ok(())
    }

    /// What migrate does before every start of an installation that is up to date.
    async fn verify_schema(&self) -> anyhow::Result<Started> {
        let log = self.folder.path().join("migrate.log");
        let mut verify = command("mosaic-migrate", &self.variables, &log)?;
        let began = Instant::now();
        let status = verify.arg("verify").status().await?;
        let took = began.elapsed();
        anyhow::ensure!(
            status.success(),
            "migrate: {status}: {}",
            std::fs::read_to_string(&log).unwrap_or_default()
        );
        Ok(Started {
            service: "migrate",
            took,
        })
    }
}

/// Starts the model; its address for the protocol of `OpenAI`.
async fn start_model(folder: &Path) -> anyhow::Result<(Process, String)> {
    let log: PathBuf = folder.join("model.log");
    let child = command("scripted-model", &Variables::new(), &log)?
        .args(["--instant", ANSWER])
        .spawn()?;
    let process = Process::other("scripted model", child, log.clone());
    let address = async {
        loop {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let whole = text.lines().find_map(|line| line.strip_prefix("openai "));
            if let Some(url) = whole.filter(|_| text.ends_with('\n')) {
                return url.trim().to_owned();
            }
            sleep(Duration::from_millis(5)).await;
        }
    };
    let url = timeout(PATIENCE, address)
        .await
        .context("the scripted model does not start")?;
    Ok((process, url))
}
