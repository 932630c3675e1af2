//! The id in a path.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use mosaic_domain::id::InvalidId;
use mosaic_error::{ErrorCode, Problem};

use crate::error::ApiError;

/// The only parameter of a path, as an id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PathId<T>(pub T);

impl<S, T> FromRequestParts<S> for PathId<T>
where
    S: Send + Sync,
    T: FromStr<Err = InvalidId>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text): Path<String> = Path::from_request_parts(parts, state)
            .await
            .map_err(|error| ApiError::new(ErrorCode::InvalidArgument, error.body_text()))?;
        let id = text.parse().map_err(|error: InvalidId| {
            Problem::new(ErrorCode::InvalidArgument, format!("The {error}."))
                .with_remedy("Use the id as the API returned it.")
                .with_field("id", "is not a UUID")
        })?;
        Ok(Self(id))
    }
}
