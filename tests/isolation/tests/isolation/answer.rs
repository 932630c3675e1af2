//! What came back.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::StreamExt as _;
use reqwest::{RequestBuilder, Response};
use tokio::time::timeout;

/// How long a stream is listened to.
const LISTEN: Duration = Duration::from_millis(250);

/// Headers that say nothing of what was asked for, and differ from answer to answer.
const PASSING: [&str; 3] = ["date", "x-request-id", "retry-after"];

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Name and value, each on a line.
    headers: String,
    pub(crate) body: String,
    request_id: String,
    pub(crate) took: Duration,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> anyhow::Result<Self> {
        let began = Instant::now();
        let response = request.send().await?;
        let took = began.elapsed();
        let status = response.status().as_u16();
        let text = |name: &str| {
            let value = response.headers().get(name);
            let value = value.and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let request_id = text("x-request-id");
        let streams = text("content-type").starts_with("text/event-stream");
        let headers = response
            .headers()
            .iter()
            .filter(|(name, _)| {
                let name = name.as_str();
                !PASSING.contains(&name) && !name.contains("ratelimit")
            })
            .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
            .collect::<Vec<_>>()
            .concat();
        let body = if status == 101 {
            String::new()
        } else if streams {
            listen(response).await
        } else {
            response.text().await.context("the body")?
        };
        Ok(Self {
            status,
            headers,
            body,
            request_id,
            took,
        })
    }

    /// Headers and body.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.headers, self.body)
    }

    /// The same without what names the request and what it asked for.
    pub(crate) fn apart_from(&self, asked: &[String]) -> String {
        let mut text = format!("{} {}", self.status, self.text());
        for one in asked.iter().chain([&self.request_id]) {
            if !one.is_empty() {
                text = text.replace(one.as_str(), "…");
            }
        }
        text
    }
}

/// What a stream says in its first moments.
async fn listen(response: Response) -> String {
    let (mut stream, mut heard) = (response.bytes_stream(), Vec::new());
    let _ = timeout(LISTEN, async {
        while let Some(Ok(part)) = stream.next().await {
            heard.extend_from_slice(&part);
        }
    })
    .await;
    String::from_utf8_lossy(&heard).into_owned()
}
