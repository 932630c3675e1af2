//! Which field a deserializer's error is about.

use std::borrow::Cow;

use mosaic_error::{ErrorCode, FieldError};

use crate::error::ApiError;

/// The error of a body or query as a problem that names the field. `path` is what was being read, `text` the error.
pub(super) fn field_problem(whole: &str, path: &str, text: &str) -> ApiError {
    let text = without_what_was_sent(text);
    // "… at line 1 column 20" helps nobody who did not write the JSON by hand and contradicts nothing.
    let text = text.split(" at line ").next().unwrap_or(&text);
    let named = |intro: &str| text.strip_prefix(intro)?.split('`').next();
    let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
    let join = |name: &str| {
        if parent.is_empty() {
            name.to_owned()
        } else {
            format!("{parent}.{name}")
        }
    };
    let (field, problem) = if let Some(name) = named("unknown field `") {
        let expected = text
            .split_once("expected ")
            .map_or("", |(_, expected)| expected);
        (join(name), format!("is not known; expected {expected}"))
    } else if let Some(name) = named("missing field `") {
        (join(name), "is missing".to_owned())
    } else if let Some(name) = named("duplicate field `") {
        (join(name), "is given twice".to_owned())
    } else if path.is_empty() || path == "." {
        (whole.to_owned(), format!("does not fit: {text}"))
    } else {
        (path.to_owned(), format!("does not fit: {text}"))
    };
    ApiError::fields(
        ErrorCode::InvalidArgument,
        vec![FieldError::new(field, problem)],
    )
}

/// An error without the text that was found instead of something else: a secret may have been sent in the wrong place, and what is
/// refused is written into the log. Whoever sent it knows it.
fn without_what_was_sent(text: &str) -> Cow<'_, str> {
    let kinds = [
        "invalid type: string",
        "invalid value: string",
        "unknown variant",
    ];
    let kind = kinds.into_iter().find(|kind| text.starts_with(kind));
    match (kind, text.rsplit_once(", expected ")) {
        (Some(kind), Some((_, expected))) => Cow::Owned(format!("{kind}, expected {expected}")),
        (Some(kind), None) => Cow::Borrowed(kind),
        (None, _) => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(path: &str, text: &str) -> FieldError {
        field_problem("body", path, text).problem.errors.remove(0)
    }

    #[test]
    fn an_unknown_field_is_named_with_those_that_are_known() {
        let error = field(
            "extra",
            "unknown field `extra`, expected `a` or `b` at line 1 column 9",
        );
        assert_eq!(
            error,
            FieldError::new("extra", "is not known; expected `a` or `b`")
        );
    }

    #[test]
    fn a_text_in_the_wrong_place_is_not_repeated() {
        for text in [
            "invalid type: string \"s3cret at line 2, expected x\", expected u32 at line 1 column 9",
            "invalid value: string \"s3cret\", expected a date at line 1 column 9",
            "unknown variant `s3cret`, expected `a` or `b` at line 1 column 9",
            "unknown variant `s3cret`, there are no variants",
        ] {
            let error = field("days", text);
            assert!(!error.problem.contains("s3cret"), "{}", error.problem);
        }
        let error = field("days", "invalid type: string \"s3cret\", expected u32");
        assert_eq!(
            error.problem,
            "does not fit: invalid type: string, expected u32"
        );
    }

    #[test]
    fn a_missing_field_is_named() {
        assert_eq!(field(".", "missing field `content`").field, "content");
    }

    #[test]
    fn a_wrong_type_is_told_at_its_path() {
        let error = field(
            "content",
            "invalid type: integer `1`, expected a string at line 1 column 12",
        );
        assert_eq!(error.field, "content");
        assert!(
            error.problem.ends_with("expected a string"),
            "{}",
            error.problem
        );
    }
}
