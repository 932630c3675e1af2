//! Problems as gRPC statuses and back.

use tonic::Status;
use tonic::metadata::MetadataValue;

use crate::{ErrorCode, Problem};

/// Trailer that carries the code where gRPC has no word of its own for it.
const CODE: &str = "mosaic-code";

impl From<Problem> for Status {
    fn from(problem: Problem) -> Self {
        let mut status = Self::new(problem.code.grpc_code(), problem.detail);
        status
            .metadata_mut()
            .insert(CODE, MetadataValue::from_static(problem.code.as_str()));
        status
    }
}

impl From<&Status> for Problem {
    fn from(status: &Status) -> Self {
        let named = status
            .metadata()
            .get(CODE)
            .and_then(|value| value.to_str().ok());
        let code = named
            .and_then(|name| name.parse().ok())
            .unwrap_or_else(|| ErrorCode::from_grpc_code(status.code()));
        Self::new(code, status.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_keeps_its_code_over_grpc() {
        for code in ErrorCode::ALL {
            let status = Status::from(Problem::new(code, "why"));
            assert_eq!(status.code(), code.grpc_code());
            let back = Problem::from(&status);
            assert_eq!((back.code, back.detail.as_str()), (code, "why"));
        }
    }

    #[test]
    fn a_status_of_another_server_gets_the_nearest_code() {
        assert_eq!(
            Problem::from(&Status::not_found("x")).code,
            ErrorCode::NotFound
        );
        assert_eq!(
            Problem::from(&Status::unknown("x")).code,
            ErrorCode::Internal
        );
    }
}
