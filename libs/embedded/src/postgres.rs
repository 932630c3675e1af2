//! A private Postgres.

mod cluster;
mod ready;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use nix::sys::signal::Signal;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::{
    engine::{Engine, EngineKind},
    error::Error,
    folder::Folder,
    port::PortChoice,
    process::ProcessState,
    server::{Recipe, Server},
};

/// The superuser that the cluster is made with.
const USER: &str = "mosaic";

/// The role as which services connect. Whoever migrates makes it.
const SERVICES: &str = "mosaic_services";

/// How to run a private Postgres.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The program, from [`crate::Engines`].
    pub engine: Engine,
    /// The folder for data, log, password and port; made when it is not there.
    pub data_dir: PathBuf,
    /// Which loopback port to listen on.
    pub port: PortChoice,
    /// False only for throwaway data: a crash of the machine (not of a process) then loses them.
    pub durable: bool,
    /// How many connections it accepts.
    pub max_connections: u16,
    /// How long a start may take, crash recovery included.
    pub start_timeout: Duration,
}

impl PostgresOptions {
    /// Durable data in `data_dir`, on a remembered port.
    #[must_use]
    pub fn new(engine: Engine, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            engine,
            data_dir: data_dir.into(),
            port: PortChoice::Remembered,
            durable: true,
            max_connections: 200,
            start_timeout: Duration::from_mins(1),
        }
    }
}

/// A private Postgres. It ends when this is dropped and when our process dies.
#[derive(Debug)]
pub struct Postgres {
    server: Server<PostgresOptions>,
    url: SecretString,
    services: SecretString,
}

impl Postgres {
    /// Makes the cluster if there is none, starts it and waits until it takes connections.
    pub async fn start(options: PostgresOptions) -> Result<Self, Error> {
        let folder = Folder::open(&options.data_dir)?;
        folder.account().check_reach(&options.engine.program)?;
        folder.end_orphan().await;
        cluster::check_version(&folder, &options.engine)?;
        cluster::init(&folder, &options).await?;
        let choice = options.port;
        let server = Server::start(options, folder, choice).await?;
        let url = url(&server, "postgres");
        let services = services_url(&server);
        Ok(Self {
            server,
            url,
            services,
        })
    }

    /// Where to connect as superuser, on the database `postgres`. Holds the password.
    #[must_use]
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// Where services connect, on the same database, as a role that is no superuser and owns nothing. Its password follows from
    /// that of the superuser, which it does not tell.
    #[must_use]
    pub fn url_of_services(&self) -> &SecretString {
        &self.services
    }

    /// The same on another database.
    #[must_use]
    pub fn url_for(&self, database: &str) -> SecretString {
        url(&self.server, database)
    }

    /// The same as variables for `psql` and other programs on libpq; the password among them stays
    /// out of the process list this way.
    #[must_use]
    pub fn variables_for(&self, database: &str) -> [(&'static str, SecretString); 5] {
        let value = |text: &str| SecretString::from(text);
        [
            ("PGHOST", value("127.0.0.1")),
            ("PGPORT", value(&self.port().to_string())),
            ("PGUSER", value(USER)),
            ("PGPASSWORD", value(self.server.folder().password())),
            ("PGDATABASE", value(database)),
        ]
    }

    /// The engine that runs.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.server.recipe().engine
    }

    /// The loopback port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The port of the last start, when it was taken and another one had to be picked.
    #[must_use]
    pub fn moved_from(&self) -> Option<u16> {
        self.server.moved_from()
    }

    /// The folder of its unix socket; none where the path would be too long for one.
    #[must_use]
    pub fn socket_dir(&self) -> Option<PathBuf> {
        cluster::socket_dir(self.server.folder())
    }

    /// Its log file.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.server.folder().log_path()
    }

    /// The process id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        self.server.pid()
    }

    /// Tells when it ends.
    #[must_use]
    pub fn states(&self) -> watch::Receiver<ProcessState> {
        self.server.states()
    }

    /// Ends sessions, writes everything and stops.
    pub async fn stop(&mut self) {
        self.server.stop().await;
    }

    /// Kills it as a crash would, for fault tests.
    pub async fn kill(&mut self) {
        self.server.kill().await;
    }

    /// Starts it on the same port and data, stopping it before if it runs.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.server.restart().await
    }
}

fn url(server: &Server<PostgresOptions>, database: &str) -> SecretString {
    let (password, port) = (server.folder().password(), server.port());
    format!("postgres://{USER}:{password}@127.0.0.1:{port}/{database}").into()
}

fn services_url(server: &Server<PostgresOptions>) -> SecretString {
    let digest = Sha256::digest(format!("{SERVICES}:{}", server.folder().password()));
    let password = digest
        .first_chunk()
        .map_or(0, |half| u128::from_be_bytes(*half));
    let port = server.port();
    format!("postgres://{SERVICES}:{password:032x}@127.0.0.1:{port}/postgres").into()
}

impl Recipe for PostgresOptions {
    const KIND: EngineKind = EngineKind::Postgres;
    /// Fast shutdown, then immediate shutdown.
    const STOP: [(Signal, Duration); 2] = [
        (Signal::SIGINT, Duration::from_secs(30)),
        (Signal::SIGQUIT, Duration::from_secs(5)),
    ];

    fn last_signal(&self) -> Signal {
        if self.durable {
            Signal::SIGINT
        } else {
            Signal::SIGQUIT
        }
    }

    fn start_timeout(&self) -> Duration {
        self.start_timeout
    }

    fn command(&self, folder: &Folder, port: u16) -> Result<Command, Error> {
        cluster::forget_stale_pid(folder)?;
        let config = cluster::write_config(self, folder, port)?;
        let mut command = folder.command(&self.engine.program)?;
        command.arg("-D").arg(cluster::data(folder)).arg("-c");
        command.arg(format!("config_file={}", config.display()));
        Ok(command)
    }

    /// After a kill the workers of the killed server hold its shared memory for a moment.
    fn passes(log: &str) -> bool {
        log.contains("shared memory block") && log.contains("still in use")
    }

    async fn answers(&self, folder: &Folder, port: u16, pid: i32) -> bool {
        cluster::postmaster_pid(folder) == Some(pid) && ready::takes_connections(port).await
    }
}

/// The folder that holds `initdb` and `postgres`.
fn bin(engine: &Engine) -> &Path {
    engine.program.parent().unwrap_or(Path::new("/"))
}
