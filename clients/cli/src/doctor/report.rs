//! What the probes found.

use serde::Serialize;
use serde_json::json;

use crate::failure::Outcome;
use crate::output::{Output, Tone};
use crate::render::text::printable;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Good.
    Ok,
    /// It works, and there is something to know.
    Warn,
    /// It does not work.
    Fail,
}

/// One finding.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    name: String,
    status: Status,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Check {
    pub(super) fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            status: Status::Ok,
            detail: detail.into(),
            remedy: None,
        }
    }

    pub(super) fn warn(name: impl Into<String>, detail: impl Into<String>, remedy: &str) -> Self {
        Self {
            status: Status::Warn,
            remedy: Some(remedy.to_owned()),
            ..Self::ok(name, detail)
        }
    }

    pub(super) fn fail(name: impl Into<String>, detail: impl Into<String>, remedy: &str) -> Self {
        Self {
            status: Status::Fail,
            remedy: Some(remedy.to_owned()),
            ..Self::ok(name, detail)
        }
    }

    /// Whether something does not work.
    pub(super) fn is_bad(&self) -> bool {
        self.status == Status::Fail
    }
}

/// All findings; people see each as soon as it is there.
#[derive(Debug)]
pub(super) struct Report {
    output: Output,
    checks: Vec<Check>,
    unwritten: Option<std::io::Error>,
}

impl Report {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            checks: Vec::new(),
            unwritten: None,
        }
    }

    pub(super) fn add(&mut self, check: Check) {
        if !self.output.json && self.unwritten.is_none() {
            self.unwritten = self.output.raw(&lines(self.output, &check)).err();
        }
        self.checks.push(check);
    }

    pub(super) fn finish(self) -> Outcome {
        let Self {
            output,
            checks,
            unwritten,
        } = self;
        if let Some(error) = unwritten {
            return Err(error.into());
        }
        if output.json {
            let bad = checks.iter().any(Check::is_bad);
            output.document(&json!({"ok": !bad, "checks": checks}))?;
        }
        Ok(super::exit_of(&checks))
    }
}

/// A finding and, below it, what to do.
fn lines(output: Output, check: &Check) -> String {
    let Check {
        name,
        status,
        detail,
        remedy,
    } = check;
    let (word, tone) = match status {
        Status::Ok => ("ok  ", Tone::Good),
        Status::Warn => ("warn", Tone::Warn),
        Status::Fail => ("FAIL", Tone::Bad),
    };
    let finding = format!(
        "{}  {name:<14} {}",
        output.paint_data(tone, word),
        printable(detail)
    );
    let below = remedy.iter().flat_map(|remedy| remedy.lines());
    let below = below.map(|line| format!("{:20} {}", "", output.paint_data(Tone::Strong, line)));
    let mut text = std::iter::once(finding)
        .chain(below)
        .collect::<Vec<_>>()
        .join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_line_up_and_remedies_stand_below_them() {
        let output = Output::new(false, true, 0);
        let checks = [
            Check::ok("postgres", "18.4 with pgvector 0.8.5"),
            Check::warn("disk", "1 GB is free", "make room"),
            Check::fail(
                "gateway",
                "it cannot be reached",
                "start it with `mosaic up`",
            ),
        ];
        let text: String = checks.iter().map(|check| lines(output, check)).collect();
        insta::assert_snapshot!(text, @r"
        ok    postgres       18.4 with pgvector 0.8.5
        warn  disk           1 GB is free
                             make room
        FAIL  gateway        it cannot be reached
                             start it with `mosaic up`
        ");
    }
}
