//! What is wrong with a configuration: all of it, each with a remedy.

use std::fmt;

/// The exit code of a process that refuses its configuration (`EX_CONFIG` of sysexits.h).
pub const EX_CONFIG: u8 = 78;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// The key, dotted as in the file (`gateway.listen`), or empty when the fault concerns a whole source.
    pub key: String,
    /// Where the value came from: a file, an environment variable, or the built-in defaults.
    pub origin: String,
    /// What is wrong, without secrets.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{} ", self.key)?;
        }
        write!(f, "[{}]: {}; {}", self.origin, self.problem, self.remedy)
    }
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors {
    /// The faults in the order in which they were found.
    pub faults: Vec<ConfigFault>,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.len() {
            1 => writeln!(f, "the configuration has a fault:")?,
            n => writeln!(f, "the configuration has {n} faults:")?,
        }
        for fault in &self.faults {
            writeln!(f, "  - {fault}")?;
        }
        write!(
            f,
            "every setting is described in the annotated defaults, libs/config/mosaic.toml"
        )
    }
}

/// Collects faults while sections are checked; the origin is filled in when the layers are known.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) found: Vec<ConfigFault>,
}

impl Faults {
    /// A fault of a value whose origin is looked up later by its key.
    pub(crate) fn add(
        &mut self,
        key: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add_from(String::new(), key, problem, remedy);
    }

    /// A fault whose origin is known.
    pub(crate) fn add_from(
        &mut self,
        origin: impl Into<String>,
        key: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (key, origin) = (key.into(), origin.into());
        let (problem, remedy) = (problem.into(), remedy.into());
        self.found.push(ConfigFault {
            key,
            origin,
            problem,
            remedy,
        });
    }

    /// Refuses a value outside its range, naming the bounds.
    pub(crate) fn range<T: PartialOrd + fmt::Display + Copy>(
        &mut self,
        key: impl Into<String>,
        value: T,
        bounds: std::ops::RangeInclusive<T>,
    ) {
        if !bounds.contains(&value) {
            let (low, high) = (bounds.start(), bounds.end());
            self.add(
                key,
                format!("{value} is out of range"),
                format!("use {low} to {high}"),
            );
        }
    }

    /// The faults as an error, or nothing when there are none.
    pub(crate) fn into_result(self) -> Result<(), ConfigErrors> {
        if self.found.is_empty() {
            return Ok(());
        }
        Err(ConfigErrors { faults: self.found })
    }
}
