//! The error body of the API: problem+json of RFC 9457.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the gateway says when it refuses something.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Problem {
    /// URI of the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Machine-readable, e.g. `not_found`.
    pub code: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Finds the request in traces and logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldProblem {
    /// Its name.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Problem {
    /// Reads an error answer; one that is no problem+json (a proxy's page) becomes one that says so.
    pub(crate) fn read(status: u16, reason: &str, body: &[u8]) -> Self {
        let parsed = serde_json::from_slice::<Self>(body).ok();
        match parsed.filter(|problem| !problem.code.is_empty() || !problem.title.is_empty()) {
            Some(problem) => Self { status, ..problem },
            None => Self {
                title: format!("{status} {reason}"),
                status,
                detail: Some("the answer is not one of a Mosaic gateway".to_owned()),
                code: "not_a_gateway".to_owned(),
                remedy: Some("check that the address is the gateway's".to_owned()),
                ..Self::default()
            },
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail.as_deref().unwrap_or(&self.title))?;
        for FieldProblem { field, problem } in &self.errors {
            write!(f, "; {field}: {problem}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_is_wrong_with_each_field() {
        let body = br#"{"type":"urn:x","title":"Invalid","status":400,"detail":"the body does not fit",
            "code":"invalid_argument","errors":[{"field":"content","problem":"is empty"}],"later":1}"#;
        let problem = Problem::read(400, "Bad Request", body);
        assert_eq!(
            problem.to_string(),
            "the body does not fit; content: is empty"
        );
        assert_eq!(problem.code, "invalid_argument");
    }

    #[test]
    fn an_error_page_of_something_else_is_recognised() {
        let problem = Problem::read(502, "Bad Gateway", b"<html>");
        assert_eq!(problem.code, "not_a_gateway");
        assert_eq!(problem.title, "502 Bad Gateway");
    }
}
