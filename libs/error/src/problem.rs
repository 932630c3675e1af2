//! The body of every HTTP error: a problem as in RFC 9457.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ErrorCode;

/// The media type of a [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// One field that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Path of the field, e.g. `content`; a query parameter by its name.
    pub field: String,
    /// What does not fit.
    pub problem: String,
}

impl FieldError {
    /// Says what is wrong with a field.
    #[must_use]
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: tidy(field.into()),
            problem: tidy(problem.into()),
        }
    }
}

/// An error as a client gets it: what kind, what happened, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:mosaic:problem:<code>`.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The same for every problem of this code.
    pub title: String,
    /// The HTTP status, so that a stored problem still tells it.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// Machine-readable.
    pub code: ErrorCode,
    /// What to do about it.
    pub remedy: String,
    /// The fields that do not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Trace of the request, to be found in logs and traces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Id of the request, as in the response header `x-request-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem with the usual remedy of its code.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            type_uri: code.type_uri(),
            title: code.title().to_owned(),
            status: code.http_status().as_u16(),
            detail: tidy(detail.into()),
            code,
            remedy: code.remedy().to_owned(),
            errors: Vec::new(),
            trace_id: None,
            request_id: None,
        }
    }

    /// Says better than the code what to do.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = masked(remedy.into());
        self
    }

    /// Adds a field that does not fit.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, problem: impl Into<String>) -> Self {
        self.errors.push(FieldError::new(field, problem));
        self
    }
}

/// A sentence may repeat what a client sent. That is as long as the client likes; an answer is not. And it may be a token in the
/// wrong place, which must end up neither in an answer nor in a log.
fn tidy(text: String) -> String {
    const MOST: usize = 600;
    let mut text = masked(text);
    if text.len() > MOST {
        text.truncate(text.floor_char_boundary(MOST));
        text.push('…');
    }
    text
}

/// The text with `mos_…` in the place of every API token, or what is long enough to be most of one.
fn masked(text: String) -> String {
    const PREFIX: &str = "mos_";
    const LEAST: usize = 20;
    if !text.contains(PREFIX) {
        return text;
    }
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some((before, after)) = rest.split_once(PREFIX) {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
        let end = after.find(|letter| !is_letter(letter));
        let (letters, next) = after.split_at(end.unwrap_or(after.len()));
        shown.push_str(before);
        shown.push_str(PREFIX);
        shown.push_str(if letters.len() < LEAST {
            letters
        } else {
            "…"
        });
        rest = next;
    }
    shown.push_str(rest);
    shown
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_the_wrong_place_is_not_repeated() {
        let token = format!("mos_{}", "aB3_-".repeat(10));
        let told = Problem::new(ErrorCode::InvalidArgument, format!("`{token}`, {token}."))
            .with_remedy(format!("Not {token}"))
            .with_field(
                token.clone(),
                format!("is \"{token}\", not `mos_…` or mos_short"),
            );
        let json = serde_json::to_string(&told).unwrap();
        assert!(!json.contains("aB3"), "{json}");
        assert_eq!(told.detail, "`mos_…`, mos_….");
        assert_eq!(
            told.errors[0].problem,
            "is \"mos_…\", not `mos_…` or mos_short"
        );
    }

    #[test]
    fn a_problem_tells_kind_cause_and_remedy() {
        let problem = Problem::new(ErrorCode::NotFound, "There is no run of this id.");
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["type"], "urn:mosaic:problem:not_found");
        assert_eq!(json["status"], 404);
        assert_eq!(json["code"], "not_found");
        assert!(json["remedy"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(json.get("errors").is_none() && json.get("traceId").is_none());
    }

    #[test]
    fn what_a_client_sent_is_not_repeated_at_length() {
        let long = "ü".repeat(100_000);
        let problem = Problem::new(ErrorCode::InvalidArgument, &*long).with_field(&*long, &*long);
        assert!(problem.detail.len() < 610 && problem.detail.ends_with("ü…"));
        let error = &problem.errors[0];
        assert!(error.field.len() < 610 && error.problem.len() < 610);
    }

    #[test]
    fn a_problem_survives_json_and_back() {
        let problem =
            Problem::new(ErrorCode::InvalidArgument, "x").with_field("content", "is empty");
        let json = serde_json::to_string(&problem).unwrap();
        assert_eq!(serde_json::from_str::<Problem>(&json).unwrap(), problem);
    }
}
