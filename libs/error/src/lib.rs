//! One closed error code with its gRPC status and HTTP problem mappings.
