//! Keeps the engines running: one that ends by itself is started again, which is a pause and no loss.

use std::fmt::Display;
use std::time::Duration;

use mosaic_embedded::{Error, Postgres, ProcessState, Valkey};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::engines::Started;
use crate::output::{Output, Tone};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The engines, each with a task that looks after it.
#[derive(Debug)]
pub(super) struct Kept {
    postgres: Keeper,
    valkey: Keeper,
}

#[derive(Debug)]
struct Keeper {
    stop: DropGuard,
    task: JoinHandle<()>,
}

/// What both engines can do.
trait Server: Send + 'static {
    const NAME: &'static str;
    fn states(&self) -> watch::Receiver<ProcessState>;
    fn restart(&mut self) -> impl Future<Output = Result<(), Error>> + Send;
    fn stop(&mut self) -> impl Future<Output = ()> + Send;
}

impl Server for Postgres {
    const NAME: &'static str = "Postgres";
    fn states(&self) -> watch::Receiver<ProcessState> {
        Self::states(self)
    }
    async fn restart(&mut self) -> Result<(), Error> {
        Self::restart(self).await
    }
    async fn stop(&mut self) {
        Self::stop(self).await;
    }
}

impl Server for Valkey {
    const NAME: &'static str = "Valkey";
    fn states(&self) -> watch::Receiver<ProcessState> {
        Self::states(self)
    }
    async fn restart(&mut self) -> Result<(), Error> {
        Self::restart(self).await
    }
    async fn stop(&mut self) {
        Self::stop(self).await;
    }
}

impl Kept {
    pub(super) fn keep(engines: Started, output: Output, tracker: &TaskTracker) -> Self {
        let Started { postgres, valkey } = engines;
        Self {
            postgres: Keeper::keep(postgres, output, tracker),
            valkey: Keeper::keep(valkey, output, tracker),
        }
    }

    /// Valkey first: what it still holds is written, and Postgres has nobody left to serve.
    pub(super) async fn stop(self) {
        self.valkey.stop().await;
        self.postgres.stop().await;
    }
}

impl Keeper {
    fn keep<S: Server>(server: S, output: Output, tracker: &TaskTracker) -> Self {
        let stop = CancellationToken::new();
        let task = tracker.spawn(look_after(server, stop.clone(), output));
        Self {
            stop: stop.drop_guard(),
            task,
        }
    }

    async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the keeper of an engine ended early");
        }
    }
}

async fn look_after<S: Server>(mut server: S, stop: CancellationToken, output: Output) {
    let mut states = server.states();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            state = death(&mut states) => {
                say(output, Tone::Warn, &format!("{} {state}; starting it again", S::NAME));
            }
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = revive(&mut server, output) => {}
        }
    }
    server.stop().await;
}

/// Waits until the server ended although nobody asked it to.
async fn death(states: &mut watch::Receiver<ProcessState>) -> String {
    let died = states
        .wait_for(|state| matches!(state, ProcessState::Died { .. }))
        .await;
    if let Ok(state) = died.map(|state| state.to_string()) {
        return state;
    }
    // Nobody can tell any more, so nothing will be told.
    std::future::pending().await
}

async fn revive<S: Server>(server: &mut S, output: Output) {
    let mut pause = FIRST_PAUSE;
    let mut told = false;
    while let Err(error) = server.restart().await {
        if !std::mem::replace(&mut told, true) {
            say(
                output,
                Tone::Bad,
                &format!("{} does not start: {error}; trying on", S::NAME),
            );
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    say(
        output,
        Tone::Good,
        &format!("{} is back; nothing was lost", S::NAME),
    );
}

fn say(output: Output, tone: Tone, text: &impl Display) {
    output.say(&output.paint(tone, &text.to_string()));
}
