//! The life of one private server, the same for every engine: start and wait for a real answer,
//! stop, kill, start again on the same port.

use std::{process::Command, time::Duration};

use nix::sys::signal::Signal;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    engine::EngineKind,
    error::Error,
    folder::Folder,
    port::{self, Picked, PortChoice},
    process::{Child, ProcessState},
};

/// Another program may take a free port between our choice and the server's bind.
const ATTEMPTS: u32 = 3;
const POLL: Duration = Duration::from_millis(10);

/// What differs between the engines.
pub(crate) trait Recipe {
    const KIND: EngineKind;
    /// Signals for an orderly stop, each with how long it is waited for.
    const STOP: [(Signal, Duration); 2];
    /// The signal when we die or drop it.
    fn last_signal(&self) -> Signal;
    fn start_timeout(&self) -> Duration;
    /// Writes the configuration and says what to run.
    fn command(&self, folder: &Folder, port: u16) -> Result<Command, Error>;
    /// True when a start that logged this failed for a reason that passes by itself.
    fn passes(_log: &str) -> bool {
        false
    }
    /// True when the process `pid` takes connections on `port`.
    async fn answers(&self, folder: &Folder, port: u16, pid: i32) -> bool;
}

#[derive(Debug)]
pub(crate) struct Server<R> {
    /// First, so that it is told to end before the folder's lock is released.
    child: Option<Child>,
    recipe: R,
    folder: Folder,
    picked: Picked,
    states: watch::Sender<ProcessState>,
}

impl<R: Recipe> Server<R> {
    pub(crate) async fn start(
        recipe: R,
        folder: Folder,
        choice: PortChoice,
    ) -> Result<Self, Error> {
        let states = watch::Sender::new(ProcessState::Stopped);
        let mut choice = choice;
        let mut attempt = 1;
        loop {
            let picked = port::pick(R::KIND, choice, folder.remembered_port())?;
            match launch(&recipe, &folder, picked.port, &states).await {
                Ok(child) => {
                    folder.remember_port(picked.port)?;
                    if let Some(before) = picked.moved_from {
                        let (kind, port) = (R::KIND, picked.port);
                        tracing::warn!(%kind, before, port, "the remembered port is taken, using another one");
                    }
                    return Ok(Self {
                        recipe,
                        folder,
                        picked,
                        states,
                        child: Some(child),
                    });
                }
                Err(Error::PortBusy { .. })
                    if attempt < ATTEMPTS && !matches!(choice, PortChoice::Fixed(_)) =>
                {
                    choice = PortChoice::Free;
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(crate) fn recipe(&self) -> &R {
        &self.recipe
    }

    pub(crate) fn port(&self) -> u16 {
        self.picked.port
    }

    pub(crate) fn moved_from(&self) -> Option<u16> {
        self.picked.moved_from
    }

    pub(crate) fn states(&self) -> watch::Receiver<ProcessState> {
        self.states.subscribe()
    }

    pub(crate) fn pid(&self) -> Option<i32> {
        self.child
            .as_ref()
            .filter(|child| child.ended().is_none())
            .map(Child::pid)
    }

    pub(crate) async fn stop(&mut self) {
        if let Some(child) = &mut self.child {
            child.stop(&R::STOP).await;
        }
        self.child = None;
    }

    pub(crate) async fn kill(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().await;
        }
        self.child = None;
    }

    /// Starts it again on the same port, after an orderly stop if it still runs.
    pub(crate) async fn restart(&mut self) -> Result<(), Error> {
        self.stop().await;
        let picked = port::pick(R::KIND, PortChoice::Fixed(self.port()), None)?;
        self.child = Some(launch(&self.recipe, &self.folder, picked.port, &self.states).await?);
        Ok(())
    }
}

async fn launch<R: Recipe>(
    recipe: &R,
    folder: &Folder,
    port: u16,
    states: &watch::Sender<ProcessState>,
) -> Result<Child, Error> {
    let until = Instant::now() + recipe.start_timeout();
    loop {
        let command = recipe.command(folder, port)?;
        let before = folder.log_end();
        let program = command.get_program().to_owned();
        let mut child = Child::spawn(command, recipe.last_signal(), states.clone())
            .await
            .map_err(Error::io("run", program))?;
        folder.remember_pid(child.pid())?;
        if wait_ready(recipe, folder, port, &child, until).await {
            return Ok(child);
        }
        let reason = match child.ended() {
            Some(end) => format!("it ended at once ({end})"),
            None => format!("no answer within {} s", recipe.start_timeout().as_secs()),
        };
        child.stop(&R::STOP).await;
        let (kind, log, tail) = (R::KIND, folder.log_path(), folder.log_since(before));
        if tail.contains("Address already in use") {
            return Err(Error::PortBusy { kind, port });
        }
        if !R::passes(&tail) || Instant::now() >= until {
            return Err(Error::Start {
                kind,
                reason,
                log,
                tail,
            });
        }
        sleep(10 * POLL).await;
    }
}

/// True once it answers; false when it ended or time is up.
async fn wait_ready<R: Recipe>(
    recipe: &R,
    folder: &Folder,
    port: u16,
    child: &Child,
    until: Instant,
) -> bool {
    while child.ended().is_none() && Instant::now() < until {
        if recipe.answers(folder, port, child.pid()).await {
            return true;
        }
        sleep(POLL).await;
    }
    false
}
