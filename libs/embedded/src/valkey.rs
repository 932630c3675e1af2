//! A private Valkey.

use std::{fs, io, os::fd::AsRawFd as _, path::PathBuf, process::Command, time::Duration};

use nix::sys::signal::Signal;
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
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
/// Where it answers us. Others use the port.
const SOCKET: &str = "valkey.sock";
/// What a socket address holds everywhere.
const LONGEST_SOCKET: usize = 103;
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

    async fn answers(&self, folder: &Folder, port: u16, pid: i32) -> bool {
        let answer = timeout(PATIENCE, ask(folder)).await;
        matches!(answer, Ok(Ok(answer)) if is_of(&answer, port, pid))
    }
}

fn config(persistence: Persistence, folder: &Folder, port: u16) -> String {
    let append_only = match persistence {
        Persistence::AppendOnly => "yes",
        Persistence::None => "no",
    };
    let password = folder.password();
    // The working folder is the data folder, so `dir` and the socket need no path (and no quoting).
    format!(
        "# Written at every start.\n\
         bind 127.0.0.1\n\
         protected-mode yes\n\
         port {port}\n\
         unixsocket {SOCKET}\n\
         unixsocketperm 700\n\
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

/// Asks through the socket in our folder, which only the server's account and root can enter: whoever listens on the port may be
/// somebody else, and must not be told the password.
async fn ask(folder: &Folder) -> io::Result<String> {
    // A path may be too long for a socket address; one through an open folder is not.
    let (dir, name) = (fs::File::open(folder.path())?, folder.join(SOCKET));
    let short = PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", dir.as_raw_fd()));
    let is_long = cfg!(target_os = "linux") && name.as_os_str().len() > LONGEST_SOCKET;
    let mut stream = UnixStream::connect(if is_long { short } else { name }).await?;
    let password = folder.password();
    let questions = format!("AUTH {password}\r\nPING\r\nINFO server\r\nQUIT\r\n");
    stream.write_all(questions.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Whether this is said by the process `pid`, ready and listening on `port`. It opens the port first, and ends when it cannot.
fn is_of(answer: &str, port: u16, pid: i32) -> bool {
    let says = |line: String| answer.lines().any(|said| said == line);
    answer.starts_with("+OK\r\n+PONG\r\n")
        && says(format!("process_id:{pid}"))
        && says(format!("tcp_port:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_started_process_on_its_port_counts() {
        let answer =
            "+OK\r\n+PONG\r\n$9\r\n# Server\r\nprocess_id:7\r\ntcp_port:4711\r\n\r\n+OK\r\n";
        assert!(is_of(answer, 4711, 7));
        assert!(!is_of(answer, 4711, 8));
        assert!(!is_of(answer, 4712, 7));
        let loading = answer.replace("+PONG", "-LOADING");
        assert!(!is_of(&loading, 4711, 7));
    }
}
