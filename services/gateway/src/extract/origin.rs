//! Where people find the web page: what the links begin with that are handed out here.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::HOST;
use http::request::Parts;

use super::own_page;
use crate::state::Gateway;

/// The configured origin of the page or, where none is configured, the one that the request went to.
#[derive(Debug, Clone)]
pub(crate) struct Origin(pub String);

impl FromRequestParts<Gateway> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Infallible> {
        if let Some(origin) = &gateway.limits.public_origin {
            return Ok(Self(origin.to_string()));
        }
        let scheme = if own_page::is_secure(parts, &gateway.limits) {
            "https"
        } else {
            "http"
        };
        let header = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = header.or_else(|| Some(parts.uri.authority()?.as_str()));
        Ok(Self(host.map_or_else(String::new, |host| {
            format!("{scheme}://{host}")
        })))
    }
}
