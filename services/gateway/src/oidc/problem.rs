//! Why a sign-in at a provider did not lead in here. A browser that comes from elsewhere is shown no JSON: it is led to the sign-in
//! page, which knows these codes. More than the code is for the log.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use mosaic_error::ErrorCode;
use mosaic_identity::OidcError;
use mosaic_storage::OidcRefusal;

use crate::error::ApiError;

/// A reason, as the sign-in page knows it. docs/guides/single-sign-on.md lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInProblem {
    /// The person gave up, or the provider did not let them in.
    Cancelled,
    /// It was begun too long ago, in another browser, or was finished before.
    Expired,
    /// The provider, or Mosaic's own record, does not answer.
    Unavailable,
    /// What the provider says does not hold.
    Invalid,
    /// There is no such provider.
    Unknown,
    /// There is no account for them.
    NotInvited,
    /// There is an account with their address that is not known to be theirs.
    AccountExists,
    /// Their account is deactivated or banned.
    Inactive,
    /// None of their groups lets them in.
    NoAccess,
    /// The identity belongs to another account.
    Taken,
    /// The installation has no admin yet.
    NotSetUp,
    /// Whoever wants to link an identity is not signed in.
    SignedOut,
}

impl SignInProblem {
    const fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Unavailable => "provider_unavailable",
            Self::Invalid => "invalid_answer",
            Self::Unknown => "unknown_provider",
            Self::NotInvited => "not_invited",
            Self::AccountExists => "account_exists",
            Self::Inactive => "account_inactive",
            Self::NoAccess => "no_access",
            Self::Taken => "identity_taken",
            Self::NotSetUp => "not_set_up",
            Self::SignedOut => "signed_out",
        }
    }

    /// What an error of the provider is to the person. The log has the rest.
    pub(super) fn of(error: &OidcError, provider: &str) -> Self {
        match error {
            OidcError::Unavailable(_) | OidcError::Settings(_) => {
                tracing::warn!(provider, %error, "somebody could not sign in");
                Self::Unavailable
            }
            OidcError::Untrusted(_) | OidcError::Refused { .. } => {
                tracing::warn!(provider, %error, "somebody was not let in");
                Self::Invalid
            }
        }
    }
}

impl From<OidcRefusal> for SignInProblem {
    fn from(refusal: OidcRefusal) -> Self {
        match refusal {
            OidcRefusal::NoAccount => Self::NotInvited,
            OidcRefusal::AccountExists => Self::AccountExists,
            OidcRefusal::Disabled => Self::Inactive,
            OidcRefusal::NoAccess => Self::NoAccess,
            OidcRefusal::Taken => Self::Taken,
            OidcRefusal::NotSetUp => Self::NotSetUp,
            OidcRefusal::SignedOut => Self::SignedOut,
        }
    }
}

impl From<mosaic_storage::Error> for SignInProblem {
    fn from(error: mosaic_storage::Error) -> Self {
        tracing::error!(%error, "somebody could not sign in");
        Self::Unavailable
    }
}

impl From<ApiError> for SignInProblem {
    fn from(error: ApiError) -> Self {
        match error.problem.code {
            ErrorCode::Unauthenticated | ErrorCode::PermissionDenied => Self::SignedOut,
            _ => Self::Unavailable,
        }
    }
}

impl IntoResponse for SignInProblem {
    fn into_response(self) -> Response {
        let place = format!("/sign-in?problem={}", self.code());
        (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
    }
}
