//! The HTTP hop: one connection pool, the token, time limits, errors in our own terms.

use std::fmt;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::{Error, Problem, Result};

const USER_AGENT: &str = concat!("mosaic-client/", env!("CARGO_PKG_VERSION"));

/// Where the gateway is and how long to wait for it.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// `http://host:port`, with a path where a proxy puts the gateway below one.
    pub url: String,
    /// The API token; without one only public routes answer.
    pub token: Option<SecretString>,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
    /// How long an answer that is no stream may take.
    pub request_timeout: Duration,
    /// A stream that says nothing for this long, not even a sign of life, counts as broken. The gateway gives a sign
    /// every 15 s by default.
    pub stream_silence: Duration,
}

impl ClientOptions {
    /// Usual time limits.
    #[must_use]
    pub fn new(url: impl Into<String>, token: Option<SecretString>) -> Self {
        Self {
            url: url.into(),
            token,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(40),
            stream_silence: Duration::from_secs(50),
        }
    }
}

/// A client of one gateway. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Client {
    base: Url,
    calls: reqwest::Client,
    streams: reqwest::Client,
    limits: Limits,
    /// Whether it acts with a session instead of a token.
    session: bool,
}

/// How long to wait for what.
#[derive(Clone, Copy)]
struct Limits {
    connect: Duration,
    request: Duration,
    silence: Duration,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Checks address and token; connects with the first call.
    pub fn new(options: ClientOptions) -> Result<Self> {
        let ClientOptions {
            url,
            token,
            connect_timeout,
            request_timeout,
            stream_silence,
        } = options;
        let limits = Limits {
            connect: connect_timeout,
            request: request_timeout,
            silence: stream_silence,
        };
        Self::build(parse_base(&url)?, limits, &headers(token.as_ref())?)
    }

    /// The same gateway with other headers, which make a session count.
    pub(crate) fn with_headers(&self, headers: HeaderMap) -> Result<Self> {
        let client = Self::build(self.base.clone(), self.limits, &headers)?;
        Ok(Self {
            session: true,
            ..client
        })
    }

    fn build(base: Url, limits: Limits, headers: &HeaderMap) -> Result<Self> {
        let build = |read_timeout: Duration| {
            let mut builder = reqwest::Client::builder()
                .user_agent(USER_AGENT)
                .default_headers(headers.clone())
                .connect_timeout(limits.connect)
                .read_timeout(read_timeout)
                .redirect(reqwest::redirect::Policy::none());
            if is_loopback(&base) {
                builder = builder.no_proxy();
            }
            builder.build().map_err(|error| Error::Address {
                address: base.to_string(),
                reason: crate::error::innermost(&error),
            })
        };
        Ok(Self {
            calls: build(limits.request)?,
            streams: build(limits.silence)?,
            base,
            limits,
            session: false,
        })
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) const fn has_session(&self) -> bool {
        self.session
    }

