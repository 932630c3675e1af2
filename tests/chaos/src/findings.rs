//! What is noted while a run goes on: its course, and what should not have been.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Lines of the course that a report of something wrong repeats.
const TAIL: usize = 60;

/// The notes of a run. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    seed: u64,
    begun: Instant,
    aloud: bool,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    course: Vec<String>,
    findings: Vec<String>,
    counts: BTreeMap<&'static str, u64>,
}

impl Notes {
    pub(crate) fn new(seed: u64, aloud: bool) -> Self {
        Self {
            seed,
            begun: Instant::now(),
            aloud,
            inner: Arc::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what happens.
    pub(crate) fn say(&self, what: impl std::fmt::Display) {
        let line = format!("{:>8.2} s  {what}", self.begun.elapsed().as_secs_f64());
        if self.aloud {
            speak(&line);
        }
        self.lock().course.push(line);
    }

    /// Notes what should not have been.
    pub(crate) fn find(&self, what: impl std::fmt::Display) {
        let line = format!("seed {}: {what}", self.seed);
        self.say(format_args!("FOUND {line}"));
        self.lock().findings.push(line);
    }

    /// Counts.
    pub(crate) fn count(&self, what: &'static str, more: u64) {
        *self.lock().counts.entry(what).or_default() += more;
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.lock().counts.clone()
    }

    pub(crate) fn findings(&self) -> Vec<String> {
        self.lock().findings.clone()
    }

    /// The whole course.
    pub(crate) fn course(&self) -> String {
        self.lock().course.join("\n")
    }

    /// Its end.
    pub(crate) fn tail(&self) -> Vec<String> {
        let course = &self.lock().course;
        course[course.len().saturating_sub(TAIL)..].to_vec()
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the course of a program that was asked to say it"
)]
fn speak(line: &str) {
    eprintln!("{line}");
}
