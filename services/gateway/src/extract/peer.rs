//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use mosaic_config::Network;

/// The address at the other end of the connection or, where that is a trusted proxy, the one for which it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub IpAddr);

impl Peer {
    /// Where this request comes from.
    #[must_use]
    pub(crate) fn of(parts: &Parts) -> Self {
        // The listener puts it there; who comes another way shares one place.
        let unknown = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        parts.extensions.get().copied().unwrap_or(unknown)
    }

    /// The one for whom proxies ask: the last address in the list that is none of theirs. What stands before it is what it says
    /// of itself, and believed by nobody.
    #[must_use]
    pub(crate) fn behind(self, headers: &HeaderMap, proxies: &[Network]) -> Self {
        let trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
        let lines = headers.get_all("x-forwarded-for").into_iter();
        // What cannot be read is nobody's address, and ends the list.
        let named: Vec<&str> = lines
            .flat_map(|line| line.to_str().unwrap_or("?").split(','))
            .collect();
        let mut peer = self.0;
        for name in named.into_iter().rev() {
            if !trusted(peer) {
                break;
            }
            let Some(address) = address(name.trim()) else {
                break;
            };
            peer = address;
        }
        Self(peer)
    }
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = bare.parse().ok().or_else(with_port)?;
    Some(IpAddr::to_canonical(&address))
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[&'static str]) -> String {
        let proxies = ["10.0.0.0/8", "::1"].map(|text| text.parse().unwrap());
        let lines = lines.iter().map(|line| {
            let name = http::HeaderName::from_static("x-forwarded-for");
            (name, http::HeaderValue::from_static(line))
        });
        let headers = lines.collect::<HeaderMap>();
        let Peer(address) = Peer(peer.parse().unwrap()).behind(&headers, &proxies);
        address.to_string()
    }

    #[test]
    fn a_trusted_proxy_is_believed_for_whom_it_asks() {
        assert_eq!(seen("10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(seen("10.0.0.1", &["203.0.113.7, 10.0.0.2"]), "203.0.113.7");
        assert_eq!(
            seen("10.0.0.1", &["203.0.113.7", "10.0.0.2"]),
            "203.0.113.7"
        );
        assert_eq!(seen("::1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(seen("::1", &["203.0.113.7:80"]), "203.0.113.7");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_somebody_says_of_themselves_is_believed_by_nobody() {
        assert_eq!(seen("203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(
            seen("10.0.0.1", &["198.51.100.1, 203.0.113.7"]),
            "203.0.113.7"
        );
        assert_eq!(seen("10.0.0.1", &["198.51.100.1", "nonsense"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["10.9.9.9, 203.0.113.7"]), "203.0.113.7");
    }
}
