//! The HTTP hop to a provider: time-outs, limits, and errors in our own terms.

mod body;
mod deadlines;
mod failure;
mod frames;

use std::time::Duration;

use futures::StreamExt;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

pub(crate) use body::BodyStream;
use deadlines::Deadlines;
pub(crate) use failure::ErrorBody;
pub(crate) use frames::{Decode, Decoded, completion_stream, lines, server_sent_events};

use crate::config::Timeouts;
use crate::{LlmError, LlmErrorKind, TimeoutOverrides};

/// How a provider's protocol carries the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyHeader {
    /// `authorization: Bearer <key>`.
    Bearer,
    /// `x-api-key: <key>`.
    XApiKey,
}

/// Reads the provider's own error shape out of a body that came with a failing status or inside a stream.
pub(crate) type ReadError = fn(&Value) -> Option<ErrorBody>;

/// One provider's connection pool with everything that its errors need.
#[derive(Debug)]
pub(crate) struct Http {
    provider: String,
    base: String,
    key: Option<SecretString>,
    headers: HeaderMap,
    client: Client,
    timeouts: Timeouts,
    read_error: ReadError,
}

/// What an [`Http`] is made of.
pub(crate) struct HttpParts {
    pub(crate) provider: String,
    pub(crate) base: Url,
    pub(crate) key: Option<SecretString>,
    pub(crate) key_header: KeyHeader,
    pub(crate) fixed_headers: &'static [(&'static str, &'static str)],
    pub(crate) timeouts: Timeouts,
    pub(crate) read_error: ReadError,
}

impl Http {
    pub(crate) fn new(parts: HttpParts) -> Result<Self, LlmError> {
        let HttpParts {
            provider,
            base,
            key,
            key_header,
            fixed_headers,
            timeouts,
            read_error,
        } = parts;
        let mut headers = HeaderMap::new();
        for (name, value) in fixed_headers {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        if let Some(key) = &key {
            let (name, text) = match key_header {
                KeyHeader::Bearer => ("authorization", format!("Bearer {}", key.expose_secret())),
                KeyHeader::XApiKey => ("x-api-key", key.expose_secret().to_owned()),
            };
            let mut value = HeaderValue::from_str(&text).map_err(|_| {
                LlmError::new(
                    LlmErrorKind::Auth,
                    &provider,
                    "the key holds characters that cannot be sent in a header, such as a line break",
                )
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let mut builder = Client::builder()
            .connect_timeout(timeouts.connect)
            .user_agent(concat!("mosaic/", env!("CARGO_PKG_VERSION")))
            // A redirect would carry `x-api-key` to wherever it points.
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| {
            let reason = failure::chain(&error.without_url());
            LlmError::new(
                LlmErrorKind::Network,
                &provider,
                format!("no HTTP client could be built: {reason}"),
            )
        })?;
        let base = base.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            provider,
            base,
            key,
            headers,
            client,
            timeouts,
            read_error,
        })
    }

    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    /// Posts a completion request and returns the body of a successful answer as it arrives.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: &Value,
        overrides: &TimeoutOverrides,
    ) -> Result<BodyStream, LlmError> {
        let deadlines = Deadlines::start(&self.timeouts, overrides);
        let request = self.client.post(format!("{}{path}", self.base)).json(body);
        let response = self.send(request, deadlines).await?;
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|it| it.to_str().ok());
        let is_document = content_type
            .is_some_and(|it| it.starts_with("application/json") || it.starts_with("text/html"));
        if is_document {
            // A stream was asked for: a whole document is an error report under status 200 or another server's page.
            return Err(self.failure(response, deadlines).await);
        }
        Ok(BodyStream::new(response, &self.provider, deadlines))
    }

    /// Gets a small JSON document.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, LlmError> {
        let deadlines = Deadlines::lookup(&self.timeouts);
        let response = self
            .send(self.client.get(format!("{}{path}", self.base)), deadlines)
            .await?;
        let status = response.status().as_u16();
        let bytes = body::read_limited(response, &self.provider, deadlines).await?;
        serde_json::from_slice(&bytes).map_err(|_| {
            self.error(LlmErrorKind::Protocol, "the answer is not JSON")
                .with_status(status)
        })
    }

    /// Posts a request and reads its answer, which is one JSON document.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
        limit: Duration,
    ) -> Result<T, LlmError> {
        let deadlines = Deadlines::within(limit, &self.timeouts);
        let request = self.client.post(format!("{}{path}", self.base)).json(body);
        let response = self.send(request, deadlines).await?;
        let status = response.status().as_u16();
        let bytes = body::read_limited(response, &self.provider, deadlines).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            // The kind of fault and its place, not what stands there.
            let told = format!(
                "the answer has another form than expected ({:?} error, column {})",
                error.classify(),
                error.column()
            );
            self.error(LlmErrorKind::Protocol, &told)
                .with_status(status)
        })
    }

    /// An error of this provider; the text is freed of the key and trimmed.
    pub(crate) fn error(&self, kind: LlmErrorKind, message: &str) -> LlmError {
        LlmError::new(
            kind,
            &self.provider,
            failure::clean(message, self.key.as_ref()),
        )
    }

    /// The error that a provider reported inside a stream whose status was a success.
    pub(crate) fn reported(&self, report: &Value) -> LlmError {
        failure::Failure {
            provider: &self.provider,
            key: self.key.as_ref(),
            status: None,
            retry_after: None,
            redirect: None,
        }
        .into_error((self.read_error)(report), "")
    }

    async fn send(
        &self,
        request: RequestBuilder,
        deadlines: Deadlines,
    ) -> Result<Response, LlmError> {
        let sending = request.headers(self.headers.clone()).send();
        let response = tokio::time::timeout_at(deadlines.first_byte, sending)
            .await
            .map_err(|_| self.error(LlmErrorKind::Timeout, "no answer came in time"))?
            .map_err(|error| failure::transport(&self.provider, error))?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(self.failure(response, deadlines).await)
        }
    }

    async fn failure(&self, response: Response, deadlines: Deadlines) -> LlmError {
        let failure = failure::Failure {
            provider: &self.provider,
            key: self.key.as_ref(),
            status: Some(response.status().as_u16()),
            retry_after: failure::retry_after(response.headers()),
            redirect: response
                .headers()
                .get("location")
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
        };
        // A body that cannot be read takes nothing away from the status.
        let bytes = body::read_limited(response, &self.provider, deadlines)
            .await
            .unwrap_or_default();
        let report = serde_json::from_slice::<Value>(&bytes).ok();
        let told = report.as_ref().and_then(self.read_error);
        failure.into_error(told, &String::from_utf8_lossy(&bytes))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Reads what is left so that the connection can be used again; never waits long for a server that goes on talking.
pub(crate) async fn drain<S>(stream: &mut S)
where
    S: futures::Stream + Unpin + Send,
{
    const PATIENCE: Duration = Duration::from_millis(50);
    const MOST_ITEMS: usize = 64;
    let rest = async {
        for _ in 0..MOST_ITEMS {
            if stream.next().await.is_none() {
                break;
            }
        }
    };
    drop(tokio::time::timeout(PATIENCE, rest).await);
}
