//! One closed error code with its gRPC status and HTTP problem mappings.
//!
//! Every error that leaves a service is one [`ErrorCode`] with a sentence about what happened and one about what
//! to do. Over HTTP it travels as a [`Problem`] (RFC 9457), over gRPC as a status; [`code`] holds both mappings
//! side by side, so that the two surfaces cannot disagree.

pub mod code;
mod grpc;
mod problem;

pub use code::ErrorCode;
pub use problem::{FieldError, PROBLEM_JSON, Problem};
