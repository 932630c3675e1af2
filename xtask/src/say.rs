//! All that xtask prints; on stderr, because stdout belongs to what it runs.
#![expect(
    clippy::print_stderr,
    reason = "a command-line program talks to its user"
)]

use std::time::Duration;

/// A line about what is there or was done.
pub(crate) fn line(text: impl AsRef<str>) {
    eprintln!("{}", text.as_ref());
}

/// The beginning of something that takes a while.
pub(crate) fn stage(text: &str) {
    eprintln!("==> {text}");
}

/// An error with its causes and, for those that have one, the remedy.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
    if let Some(known) = error.downcast_ref::<mosaic_embedded::Error>() {
        eprintln!("{}", known.remedy());
    }
}

/// Seconds for people.
pub(crate) fn seconds(duration: Duration) -> String {
    let total = duration.as_secs_f64();
    if total < 90.0 {
        format!("{total:.1} s")
    } else {
        let whole = duration.as_secs();
        format!("{} min {} s", whole / 60, whole % 60)
    }
}