    /// Whether nobody on the way reads along: it is reached by https, or is on this machine.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.base.scheme() == "https" || is_loopback(&self.base)
    }

    /// The gateway's address.
    #[must_use]
    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The address of a route; the parts are escaped.
    pub(crate) fn route(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T> {
        self.call(Method::GET, url, None::<&()>).await
    }

    /// Sends a body where there is one and reads the answer as `T`.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        body: Option<&impl Serialize>,
    ) -> Result<T> {
        let what = format!("{method} {}", url.path());
        let bytes = self.exchange(method, url, body).await?;
        serde_json::from_slice(&bytes).map_err(|error| Error::Malformed {
            what,
            reason: error.to_string(),
        })
    }

    /// The same for answers without a body.
    pub(crate) async fn call_empty(&self, method: Method, url: Url) -> Result<()> {
        self.exchange(method, url, None::<&()>).await.map(drop)
    }

    /// Sends a body and expects none.
    pub(crate) async fn call_nothing(
        &self,
        method: Method,
        url: Url,
        body: &impl Serialize,
    ) -> Result<()> {
        self.exchange(method, url, Some(body)).await.map(drop)
    }

    async fn exchange(
        &self,
        method: Method,
        url: Url,
        body: Option<&impl Serialize>,
    ) -> Result<Vec<u8>> {
        let response = self.respond(method, url, body).await?;
        let bytes = response
            .bytes()
            .await
            .map_err(|error| self.failed(&error))?;
        Ok(bytes.to_vec())
    }

    /// A successful answer, its headers included.
    pub(crate) async fn respond(
        &self,
        method: Method,
        url: Url,
        body: Option<&impl Serialize>,
    ) -> Result<Response> {
        let mut request = self.calls.request(method, url).timeout(self.limits.request);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        self.accept(response).await
    }

    /// Opens an event stream.
    pub(crate) async fn open(&self, url: Url, last_event_id: Option<&str>) -> Result<Response> {
        let mut request = self.streams.get(url).header("accept", "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        // The read limit of the pool is made for silence within a stream; the answer's head must come sooner.
        let response = tokio::time::timeout(self.limits.request, request.send())
            .await
            .map_err(|_| Error::TimedOut {
                address: self.url().to_owned(),
            })?
            .map_err(|error| self.failed(&error))?;
        self.accept(response).await
    }

    async fn accept(&self, response: Response) -> Result<Response> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response
            .bytes()
            .await
            .map_err(|error| self.failed(&error))?;
        let reason = status.canonical_reason().unwrap_or_default();
        Err(Error::Refused(Box::new(Problem::read(
            status.as_u16(),
            reason,
            &body,
        ))))
    }

    pub(crate) fn failed(&self, error: &reqwest::Error) -> Error {
        Error::of_request(self.url(), error)
    }
}

fn parse_base(text: &str) -> Result<Url> {
    let refuse = |reason: &str| {
        // What cannot be read as an address may hold a password all the same: it ends at the last `@`.
        let address = Url::parse(text).map_or_else(
            |_| text.rsplit('@').next().unwrap_or_default().to_owned(),
            |url| url.origin().ascii_serialization(),
        );
        Err(Error::Address {
            address,
            reason: reason.to_owned(),
        })
    };
    match Url::parse(text) {
        Err(error) => refuse(&error.to_string()),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            refuse("it is neither http nor https")
        }
        Ok(url) if !url.has_host() => refuse("it names no host"),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            refuse("it holds credentials; a token is given apart from it")
        }
        Ok(mut url) => {
            url.set_query(None);
            url.set_fragment(None);
            Ok(url)
        }
    }
}

fn headers(token: Option<&SecretString>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        let text = format!("Bearer {}", token.expose_secret());
        let mut value = HeaderValue::from_str(&text).map_err(|_| Error::Token)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

/// A proxy is never the way to this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(url: &str) -> Result<Client> {
        Client::new(ClientOptions::new(url, None))
    }

    #[test]
    fn routes_are_escaped_and_keep_the_path_of_a_proxy() {
        let client = client("https://example.org/mosaic/").unwrap();
        let url = client.route(&["api", "runs", "a/b"]);
        assert_eq!(url.as_str(), "https://example.org/mosaic/api/runs/a%2Fb");
    }

    #[test]
    fn only_https_and_this_machine_are_private() {
        for (url, private) in [
            ("https://mosaic.example", true),
            ("http://localhost:14242", true),
            ("http://127.0.0.1:14242", true),
            ("http://[::1]:14242", true),
            ("http://mosaic.example", false),
            ("http://127.0.0.1.example", false),
            ("http://localhost.example", false),
        ] {
            assert_eq!(client(url).unwrap().is_private(), private, "{url}");
        }
    }

    #[test]
    fn an_address_that_cannot_work_is_refused_without_showing_its_password() {
        for (url, reason) in [
            ("localhost", "relative URL"),
            ("ftp://host", "neither http nor https"),
            ("http://joe:s3cret@host", "holds credentials"),
            ("http://joe:s3cret@host:port", "invalid port"),
        ] {
            let error = client(url).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
