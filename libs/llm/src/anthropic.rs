//! Anthropic messages.

mod decode;
mod request;

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use crate::config::ProviderConfig;
use crate::health;
use crate::http::{ErrorBody, Http, HttpParts, KeyHeader, completion_stream, server_sent_events};
use crate::models;
use crate::{
    CompletionRequest, CompletionStream, LlmError, LlmErrorKind, ModelInfo, Provider,
    ProviderHealth, ProviderKind,
};

/// Where Anthropic is.
pub(crate) const PUBLIC_ADDRESS: &str = "https://api.anthropic.com";

/// A provider that speaks the messages API.
#[derive(Debug)]
pub struct Anthropic {
    http: std::sync::Arc<Http>,
    default_model: Option<String>,
}

impl Anthropic {
    pub(crate) fn new(name: &str, mut base: Url, config: ProviderConfig) -> Result<Self, LlmError> {
        // Both spellings are in use; the official clients leave the version out.
        if let Some(path) = base.path().trim_end_matches('/').strip_suffix("/v1") {
            let path = path.to_owned();
            base.set_path(&path);
        }
        let http = Http::new(HttpParts {
            provider: name.to_owned(),
            base,
            key: config.api_key,
            key_header: KeyHeader::XApiKey,
            fixed_headers: &[("anthropic-version", "2023-06-01")],
            timeouts: config.timeouts,
            read_error,
        })?;
        Ok(Self {
            http: http.into(),
            default_model: config.default_model,
        })
    }
}

#[async_trait]
impl Provider for Anthropic {
    fn name(&self) -> &str {
        self.http.provider()
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Anthropic
    }

    async fn complete(&self, request: CompletionRequest) -> Result<CompletionStream, LlmError> {
        let body = request::body(&request);
        let body = self
            .http
            .post("/v1/messages", &body, &request.timeouts)
            .await?;
        let decoder = decode::Decoder::new(self.http.clone());
        Ok(completion_stream(
            server_sent_events(body, self.name()),
            decoder,
        ))
    }

    async fn list_models(&self) -> Result<Vec<ModelInfo>, LlmError> {
        let list = self.http.get("/v1/models?limit=1000").await?;
        let models = list["data"].as_array().ok_or_else(|| {
            self.http
                .error(LlmErrorKind::Protocol, "the list of models has no `data`")
        })?;
        let info = |model: &Value| {
            Some(models::info(
                model["id"].as_str()?,
                model["max_input_tokens"].as_u64(),
            ))
        };
        Ok(models.iter().filter_map(info).collect())
    }

    async fn check(&self) -> Result<ProviderHealth, LlmError> {
        health::check(self, self.default_model.as_deref()).await
    }
}

/// `{"type": "error", "error": {"type", "message"}}`.
fn read_error(report: &Value) -> Option<ErrorBody> {
    let error = report.get("error")?;
    Some(ErrorBody {
        codes: error["type"]
            .as_str()
            .map(str::to_owned)
            .into_iter()
            .collect(),
        message: error["message"].as_str().unwrap_or_default().to_owned(),
    })
}
