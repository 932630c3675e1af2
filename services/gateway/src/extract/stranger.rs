//! What somebody sends who has not proved who they are: little, and not on behalf of another site.

use std::net::IpAddr;

use axum::extract::{FromRequest, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{JsonBody, Peer, own_page};
use crate::error::{ApiError, ApiResult};
use crate::state::Gateway;

/// Whoever is not signed in gets no more read of what they send.
const LARGEST: usize = 4 << 10;

/// A request of a stranger. Whatever a browser sends for another site is refused before its body is read.
#[derive(Debug)]
pub(crate) struct Stranger<T> {
    /// Its head.
    pub parts: Parts,
    /// From where it comes.
    pub address: IpAddr,
    /// Its body. Its type refuses unknown fields.
    pub body: T,
}

impl<T: DeserializeOwned> FromRequest<Gateway> for Stranger<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, gateway: &Gateway) -> ApiResult<Self> {
        let (parts, body) = request.into_parts();
        own_page::refuse_other_sites(&parts, &gateway.limits)?;
        let Peer(address) = Peer::of(&parts);
        let request = Request::from_parts(parts.clone(), body);
        let JsonBody(body) = JsonBody::within(request, LARGEST).await?;
        Ok(Self {
            parts,
            address,
            body,
        })
    }
}
