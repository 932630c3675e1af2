//! One child process that never outlives us.
//!
//! Linux sends a child its "parent died" signal when the *thread* that forked it ends. So each
//! child gets a plain thread of its own that forks it, waits for it and reports its end; no runtime
//! worker may do that. Elsewhere a shell holds a pipe from us and signals the child when it closes.

mod watchdog;

use std::{
    fmt, io,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    process::{Command, ExitStatus},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    sync::{oneshot, watch},
    time::timeout,
};

/// Whether an engine runs, for whoever must react when it ends by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProcessState {
    /// It runs.
    Running,
    /// It was stopped because we asked for it.
    Stopped,
    /// It ended although nobody asked, or was killed.
    Died {
        /// Exit code or signal in words.
        status: String,
    },
}

impl fmt::Display for ProcessState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Stopped => f.write_str("stopped"),
            Self::Died { status } => write!(f, "died ({status})"),
        }
    }
}

/// A running child.
#[derive(Debug)]
pub(crate) struct Child {
    pid: Pid,
    shared: Arc<Shared>,
    end: watch::Receiver<Option<ExitStatus>>,
    last_signal: Signal,
}

#[derive(Debug, Default)]
struct Shared {
    /// True until the process is reaped: its id is ours only so long.
    alive: Mutex<bool>,
    asked_to_stop: AtomicBool,
}

impl Shared {
    fn alive(&self) -> MutexGuard<'_, bool> {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Child {
    /// Starts `command` in a process group of its own (so that Ctrl-C in a terminal reaches only
    /// us), to get `last_signal` when we die or drop it, and its end to be published on `states`.
    pub(crate) async fn spawn(
        mut command: Command,
        last_signal: Signal,
        states: watch::Sender<ProcessState>,
    ) -> io::Result<Self> {
        command.process_group(0);
        #[cfg(target_os = "linux")]
        die_with_parent(&mut command, last_signal);
        let shared = Arc::new(Shared::default());
        let (started, child) = oneshot::channel();
        let (ended, end) = watch::channel(None);
        let supervisor = Supervisor {
            shared,
            states,
            ended,
            end,
            last_signal,
        };
        thread::Builder::new()
            .name("engine".into())
            .spawn(move || supervisor.run(command, started))?;
        child.await.map_err(io::Error::other)?
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// How it ended, once it did.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        *self.end.borrow()
    }

    /// Sends each signal in turn until the process is gone, waiting as long as each one says.
    pub(crate) async fn stop(&mut self, signals: &[(Signal, Duration)]) {
        self.shared.asked_to_stop.store(true, Ordering::Relaxed);
        for (signal, patience) in signals {
            self.signal(*signal);
            if timeout(*patience, self.wait()).await.is_ok() {
                return;
            }
            tracing::warn!(pid = self.pid(), %signal, "an engine did not stop in time");
        }
        self.kill().await;
    }

    /// Kills it outright, as a crash would.
    pub(crate) async fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.wait().await;
    }

    /// Waits for its end and says whether that was a success.
    pub(crate) async fn wait(&mut self) -> bool {
        // An error means that the supervisor is gone, and it goes only after the process.
        let end = self.end.wait_for(Option::is_some).await;
        end.is_ok_and(|status| status.is_some_and(|status| status.success()))
    }

    fn signal(&self, signal: Signal) {
        if *self.shared.alive() {
            // It may have ended already; then there is nobody to tell.
            let _ = kill(self.pid, signal);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.shared.asked_to_stop.store(true, Ordering::Relaxed);
        self.signal(self.last_signal);
    }
}

struct Supervisor {
    shared: Arc<Shared>,
    states: watch::Sender<ProcessState>,
    ended: watch::Sender<Option<ExitStatus>>,
    end: watch::Receiver<Option<ExitStatus>>,
    last_signal: Signal,
}

impl Supervisor {
    fn run(self, mut command: Command, started: oneshot::Sender<io::Result<Child>>) {
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        *self.shared.alive() = true;
        self.states.send_replace(ProcessState::Running);
        let watchdog = (!cfg!(target_os = "linux"))
            .then(|| watchdog::Watchdog::guard(pid, self.last_signal))
            .and_then(Result::ok);
        // If the caller has given up, this is dropped and the process ends.
        let _ = started.send(Ok(Child {
            pid,
            shared: Arc::clone(&self.shared),
            end: self.end.clone(),
            last_signal: self.last_signal,
        }));
        let status = self.wait(&mut child);
        drop(watchdog);
        let state = match status {
            _ if self.shared.asked_to_stop.load(Ordering::Relaxed) => ProcessState::Stopped,
            Some(status) => ProcessState::Died {
                status: status.to_string(),
            },
            None => ProcessState::Died {
                status: "unknown".into(),
            },
        };
        self.states.send_replace(state);
        // Not knowing how it ended counts as a failure.
        self.ended.send_replace(Some(
            status.unwrap_or_else(|| ExitStatus::from_raw(255 << 8)),
        ));
    }

    /// Waits for the end first and reaps under the lock, so that nobody signals a reused id.
    #[cfg(target_os = "linux")]
    fn wait(&self, child: &mut std::process::Child) -> Option<ExitStatus> {
        use nix::{
            errno::Errno,
            sys::wait::{Id, WaitPidFlag, waitid},
        };
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        while waitid(Id::Pid(pid), flags) == Err(Errno::EINTR) {}
        let mut alive = self.shared.alive();
        *alive = false;
        child.wait().ok()
    }

    /// The same where a process cannot be waited for without reaping it.
    #[cfg(not(target_os = "linux"))]
    fn wait(&self, child: &mut std::process::Child) -> Option<ExitStatus> {
        loop {
            let mut alive = self.shared.alive();
            match child.try_wait() {
                Ok(None) => {}
                ended => {
                    *alive = false;
                    return ended.ok().flatten();
                }
            }
            drop(alive);
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Has the kernel signal the child when the thread that forks it ends.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the signal must be armed between fork and exec")]
fn die_with_parent(command: &mut Command, signal: Signal) {
    use nix::{errno::Errno, sys::prctl::set_pdeathsig, unistd::getppid};

    let parent = Pid::this();
    let arm = move || {
        set_pdeathsig(signal)?;
        // We may have died before the signal was armed.
        if getppid() == parent {
            Ok(())
        } else {
            Err(Errno::ESRCH.into())
        }
    };
    // SAFETY: the closure makes two system calls and allocates nothing, which is allowed after fork.
    unsafe {
        command.pre_exec(arm);
    }
}

#[cfg(test)]
mod tests;
