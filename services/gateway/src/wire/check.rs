//! Checks of single values, collected so that a client learns of all that is wrong at once.

use mosaic_error::FieldError;

use crate::error::{ApiError, ApiResult};

/// The longest title.
pub(crate) const TITLE_CHARS: usize = 200;
/// The longest `provider/model`.
pub(crate) const MODEL_CHARS: usize = 200;
/// The longest idempotency key.
pub(crate) const KEY_CHARS: usize = 200;
/// The longest reason for stopping a run.
pub(crate) const REASON_CHARS: usize = 500;
/// The longest page of a list.
pub(crate) const PAGE_MOST: u32 = 200;
/// The page that a list has when nothing else is asked for.
pub(crate) const PAGE_USUAL: u32 = 50;

/// Collects what is out of its bounds.
#[derive(Debug, Default)]
pub(crate) struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    /// Notes a fault.
    pub(crate) fn fault(&mut self, field: &str, problem: impl Into<String>) {
        self.errors.push(FieldError::new(field, problem));
    }

    /// A text that must say something, in at most `most` characters.
    pub(crate) fn text(&mut self, field: &str, text: &str, most: usize) {
        if text.trim().is_empty() {
            self.fault(field, "is empty");
        }
        let characters = text.chars().count();
        if characters > most {
            self.fault(
                field,
                format!("has {characters} characters, at most {most} are allowed"),
            );
        }
        if text.contains('\0') {
            self.fault(
                field,
                "contains the character U+0000, which cannot be stored",
            );
        }
    }

    /// The same for a text that may be absent.
    pub(crate) fn optional(&mut self, field: &str, text: Option<&str>, most: usize) {
        if let Some(text) = text {
            self.text(field, text, most);
        }
    }

    /// The length of a page.
    pub(crate) fn limit(&mut self, limit: Option<u32>) -> u32 {
        let limit = limit.unwrap_or(PAGE_USUAL);
        if !(1..=PAGE_MOST).contains(&limit) {
            self.fault(
                "limit",
                format!("is {limit}, it goes from 1 to {PAGE_MOST}"),
            );
        }
        limit
    }

    /// Fails if anything was noted.
    pub(crate) fn done(self) -> ApiResult<()> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(ApiError::unprocessable(self.errors))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_reported_at_once() {
        let mut check = Check::default();
        check.text("content", " \n", 10);
        check.optional("title", Some("far too long"), 3);
        check.limit(Some(0));
        let problem = check.done().unwrap_err().problem;
        let fields: Vec<_> = problem
            .errors
            .iter()
            .map(|error| error.field.as_str())
            .collect();
        assert_eq!(fields, ["content", "title", "limit"]);
        assert_eq!(problem.status, 422);
    }

    #[test]
    fn what_postgres_cannot_store_is_refused_before_it_gets_there() {
        let mut check = Check::default();
        check.text("content", "a\0b", 10);
        assert!(check.done().is_err());
    }
}
