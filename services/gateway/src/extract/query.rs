//! The query of a request.

use std::error::Error as _;

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::message::field_problem;
use crate::error::ApiError;

/// The query parameters. Their types refuse unknown names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryString<T>(pub T);

impl<S, T> FromRequestParts<S> for QueryString<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = Query::try_from_uri(&parts.uri).map_err(|rejection| {
            let text = rejection
                .source()
                .map_or_else(|| rejection.body_text(), ToString::to_string);
            // `limit: invalid digit …`: the path comes before the error where there is one.
            match text.split_once(": ") {
                Some((path, error)) if !path.contains(' ') => field_problem("query", path, error),
                _ => field_problem("query", "", &text),
            }
        })?;
        let Query(query) = query;
        Ok(Self(query))
    }
}
