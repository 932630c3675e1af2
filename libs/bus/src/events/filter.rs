//! Which events a watcher wants.

use mosaic_proto::envelope::Envelope;

/// Which events are wanted; what is `None` matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// A type, or the beginning of one followed by `*`.
    pub type_name: Option<String>,
    /// A subject, or the beginning of one followed by `*`.
    pub subject: Option<String>,
}

impl EventFilter {
    /// Whether the event is wanted.
    #[must_use]
    pub fn matches(&self, event: &Envelope) -> bool {
        matches(self.type_name.as_deref(), &event.type_name)
            && matches(self.subject.as_deref(), &event.subject)
    }
}

fn matches(pattern: Option<&str>, text: &str) -> bool {
    match pattern.map(|pattern| (pattern, pattern.strip_suffix('*'))) {
        None => true,
        Some((_, Some(beginning))) => text.starts_with(beginning),
        Some((whole, None)) => text == whole,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_with_a_star_matches_beginnings_only() {
        assert!(matches(None, "run.completed"));
        assert!(matches(Some("run.*"), "run.completed"));
        assert!(matches(Some("run.completed"), "run.completed"));
        assert!(!matches(Some("run"), "run.completed"));
        assert!(!matches(Some("message.*"), "run.completed"));
    }
}
