//! What processes use, as the kernel tells it.

use std::fs;

use serde::Serialize;

/// Clock ticks a second of `/proc/<pid>/stat`; fixed on Linux.
const TICKS: f64 = 100.0;

/// Memory in MiB.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Memory {
    /// Everything resident.
    pub(crate) rss: f64,
    /// Shared pages counted by their share.
    pub(crate) pss: f64,
}

/// The processes of one part of the system: a service, or a Postgres with all its workers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    root: i32,
    with_children: bool,
}

impl Usage {
    /// A process and its children.
    pub(crate) const fn of(root: i32) -> Self {
        Self {
            root,
            with_children: true,
        }
    }

    /// A process without the children it has started.
    pub(crate) const fn alone(root: i32) -> Self {
        Self {
            root,
            with_children: false,
        }
    }

    fn children(self) -> Vec<i32> {
        if self.with_children {
            children(self.root)
        } else {
            Vec::new()
        }
    }

    /// What it holds now; `None` if that cannot be seen.
    pub(crate) fn memory(self) -> Option<Memory> {
        let own = memory(self.root)?;
        let children = self.children().into_iter().filter_map(memory);
        Some(children.fold(own, |sum, one| Memory {
            rss: sum.rss + one.rss,
            pss: sum.pss + one.pss,
        }))
    }

    /// Seconds of processor time used so far, also by children that have ended.
    pub(crate) fn cpu_seconds(self) -> Option<f64> {
        let own = stat(self.root)?;
        let children = self.children().into_iter().filter_map(stat);
        let ended = if self.with_children { own.ended } else { 0.0 };
        let ticks = children.fold(own.used + ended, |sum, one| sum + one.used);
        Some(ticks / TICKS)
    }
}

/// Processor time of the whole machine so far, in seconds of one core.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cores {
    busy: f64,
    idle: f64,
}

impl Cores {
    /// `None` if that cannot be seen.
    pub(crate) fn look() -> Option<Self> {
        Self::read(&fs::read_to_string("/proc/stat").ok()?)
    }

    /// user, nice, system, idle, iowait, irq, softirq, steal; what guests use is in user.
    fn read(stat: &str) -> Option<Self> {
        let words = stat
            .lines()
            .next()?
            .strip_prefix("cpu ")?
            .split_whitespace();
        let ticks: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
        let at = |index: usize| ticks.get(index).copied();
        Some(Self {
            busy: (at(0)? + at(1)? + at(2)? + at(5)? + at(6)? + at(7)?) / TICKS,
            idle: (at(3)? + at(4)?) / TICKS,
        })
    }

    /// Seconds of work and of idleness since `earlier`.
    pub(crate) fn since(self, earlier: Self) -> (f64, f64) {
        (self.busy - earlier.busy, self.idle - earlier.idle)
    }
}

fn memory(pid: i32) -> Option<Memory> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let mebibytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kib / 1_024.0)
    };
    Some(Memory {
        rss: mebibytes("Rss:")?,
        pss: mebibytes("Pss:")?,
    })
}

struct Stat {
    parent: i32,
    used: f64,
    /// Of children that were waited for.
    ended: f64,
}

fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; state, the third field, follows it.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        used: number(11)? + number(12)?,
        ended: number(13)? + number(14)?,
    })
}

/// The parent of a process.
pub(crate) fn parent(pid: i32) -> Option<i32> {
    stat(pid).map(|stat| stat.parent)
}

fn children(parent: i32) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let processes = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes
        .filter(|pid| stat(*pid).is_some_and(|stat| stat.parent == parent))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_sees_its_own_memory_and_parent() {
        let own = i32::try_from(std::process::id()).unwrap();
        let memory = Usage::of(own).memory().unwrap();
        assert!(memory.rss >= memory.pss && memory.pss > 0.0, "{memory:?}");
        assert!(Usage::of(own).cpu_seconds().is_some());
        assert_eq!(parent(own), Some(nix::unistd::getppid().as_raw()));
    }

    #[test]
    fn work_and_idleness_of_all_cores_are_told_apart() {
        let before = Cores::read("cpu  100 0 100 500 0 0 0 0 0 0\ncpu0 1 2").unwrap();
        let after = Cores::read("cpu  200 0 200 600 100 0 0 100 0 0").unwrap();
        assert_eq!(after.since(before), (3.0, 2.0));
        assert!(Cores::look().is_some());
    }

    #[test]
    fn nobody_is_behind_a_number_that_is_no_process() {
        assert!(Usage::of(i32::MAX).memory().is_none());
    }
}
