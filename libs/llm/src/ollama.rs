//! Ollama's own chat API: newline-delimited JSON.

mod decode;
mod request;

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use crate::config::ProviderConfig;
use crate::health;
use crate::http::{ErrorBody, Http, HttpParts, KeyHeader, completion_stream, lines};
use crate::models;
use crate::{
    CompletionRequest, CompletionStream, LlmError, LlmErrorKind, ModelInfo, Provider,
    ProviderHealth, ProviderKind,
};

/// Where Ollama listens unless told otherwise.
pub(crate) const USUAL_ADDRESS: &str = "http://127.0.0.1:11434";

/// A provider that speaks Ollama's chat API.
#[derive(Debug)]
pub struct Ollama {
    http: std::sync::Arc<Http>,
    default_model: Option<String>,
}

impl Ollama {
    pub(crate) fn new(name: &str, base: Url, config: ProviderConfig) -> Result<Self, LlmError> {
        let http = Http::new(HttpParts {
            provider: name.to_owned(),
            base,
            key: config.api_key,
            key_header: KeyHeader::Bearer,
            fixed_headers: &[],
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
impl Provider for Ollama {
    fn name(&self) -> &str {
        self.http.provider()
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Ollama
    }

    async fn complete(&self, request: CompletionRequest) -> Result<CompletionStream, LlmError> {
        let body = request::body(&request);
        let body = self
            .http
            .post("/api/chat", &body, &request.timeouts)
            .await?;
        let decoder = decode::Decoder::new(self.http.clone());
        Ok(completion_stream(lines(body, self.name()), decoder))
    }

    async fn list_models(&self) -> Result<Vec<ModelInfo>, LlmError> {
        let list = self.http.get("/api/tags").await?;
        let models = list["models"].as_array().ok_or_else(|| {
            self.http
                .error(LlmErrorKind::Protocol, "the list of models has no `models`")
        })?;
        let info = |model: &Value| Some(models::info(model["name"].as_str()?, None));
        Ok(models.iter().filter_map(info).collect())
    }

    async fn check(&self) -> Result<ProviderHealth, LlmError> {
        health::check(self, self.default_model.as_deref()).await
    }
}

/// `{"error": "…"}`.
pub(crate) fn read_error(report: &Value) -> Option<ErrorBody> {
    let message = report["error"].as_str()?.to_owned();
    Some(ErrorBody {
        codes: Vec::new(),
        message,
    })
}
