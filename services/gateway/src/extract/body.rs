//! The JSON body of a request.

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use mosaic_error::{ErrorCode, Problem};
use serde::de::DeserializeOwned;

use super::message::field_problem;
use crate::error::{ApiError, ApiResult};
use crate::state::Gateway;

/// How much of a body that is too large is read and thrown away, so that its sender gets to read the answer instead of
/// finding the connection cut in the middle of sending.
const DISCARD: usize = 16 << 20;

/// A JSON body. Its types refuse unknown fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Gateway> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, gateway: &Gateway) -> ApiResult<Self> {
        Self::within(request, gateway.limits.max_body_bytes).await
    }
}

impl<T: DeserializeOwned> JsonBody<T> {
    /// A body of at most so many bytes: what strangers send is held in memory too.
    pub(crate) async fn within(request: Request, limit: usize) -> ApiResult<Self> {
        require_json(request.headers())?;
        let body = read(request.into_body(), limit).await?;
        parse(&body).map(Self)
    }
}

/// A body that may be absent altogether, as that of a request that needs none.
impl<T: DeserializeOwned + Default> axum::extract::OptionalFromRequest<Gateway> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, gateway: &Gateway) -> ApiResult<Option<Self>> {
        if request.body().is_end_stream() {
            return Ok(None);
        }
        <Self as FromRequest<Gateway>>::from_request(request, gateway)
            .await
            .map(Some)
    }
}

fn require_json(headers: &HeaderMap) -> ApiResult<()> {
    let coding = headers.get(CONTENT_ENCODING);
    if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let detail = "The body is compressed, which is not read here: send it as it is.";
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType, detail));
    }
    let header = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = header
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    if essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
    {
        return Ok(());
    }
    let detail = match header {
        Some(other) => format!("The body is `{other}`, which is not read here."),
        None => "The request does not say what its body is.".to_owned(),
    };
    Err(ApiError::new(ErrorCode::UnsupportedMediaType, detail))
}

async fn read(body: Body, limit: usize) -> ApiResult<Bytes> {
    let mut parts = body.into_data_stream();
    let (mut whole, mut size) = (BytesMut::new(), 0_usize);
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| {
            ApiError::new(
                ErrorCode::InvalidArgument,
                format!("The body could not be read: {error}."),
            )
        })?;
        size = size.saturating_add(part.len());
        if size <= limit {
            whole.extend_from_slice(&part);
        } else {
            whole.clear();
            if size > limit.saturating_add(DISCARD) {
                break;
            }
        }
    }
    if size > limit {
        let detail = format!("The body is larger than {limit} bytes.");
        return Err(ApiError::new(ErrorCode::PayloadTooLarge, detail));
    }
    Ok(whole.freeze())
}

/// Reads JSON of the wanted shape, or says which field does not fit.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> ApiResult<T> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::new(
            ErrorCode::InvalidArgument,
            "The body is empty; a JSON object is expected.",
        ));
    }
    // A list would be read as the fields in their order, and what is too much of it passed over.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        let problem = "invalid type: sequence, expected an object";
        return Err(field_problem("body", "", problem));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.inner();
        if inner.is_data() {
            field_problem("body", &path, &inner.to_string())
        } else {
            malformed(inner)
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(read)
}

fn malformed(error: &serde_json::Error) -> ApiError {
    Problem::new(
        ErrorCode::InvalidArgument,
        format!("The body is not JSON: {error}."),
    )
    .with_remedy("Send one JSON object.")
    .into()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Note {
        #[expect(dead_code, reason = "only its shape matters")]
        content: String,
    }

    fn problem(body: &str) -> Problem {
        *parse::<Note>(body.as_bytes()).unwrap_err().problem
    }

    #[test]
    fn a_body_that_does_not_fit_names_its_field() {
        assert_eq!(
            problem(r#"{"content":"x","extra":1}"#).errors[0].field,
            "extra"
        );
        assert_eq!(problem(r#"{"content":1}"#).errors[0].field, "content");
        assert_eq!(problem("{}").errors[0].field, "content");
        assert_eq!(problem("[]").errors[0].field, "body");
        assert_eq!(problem(r#" ["x"]"#).errors[0].field, "body");
    }

    #[test]
    fn a_body_that_is_no_json_says_where_it_breaks() {
        for body in [r#"{"content":"#, r#"{"content":"a"} x"#, "hello"] {
            let detail = problem(body).detail;
            assert!(
                detail.contains("not JSON") && detail.contains("column"),
                "{detail}"
            );
        }
        assert!(problem(" \n").detail.contains("empty"));
    }
}
