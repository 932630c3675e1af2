//! The closed set of error codes and what each is called on the two wires.

use std::fmt;
use std::str::FromStr;

use http::StatusCode;
use serde::{Deserialize, Serialize};

/// What kind of error a caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ErrorCode {
    /// The request does not have the shape that was asked for.
    InvalidArgument,
    /// The caller did not prove who they are.
    Unauthenticated,
    /// The caller may not do this.
    PermissionDenied,
    /// It does not exist, or not for this caller.
    NotFound,
    /// The address exists and does not take this method.
    MethodNotAllowed,
    /// It contradicts what is stored.
    Conflict,
    /// The body is larger than the server takes.
    PayloadTooLarge,
    /// The body is not of a type that the server reads.
    UnsupportedMediaType,
    /// The shape is right and a value is out of its bounds.
    Unprocessable,
    /// Too much at once or in too short a time.
    RateLimited,
    /// Something that is needed does not answer now.
    Unavailable,
    /// It took longer than it may.
    DeadlineExceeded,
    /// A fault of the server.
    Internal,
}

/// One row of the mapping table.
struct Mapping {
    name: &'static str,
    title: &'static str,
    http: StatusCode,
    grpc: tonic::Code,
    remedy: &'static str,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 13] = [
        Self::InvalidArgument,
        Self::Unauthenticated,
        Self::PermissionDenied,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::Unprocessable,
        Self::RateLimited,
        Self::Unavailable,
        Self::DeadlineExceeded,
        Self::Internal,
    ];

    /// Both wires side by side: name, title, HTTP status, gRPC status, and what to do when nothing better is known.
    #[rustfmt::skip]
    const fn mapping(self) -> Mapping {
        use StatusCode as H;
        use tonic::Code as G;
        let (name, title, http, grpc, remedy) = match self {
            Self::InvalidArgument => ("invalid_argument", "The request is not valid", H::BAD_REQUEST, G::InvalidArgument, "Correct the request as the detail says; /api/docs describes every route."),
            Self::Unauthenticated => ("unauthenticated", "Authentication is required", H::UNAUTHORIZED, G::Unauthenticated, "Send a valid API token as `Authorization: Bearer mos_…`."),
            Self::PermissionDenied => ("permission_denied", "This is not allowed", H::FORBIDDEN, G::PermissionDenied, "Ask an owner or admin of the workspace to do it or to change your role."),
            Self::NotFound => ("not_found", "Not found", H::NOT_FOUND, G::NotFound, "Check the id; it may have been deleted, or belong to somebody else."),
            Self::MethodNotAllowed => ("method_not_allowed", "The method is not allowed here", H::METHOD_NOT_ALLOWED, G::Unimplemented, "Use one of the methods in the `Allow` header; /api/docs describes every route."),
            Self::Conflict => ("conflict", "The request contradicts what is stored", H::CONFLICT, G::Aborted, "Read the current state and try again."),
            Self::PayloadTooLarge => ("payload_too_large", "The body is too large", H::PAYLOAD_TOO_LARGE, G::OutOfRange, "Send less at once, or raise gateway.max_body_bytes on the server."),
            Self::UnsupportedMediaType => ("unsupported_media_type", "The type of the body is not supported", H::UNSUPPORTED_MEDIA_TYPE, G::InvalidArgument, "Send JSON with the header `Content-Type: application/json`."),
            Self::Unprocessable => ("unprocessable", "A value is out of its bounds", H::UNPROCESSABLE_ENTITY, G::FailedPrecondition, "Correct the fields listed under `errors`."),
            Self::RateLimited => ("rate_limited", "Too much at once", H::TOO_MANY_REQUESTS, G::ResourceExhausted, "Wait a moment and try again."),
            Self::Unavailable => ("unavailable", "Temporarily unavailable", H::SERVICE_UNAVAILABLE, G::Unavailable, "Nothing was lost; try again in a moment. If it stays, look at /readyz on the admin port."),
            Self::DeadlineExceeded => ("deadline_exceeded", "It took too long", H::GATEWAY_TIMEOUT, G::DeadlineExceeded, "Try again; with the same idempotency key nothing is done twice."),
            Self::Internal => ("internal", "An error of the server", H::INTERNAL_SERVER_ERROR, G::Internal, "Report it with the trace id; the log of the service says more."),
        };
        Mapping { name, title, http, grpc, remedy }
    }

    /// The name on the wire, e.g. `not_found`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.mapping().name
    }

    /// A short title for people; the same for every error of this code.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.mapping().title
    }

    /// The HTTP status.
    #[must_use]
    pub const fn http_status(self) -> StatusCode {
        self.mapping().http
    }

    /// The gRPC status code.
    #[must_use]
    pub const fn grpc_code(self) -> tonic::Code {
        self.mapping().grpc
    }

    /// What to do when the place of the error knows nothing better.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        self.mapping().remedy
    }

    /// The `type` of a problem of this code.
    #[must_use]
    pub fn type_uri(self) -> String {
        format!("urn:mosaic:problem:{}", self.as_str())
    }

    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Unavailable | Self::DeadlineExceeded
        )
    }

    /// The code that describes an HTTP status best; for clients of other servers and for layers that only know a status.
    #[must_use]
    pub fn from_http_status(status: StatusCode) -> Self {
        Self::ALL
            .into_iter()
            .find(|code| code.http_status() == status)
            .unwrap_or(if status.is_client_error() {
                Self::InvalidArgument
            } else {
                Self::Internal
            })
    }

    /// The code that describes a gRPC status best.
    #[must_use]
    pub const fn from_grpc_code(code: tonic::Code) -> Self {
        use tonic::Code as G;
        match code {
            G::InvalidArgument => Self::InvalidArgument,
            G::Unauthenticated => Self::Unauthenticated,
            G::PermissionDenied => Self::PermissionDenied,
            G::NotFound => Self::NotFound,
            G::Unimplemented => Self::MethodNotAllowed,
            G::Aborted | G::AlreadyExists => Self::Conflict,
            G::OutOfRange => Self::PayloadTooLarge,
            G::FailedPrecondition => Self::Unprocessable,
            G::ResourceExhausted => Self::RateLimited,
            G::Unavailable | G::Cancelled => Self::Unavailable,
            G::DeadlineExceeded => Self::DeadlineExceeded,
            G::Ok | G::Unknown | G::Internal | G::DataLoss => Self::Internal,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCode;

impl FromStr for ErrorCode {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .into_iter()
            .find(|code| code.as_str() == text)
            .ok_or(UnknownCode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_one_name_in_json_and_in_text() {
        for code in ErrorCode::ALL {
            let json = serde_json::to_value(code).unwrap();
            assert_eq!(json, code.as_str());
            assert_eq!(code.as_str().parse(), Ok(code));
        }
    }

    #[test]
    fn a_code_survives_http() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_http_status(code.http_status()), code);
        }
    }

    #[test]
    fn a_code_survives_grpc_up_to_what_grpc_does_not_tell_apart() {
        for code in ErrorCode::ALL {
            let back = ErrorCode::from_grpc_code(code.grpc_code());
            assert_eq!(back.grpc_code(), code.grpc_code(), "{code}");
        }
    }

    #[test]
    fn an_unknown_status_keeps_its_class() {
        let code = ErrorCode::from_http_status;
        assert_eq!(code(StatusCode::IM_A_TEAPOT), ErrorCode::InvalidArgument);
        assert_eq!(code(StatusCode::BAD_GATEWAY), ErrorCode::Internal);
    }
}
