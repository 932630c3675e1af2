//! What breaks a rule.

use std::fmt;

/// Everything that breaks one rule, with the remedy that goes for all of it.
#[derive(Debug)]
pub struct Findings {
    rule: &'static str,
    remedy: &'static str,
    found: Vec<String>,
}

impl Findings {
    /// Nothing found yet.
    #[must_use]
    pub const fn new(rule: &'static str, remedy: &'static str) -> Self {
        Self {
            rule,
            remedy,
            found: Vec::new(),
        }
    }

    /// Records that `place` (a file, with a line where there is one) breaks the rule.
    pub fn add(&mut self, place: impl fmt::Display, what: impl fmt::Display) {
        self.found.push(format!("{place}: {what}"));
    }

    /// An error that shows everything found, if anything was.
    pub fn verdict(self) -> anyhow::Result<()> {
        anyhow::ensure!(self.found.is_empty(), "{self}");
        Ok(())
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            remedy,
            found,
        } = self;
        writeln!(f, "{rule}. Found {}:", found.len())?;
        for one in found {
            writeln!(f, "  {one}")?;
        }
        write!(f, "Remedy: {remedy}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_names_every_place_and_the_remedy() {
        let mut findings = Findings::new("Libraries stand alone", "move the code down");
        findings.add("libs/a/Cargo.toml", "depends on mosaic-gateway");
        findings.add("libs/b/src/lib.rs:7", "does it too");
        let error = findings.verdict().unwrap_err().to_string();
        assert_eq!(
            error,
            "Libraries stand alone. Found 2:\n  libs/a/Cargo.toml: depends on mosaic-gateway\n  \
             libs/b/src/lib.rs:7: does it too\nRemedy: move the code down."
        );
    }
}
