//! The folder of one engine: its lock, its password, its remembered port, the id of its process and
//! its log, beside the engine's own data.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _, Seek as _, SeekFrom},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::{Instant, sleep};

use crate::{account::Account, ancestors::refuse_exposed, error::Error, guarded};

const LOG_LIMIT: u64 = 16 << 20;
const LOG_TAIL_BYTES: u64 = 4096;
const LOG_TAIL_LINES: usize = 15;
/// How long the engine of a killed Mosaic may take to end by itself.
const ORPHAN_PATIENCE: Duration = Duration::from_secs(10);

/// A locked engine folder.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    account: Account,
    password: SecretString,
    /// Released when we drop it or die.
    _lock: File,
}

impl Folder {
    /// Creates or opens the folder and takes its lock.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let path = std::path::absolute(path).map_err(Error::io("resolve", path))?;
        refuse_exposed(&path)?;
        let account = Account::for_folder(&path);
        if let Some(parent) = path.parent() {
            account.create_folders(parent)?;
        }
        match fs::DirBuilder::new().mode(0o700).create(&path) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                return Err(Error::io("create", &path)(e));
            }
            _ => {}
        }
        let path = if account.drops_root() {
            // A link that root made itself; whoever follows the path from here on needs to follow none.
            let real = fs::canonicalize(&path).map_err(Error::io("resolve", &path))?;
            refuse_exposed(&real)?;
            real
        } else {
            path
        };
        let lock = take_lock(&path, &account)?;
        let password = read_or_make_password(&path.join("password"), &account)?;
        let folder = Self {
            path,
            account,
            password,
            _lock: lock,
        };
        folder.account.own(&folder.path)?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn password(&self) -> &str {
        self.password.expose_secret()
    }

    /// Writes a file that only the engine's account can read.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<PathBuf, Error> {
        let path = self.join(name);
        guarded::write(&path, &self.account, content)?;
        Ok(path)
    }

    pub(crate) fn remembered_port(&self) -> Option<u16> {
        guarded::read(&self.join("port"), &self.account)
            .ok()??
            .trim()
            .parse()
            .ok()
    }

    pub(crate) fn remember_port(&self, port: u16) -> Result<(), Error> {
        self.write("port", &format!("{port}\n")).map(drop)
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.join("log")
    }

    /// A command with an empty environment, the engine's account and the log as its output.
    pub(crate) fn command(&self, program: &Path) -> Result<Command, Error> {
        let path = self.log_path();
        if fs::symlink_metadata(&path).is_ok_and(|meta| meta.len() > LOG_LIMIT) {
            fs::rename(&path, self.join("log.1")).map_err(Error::io("rename", &path))?;
        }
        let log = guarded::append(&path, &self.account)?;
        self.account.own_file(&log, &path)?;
        let second = log.try_clone().map_err(Error::io("open", &path))?;
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C")
            .current_dir(&self.path)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(second);
        self.account.apply(&mut command);
        Ok(command)
    }

    /// How long the log is now.
    pub(crate) fn log_end(&self) -> u64 {
        fs::symlink_metadata(self.log_path()).map_or(0, |meta| meta.len())
    }

    /// The last lines of what was logged since, for an error text.
    pub(crate) fn log_since(&self, before: u64) -> String {
        guarded::reader(&self.log_path(), &self.account)
            .ok()
            .flatten()
            .and_then(|log| read_tail(log, before).ok())
            .unwrap_or_default()
    }

    pub(crate) fn remember_pid(&self, pid: i32) -> Result<(), Error> {
        self.write("pid", &format!("{pid}\n")).map(drop)
    }

    /// Ends the engine that a killed Mosaic left behind. We hold the lock, so it has no owner.
    pub(crate) async fn end_orphan(&self) {
        let Some(pid) = self.orphan() else { return };
        tracing::warn!(%pid, folder = %self.path.display(), "ending an engine left by a killed process");
        for signal in [Signal::SIGINT, Signal::SIGKILL] {
            let _ = kill(pid, signal);
            let until = Instant::now() + ORPHAN_PATIENCE;
            while Instant::now() < until {
                if self.orphan().is_none() {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    fn orphan(&self) -> Option<Pid> {
        let pid = guarded::read(&self.join("pid"), &self.account)
            .ok()??
            .trim()
            .parse()
            .ok()?;
        // The engine's account could name a process here that it may not end itself.
        let ends = self.is_engine_here(pid) && !self.account.is_foreign_process(pid);
        ends.then(|| Pid::from_raw(pid))
    }

    /// True when `pid` is a process that was started on this folder (ids get reused).
    pub(crate) fn is_engine_here(&self, pid: i32) -> bool {
        let here = format!("{}/", self.path.display());
        command_line(pid).is_some_and(|line| line.contains(&here))
    }
}

fn command_line(pid: i32) -> Option<String> {
    if cfg!(target_os = "linux") {
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        return Some(String::from_utf8_lossy(&line).into_owned());
    }
    let ps = Command::new("ps")
        .args(["-o", "command=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    ps.status
        .success()
        .then(|| String::from_utf8_lossy(&ps.stdout).into_owned())
}

fn take_lock(folder: &Path, account: &Account) -> Result<File, Error> {
    let path = folder.join("lock");
    let file = guarded::append(&path, account)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked {
            folder: folder.to_owned(),
        }),
        Err(TryLockError::Error(e)) => Err(Error::io("lock", &path)(e)),
    }
}

fn read_or_make_password(path: &Path, account: &Account) -> Result<SecretString, Error> {
    match guarded::read(path, account)? {
        Some(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned().into()),
        _ => {}
    }
    // Hex, so that it needs no escaping in a URL or a configuration file.
    let password = format!("{:032x}", rand::random::<u128>());
    guarded::write(path, account, &password)?;
    Ok(password.into())
}

fn read_tail(mut file: File, from: u64) -> io::Result<String> {
    let start = file
        .metadata()?
        .len()
        .saturating_sub(LOG_TAIL_BYTES)
        .max(from);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(last_lines(&String::from_utf8_lossy(&bytes), LOG_TAIL_LINES))
}

/// The last `count` lines of `text`.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
