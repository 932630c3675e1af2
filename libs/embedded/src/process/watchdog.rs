//! For systems without a "parent died" signal: a shell that waits on a pipe from us. The pipe
//! closes however we end, and then the shell signals the child.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

use nix::{sys::signal::Signal, unistd::Pid};

const SCRIPT: &str = r#"read -r _; kill -"$1" "$2""#;

/// Signals a process when we die; does nothing any more once it is dropped.
#[derive(Debug)]
pub(crate) struct Watchdog {
    /// Holds our end of the pipe.
    shell: Child,
}

impl Watchdog {
    pub(crate) fn guard(pid: Pid, signal: Signal) -> io::Result<Self> {
        let number = (signal as i32).to_string();
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "watchdog", &number, &pid.to_string()])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { shell })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Killed before the pipe closes, so that it cannot signal an id that was reused.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::ExitStatusExt, time::Duration};

    use super::*;

    fn sleeper() -> (Child, Pid) {
        let child = Command::new("/bin/sleep").arg("30").spawn().unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        (child, pid)
    }

    #[test]
    fn the_child_is_signalled_when_the_pipe_closes() {
        let (mut child, pid) = sleeper();
        let mut watchdog = Watchdog::guard(pid, Signal::SIGTERM).unwrap();
        drop(watchdog.shell.stdin.take());
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::SIGTERM as i32));
    }

    #[test]
    fn a_dropped_watchdog_leaves_the_child_alone() {
        let (mut child, pid) = sleeper();
        drop(Watchdog::guard(pid, Signal::SIGTERM).unwrap());
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(child.try_wait().unwrap(), None);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
