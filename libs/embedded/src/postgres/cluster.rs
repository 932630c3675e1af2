//! The data of a private Postgres: made once, configured at every start.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use nix::sys::signal::Signal;
use tokio::sync::watch;

use super::{PostgresOptions, USER, bin};
use crate::{
    engine::{Engine, EngineKind},
    error::Error,
    folder::Folder,
    guarded,
    process::{Child, ProcessState},
};

/// A socket address holds 107 bytes: the folder, then `/.s.PGSQL.<port>` (15).
const LONGEST_SOCKET_DIR: usize = 107 - 15;

pub(super) fn data(folder: &Folder) -> PathBuf {
    folder.join("pgdata")
}

/// The folder for the unix socket, unless its path is too long; loopback is there in any case.
pub(super) fn socket_dir(folder: &Folder) -> Option<PathBuf> {
    let dir = folder.path();
    (dir.as_os_str().len() <= LONGEST_SOCKET_DIR).then(|| dir.to_owned())
}

pub(super) fn check_version(folder: &Folder, engine: &Engine) -> Result<(), Error> {
    let path = data(folder).join("PG_VERSION");
    let Some(text) = guarded::read(&path, folder.account())? else {
        return Ok(());
    };
    let found = text.trim().to_owned();
    if found == engine.major() {
        return Ok(());
    }
    let folder = folder.path().to_owned();
    Err(Error::DataVersion {
        folder,
        found,
        engine: engine.version.clone(),
    })
}

/// Makes the cluster, in another folder first so that half a cluster is never used.
pub(super) async fn init(folder: &Folder, options: &PostgresOptions) -> Result<(), Error> {
    let target = data(folder);
    if target.exists() {
        return Ok(());
    }
    let partial = folder.join("pgdata.partial");
    remove(&partial)?;
    let password = folder.write("initdb-password", folder.password())?;
    let done = run_initdb(folder, options, &partial, &password).await;
    fs::remove_file(&password).map_err(Error::io("remove", &password))?;
    done?;
    fs::rename(&partial, &target).map_err(Error::io("move into place", &target))
}

async fn run_initdb(
    folder: &Folder,
    options: &PostgresOptions,
    target: &Path,
    password: &Path,
) -> Result<(), Error> {
    let program = bin(&options.engine).join("initdb");
    let mut initdb = folder.command(&program)?;
    let before = folder.log_end();
    initdb
        .args([
            "--encoding=UTF8",
            "--locale=C",
            "--auth=scram-sha-256",
            "--no-instructions",
        ])
        .args(["-U", USER, "--pwfile"])
        .arg(password)
        .arg("-D")
        .arg(target);
    if !options.durable {
        initdb.arg("--no-sync");
    }
    let states = watch::Sender::new(ProcessState::Stopped);
    let mut child = Child::spawn(initdb, Signal::SIGKILL, states)
        .await
        .map_err(Error::io("run", &program))?;
    if child.wait().await {
        return Ok(());
    }
    let (kind, log, tail) = (
        EngineKind::Postgres,
        folder.log_path(),
        folder.log_since(before),
    );
    Err(Error::Start {
        kind,
        reason: "initdb failed".into(),
        log,
        tail,
    })
}

/// The pid that Postgres itself wrote into the data folder.
pub(super) fn postmaster_pid(folder: &Folder) -> Option<i32> {
    let text = guarded::read(&data(folder).join("postmaster.pid"), folder.account()).ok()??;
    text.lines().next()?.trim().parse().ok()
}

/// Removes the pid file of a Postgres that was killed. Postgres does so itself, except when the id
/// was given to some other process since (usual after a restart of the machine or a container).
pub(super) fn forget_stale_pid(folder: &Folder) -> Result<(), Error> {
    let path = data(folder).join("postmaster.pid");
    if postmaster_pid(folder).is_some_and(|pid| !folder.is_engine_here(pid)) {
        guarded::remove(&path, folder.account())?;
    }
    Ok(())
}

/// Our settings, on top of those that initdb chose for this machine.
pub(super) fn write_config(
    options: &PostgresOptions,
    folder: &Folder,
    port: u16,
) -> Result<PathBuf, Error> {
    let defaults = quoted(&data(folder).join("postgresql.conf"));
    let socket = socket_dir(folder).map_or_else(|| "''".to_owned(), |dir| quoted(&dir));
    let connections = options.max_connections;
    // A crash of the server itself loses nothing without these: the system still has its writes.
    let throwaway = if options.durable {
        ""
    } else {
        "fsync = off\nfull_page_writes = off\n"
    };
    let text = format!(
        "# Written at every start.\n\
         include {defaults}\n\
         listen_addresses = '127.0.0.1'\n\
         port = {port}\n\
         unix_socket_directories = {socket}\n\
         unix_socket_permissions = 0700\n\
         max_connections = {connections}\n\
         shared_buffers = '128MB'\n\
         password_encryption = 'scram-sha-256'\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         log_destination = 'stderr'\n\
         logging_collector = off\n\
         log_line_prefix = '%m [%p] '\n\
         log_checkpoints = off\n\
         jit = off\n\
         {throwaway}"
    );
    folder.write("mosaic.conf", &text)
}

/// A path as a value in a Postgres configuration file.
fn quoted(path: &Path) -> String {
    let text = path
        .to_string_lossy()
        .replace('\\', r"\\")
        .replace('\'', "''");
    format!("'{text}'")
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", folder)(e)),
        _ => Ok(()),
    }
}
