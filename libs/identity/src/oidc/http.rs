//! The way to a provider: the workspace's HTTP client behind the interface of `openidconnect`.
//!
//! No redirect is followed (a provider that redirects its token endpoint would be sent the client's secret elsewhere), answers are
//! bounded, and only https is spoken, or http with a provider on this machine: one that is elsewhere sends nobody to what answers
//! here.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::{Host, Url};

use super::error::OidcError;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// The largest answer: metadata and keys are a few kilobytes.
const LARGEST: usize = 1 << 20;

/// The client.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: reqwest::Client,
    reach: Reach,
}

/// Where a provider may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// By https alone.
    Https,
    /// By http, too, on this machine, where it is itself.
    ThisMachine,
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("{}", chain(.0))]
    Request(#[from] reqwest::Error),
    /// Whatever stands in the body: it is not itself, and says nothing of the person.
    #[error("it answers {0}")]
    Down(http::StatusCode),
    #[error("its answer is larger than {LARGEST} bytes")]
    TooLarge,
    #[error("it names {0}, which is neither https nor on this machine beside it")]
    Insecure(String),
    #[error(transparent)]
    Response(#[from] http::Error),
}

impl Http {
    /// A client of a provider with this reach that also trusts these certificates (PEM).
    pub(super) fn new(reach: Reach, authorities: Option<&[u8]>) -> Result<Self, OidcError> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("mosaic/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = authorities {
            let bundle = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|error| OidcError::Settings(format!("ca_file: {}", chain(&error))))?;
            builder = builder.tls_certs_merge(bundle);
        }
        let client = builder
            .build()
            .map_err(|error| OidcError::Settings(chain(&error)))?;
        Ok(Self { client, reach })
    }

    /// Whether the provider may lead there.
    pub(super) fn reaches(&self, url: &Url) -> bool {
        self.reach.contains(url)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        if !self.reaches(request.url()) {
            return Err(HttpError::Insecure(request.url().to_string()));
        }
        let mut answer = self.client.execute(request).await?;
        if answer.status().is_server_error() {
            return Err(HttpError::Down(answer.status()));
        }
        let mut whole = Vec::new();
        while let Some(part) = answer.chunk().await? {
            if whole.len() + part.len() > LARGEST {
                return Err(HttpError::TooLarge);
            }
            whole.extend_from_slice(&part);
        }
        let mut response = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        Ok(response.body(whole)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl Reach {
    /// Where a provider with this issuer may lead; nowhere if nothing would stay between the two.
    pub(super) fn of(issuer: &Url) -> Option<Self> {
        if Self::Https.contains(issuer) {
            Some(Self::Https)
        } else {
            Some(Self::ThisMachine).filter(|reach| reach.contains(issuer))
        }
    }

    /// Whether it may lead there, and what is sent there stays between the two.
    pub(super) fn contains(self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => self == Self::ThisMachine && is_on_this_machine(url),
            _ => false,
        }
    }
}

fn is_on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An error with what it comes from: `reqwest` says the reason only there.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_travel_by_https_or_stay_on_this_machine() {
        let safe = |text: &str| Reach::of(&Url::parse(text).unwrap()).is_some();
        for good in [
            "https://login.example.com/token",
            "http://127.0.0.1:9000/token",
            "http://[::1]:9000/token",
            "http://localhost:9000/",
        ] {
            assert!(safe(good), "{good}");
        }
        for bad in [
            "http://login.example.com/token",
            "http://10.0.0.1/",
            "http://localhost.example.com/",
            "ftp://localhost/",
        ] {
            assert!(!safe(bad), "{bad}");
        }
    }

    #[test]
    fn a_provider_elsewhere_leads_to_nothing_on_this_machine() {
        let url = |text: &str| Url::parse(text).unwrap();
        let (here, inner) = (
            url("http://127.0.0.1:9000/"),
            url("http://localhost:14242/"),
        );
        let elsewhere = Reach::of(&url("https://login.example.com")).unwrap();
        assert!(!elsewhere.contains(&inner));
        assert!(elsewhere.contains(&url("https://keys.example.com/")));
        assert!(Reach::of(&here).unwrap().contains(&inner));
    }
}
