//! A private Valkey.

use std::{fs, io, net::Ipv4Addr, path::PathBuf, process::Command, time::Duration};

use nix::sys::signal::Signal;
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    time::timeout,
};

use crate::{
    engine::{Engine, EngineKind},
    error::Error,
    folder::Folder,
    port::PortChoice,
    process::ProcessState,
    server::{Recipe, Server},
};

const PATIENCE: Duration = Duration::from_secs(2);
/// What a Valkey or Redis leaves in its folder.
const DATA: [&str; 3] = ["appendonlydir", "appendonly.aof", "dump.rdb"];

/// What survives a restart of Valkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// Every write up to the last second.
    AppendOnly,
    /// Nothing.
    None,
}

/// How to run a private Valkey.
#[derive(Debug, Clone)]
pub struct ValkeyOptions {
    /// The program, from [`crate::Engines`].
    pub engine: Engine,
    /// The folder for data, log, password and port; made when it is not there.
    pub data_dir: PathBuf,
    /// Which loopback port to listen on.
    pub port: PortChoice,
    /// What survives a restart.
    pub persistence: Persistence,
    /// How long a start may take, reading the data included.
    pub start_timeout: Duration,
}

impl ValkeyOptions {
    /// Data kept in `data_dir`, on a remembered port.
    #[must_use]
    pub fn new(engine: Engine, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            engine,
            data_dir: data_dir.into(),
            port: PortChoice::Remembered,
            persistence: Persistence::AppendOnly,
            start_timeout: Duration::from_mins(1),
        }
    }
}

/// A private Valkey. It ends when this is dropped and when our process dies.
#[derive(Debug)]
pub struct Valkey {
    server: Server<ValkeyOptions>,
    url: SecretString,
}

impl Valkey {
    /// Starts it and waits until it answers.
    pub async fn start(options: ValkeyOptions) -> Result<Self, Error> {
        let folder = Folder::open(&options.data_dir)?;
        folder.account().check_reach(&options.engine.program)?;
        folder.end_orphan().await;
        let choice = options.port;
        let server = Server::start(options, folder, choice).await?;
        let (password, port) = (server.folder().password(), server.port());
        let url = format!("redis://:{password}@127.0.0.1:{port}/").into();
        Ok(Self { server, url })
    }

    /// Where to connect. Holds the password.
    #[must_use]
    pub fn url(&self) -> &SecretString {
        &self.url
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

    /// Writes what is to be kept and stops.
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

    /// Kills it and starts it empty on the same port, as if its machine had been replaced.
    pub async fn wipe(&mut self) -> Result<(), Error> {
        self.server.kill().await;
        for name in DATA {
            let path = self.server.folder().join(name);
            let gone = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            match gone {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("remove", &path)(e));
                }
                _ => {}
            }
        }
        self.server.restart().await
    }
}

impl Recipe for ValkeyOptions {
    const KIND: EngineKind = EngineKind::Valkey;
    const STOP: [(Signal, Duration); 2] = [
        (Signal::SIGTERM, Duration::from_secs(15)),
        (Signal::SIGKILL, Duration::from_secs(5)),
    ];

    fn last_signal(&self) -> Signal {
        match self.persistence {
            Persistence::AppendOnly => Signal::SIGTERM,
            Persistence::None => Signal::SIGKILL,
        }
    }

    fn start_timeout(&self) -> Duration {
        self.start_timeout
    }

    fn command(&self, folder: &Folder, port: u16) -> Result<Command, Error> {
        let config = folder.write("valkey.conf", &config(self.persistence, folder, port))?;
        let mut command = folder.command(&self.engine.program)?;
        command.arg(config);
        Ok(command)
    }

    async fn answers(&self, folder: &Folder, port: u16, _pid: i32) -> bool {
        matches!(
            timeout(PATIENCE, ping(port, folder.password())).await,
            Ok(Ok(true))
        )
    }
}

fn config(persistence: Persistence, folder: &Folder, port: u16) -> String {
    let append_only = match persistence {
        Persistence::AppendOnly => "yes",
        Persistence::None => "no",
    };
    let password = folder.password();
    // The working folder is the data folder, so `dir` needs no path (and no quoting).
    format!(
        "# Written at every start.\n\
         bind 127.0.0.1\n\
         protected-mode yes\n\
         port {port}\n\
         requirepass {password}\n\
         dir ./\n\
         daemonize no\n\
         save \"\"\n\
         appendonly {append_only}\n\
         appendfsync everysec\n\
         maxmemory-policy noeviction\n\
         set-proc-title no\n"
    )
}

/// Only our own server knows the password, so its PONG cannot come from another one.
async fn ping(port: u16, password: &str) -> io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream
        .write_all(format!("AUTH {password}\r\nPING\r\n").as_bytes())
        .await?;
    let expected = b"+OK\r\n+PONG\r\n";
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await?;
    Ok(answer == *expected)
}
