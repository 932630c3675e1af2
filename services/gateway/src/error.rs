//! Errors on their way out: each becomes one problem, and what only operators may know becomes its cause.

use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use mosaic_error::{ErrorCode, FieldError, Problem};
use mosaic_identity::policy::check;
use mosaic_identity::{Action, Caller, Denied, Lack, PasswordError};

/// What a handler fails with. Rendered, numbered and logged by [`crate::http::problems`].
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    /// What the client is told.
    pub problem: Box<Problem>,
    /// What the log is told.
    pub(crate) cause: Option<Arc<str>>,
    /// After how many seconds it may be tried again, where that is known.
    pub(crate) retry_after: Option<u64>,
}

/// The result of every handler.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// A problem that has no cause beyond what the client is told.
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Problem::new(code, detail).into()
    }

    /// There is no such thing, or not for this caller: which of the two is nobody's business.
    pub(crate) fn not_found(noun: &str, id: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no {noun} {id}."))
    }

    /// The caller's role does not allow this.
    pub(crate) fn forbidden(action: Action) -> Self {
        let (what, role) = (action.describe(), action.least_role());
        let detail =
            format!("Your role does not let you {what}; it takes at least the role {role}.");
        Self::new(ErrorCode::PermissionDenied, detail)
    }

    /// This caller may not do this, and what they lack.
    pub(crate) fn denied(caller: &Caller, action: Action) -> Self {
        let what = action.describe();
        match check(caller, action) {
            Err(Lack::Scope(scope)) => Problem::new(
                ErrorCode::PermissionDenied,
                format!(
                    "This token does not let you {what}; it takes one with the scope `{scope}`."
                ),
            )
            .with_remedy("Use a token with that scope, or sign in on the web page.")
            .into(),
            Err(Lack::Home) => Self::new(
                ErrorCode::PermissionDenied,
                format!("Here you may not {what}; that is done from the home workspace."),
            ),
            Err(Lack::Role(_)) | Ok(()) => Self::forbidden(action),
        }
    }

    /// Values that are out of their bounds.
    pub(crate) fn unprocessable(errors: Vec<FieldError>) -> Self {
        Self::fields(ErrorCode::Unprocessable, errors)
    }

    /// Fields that do not fit.
    pub(crate) fn fields(code: ErrorCode, errors: Vec<FieldError>) -> Self {
        let list: Vec<String> = errors
            .iter()
            .map(|error| format!("`{}` {}", error.field, error.problem))
            .collect();
        let mut problem = Problem::new(code, format!("{}.", list.join("; "))).with_remedy(
            "Correct the fields listed under `errors`; /api/docs describes every route.",
        );
        problem.errors = errors;
        problem.into()
    }

    /// A fault of the server or of what it depends on; the cause is for the log alone.
    pub(crate) fn because(code: ErrorCode, detail: &str, cause: impl std::fmt::Display) -> Self {
        Self {
            problem: Box::new(Problem::new(code, detail)),
            cause: Some(Arc::from(cause.to_string())),
            retry_after: None,
        }
    }

    /// Refused for this long: too many in too short a time.
    pub(crate) fn too_often(detail: &str, wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let problem = Problem::new(ErrorCode::RateLimited, detail);
        let problem = problem.with_remedy(format!("Try again in {seconds} s."));
        Self {
            retry_after: Some(seconds),
            ..problem.into()
        }
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self {
            problem: Box::new(problem),
            cause: None,
            retry_after: None,
        }
    }
}

impl From<mosaic_storage::Error> for ApiError {
    fn from(error: mosaic_storage::Error) -> Self {
        if error.is_transient() {
            return Self::because(
                ErrorCode::Unavailable,
                "The database does not answer now.",
                error,
            );
        }
        Self::because(
            ErrorCode::Internal,
            "The request could not be carried out.",
            error,
        )
    }
}

impl From<mosaic_bus::Error> for ApiError {
    fn from(error: mosaic_bus::Error) -> Self {
        if error.is_passing() {
            return Self::because(
                ErrorCode::Unavailable,
                "The message bus does not answer now.",
                error,
            );
        }
        Self::because(
            ErrorCode::Internal,
            "The request could not be carried out.",
            error,
        )
    }
}

impl From<PasswordError> for ApiError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => {
                let detail = "Too many people sign in at this moment.";
                Self {
                    retry_after: Some(1),
                    ..Self::new(ErrorCode::Unavailable, detail)
                }
            }
            error => Self::because(
                ErrorCode::Internal,
                "The request could not be carried out.",
                error,
            ),
        }
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unavailable(cause) => Self::because(
                ErrorCode::Unavailable,
                "Who you are cannot be checked now.",
                cause,
            ),
            ended @ (Denied::Ended | Denied::MalformedSession(_)) => {
                Problem::new(ErrorCode::Unauthenticated, sentence(&ended.to_string()))
                    .with_remedy("Sign in again.")
                    .into()
            }
            refused => Self::new(ErrorCode::Unauthenticated, sentence(&refused.to_string())),
        }
    }
}

/// A text of an error as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let first: String = first.collect();
    format!("{first}{}.", letters.as_str())
}

/// The problem travels beside an empty body: the outermost layer knows the ids of the request and renders it.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.problem.code.http_status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
