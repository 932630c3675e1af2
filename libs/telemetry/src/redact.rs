//! Values that may be carried into a log line without showing what they hold.

use std::fmt;

pub use mosaic_config::redact_url;

/// Carries a value whose `Debug` and `Display` show nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Redacted<T>(pub T);

impl<T> Redacted<T> {
    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(mosaic_config::HIDDEN)
    }
}

impl<T> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(mosaic_config::HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redacted_value_shows_nothing_in_any_format() {
        let secret = Redacted("hunter2");
        assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "••• ••• •••");
        assert_eq!(secret.into_inner(), "hunter2");
    }
}
