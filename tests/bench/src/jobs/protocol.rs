//! What the benchmark and the programs that it measures say to each other: one order on standard input, answers on
//! standard output, a line of JSON each. The peers compile this file too.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// What a program is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Role {
    /// Puts `count` jobs on the queue as fast as it can, then answers [`Answer::Done`].
    Fill,
    /// Works on `count` jobs that wait, from connecting to the last acknowledgement, then answers [`Answer::Done`].
    Drain,
    /// Puts `rate` jobs a second on the queue, each at its own time, until there were `count`; then [`Answer::Done`].
    Push,
    /// Answers [`Answer::Ready`], then waits for `count` jobs and answers [`Answer::Latencies`].
    Wait,
    /// Answers [`Answer::Ready`], then works until it is killed: each job takes `work_ms` and appends its number as a
    /// line to `effects`.
    Work,
}

/// The order. What a role does not need it ignores.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    /// Which system, for programs that know several.
    pub(crate) system: String,
    pub(crate) role: Role,
    /// Where Valkey is, with its password.
    pub(crate) url: String,
    pub(crate) queue: String,
    pub(crate) count: u64,
    /// Bytes of a job's payload.
    pub(crate) bytes: usize,
    /// Jobs under way at the same time, and taken at once where a system takes several.
    pub(crate) concurrency: usize,
    pub(crate) rate: u32,
    /// How long a worker may be silent before its jobs go to others.
    pub(crate) lease_ms: u64,
    pub(crate) work_ms: u64,
    pub(crate) effects: Option<PathBuf>,
    /// The record, for a system that has one.
    pub(crate) postgres: Option<String>,
}

/// What a program says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "camelCase")]
pub(crate) enum Answer {
    /// It takes jobs now.
    Ready,
    /// It has done what it was told.
    Done { count: u64, seconds: f64 },
    /// Microseconds from just before each push to the first line of its handler.
    Latencies { micros: Vec<u64> },
}

/// What a job carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// Its number.
    pub(crate) n: u64,
    /// When it was pushed, in microseconds.
    pub(crate) at: u64,
    /// Makes it as long as it has to be.
    pub(crate) pad: String,
}

impl Payload {
    /// One that is `bytes` bytes of JSON, or as few as are possible.
    pub(crate) fn new(n: u64, at: u64, bytes: usize) -> Self {
        let digits = |number: u64| number.checked_ilog10().map_or(1, |log| log as usize + 1);
        let bare = r#"{"n":,"at":,"pad":""}"#.len() + digits(n) + digits(at);
        let pad = "x".repeat(bytes.saturating_sub(bare));
        Self { n, at, pad }
    }
}

/// Microseconds by the clock of the machine, which all of its processes share.
pub(crate) fn now_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(u64::MAX)
}

/// When the job of this number is due, counted from the first.
pub(crate) fn due(n: u64, rate: u32) -> Duration {
    let nanos = u128::from(n) * 1_000_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
