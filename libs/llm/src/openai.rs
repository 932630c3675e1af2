//! `OpenAI` chat completions, as spoken by `OpenAI`, `OpenRouter`, `vLLM`, LM Studio and many others.

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

/// Where `OpenAI` itself is.
pub(crate) const PUBLIC_ADDRESS: &str = "https://api.openai.com/v1";

/// A provider that speaks chat completions.
#[derive(Debug)]
pub struct OpenAi {
    http: std::sync::Arc<Http>,
    default_model: Option<String>,
    /// Whether it is `OpenAI` itself, which renamed a parameter that compatible servers know by the old name.
    is_openai: bool,
}

impl OpenAi {
    pub(crate) fn new(name: &str, base: Url, config: ProviderConfig) -> Result<Self, LlmError> {
        let is_openai = base
            .host_str()
            .is_some_and(|host| host == "openai.com" || host.ends_with(".openai.com"));
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
            is_openai,
        })
    }
}

#[async_trait]
impl Provider for OpenAi {
    fn name(&self) -> &str {
        self.http.provider()
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Openai
    }

    async fn complete(&self, request: CompletionRequest) -> Result<CompletionStream, LlmError> {
        let body = request::body(&request, self.is_openai);
        let body = self
            .http
            .post("/chat/completions", &body, &request.timeouts)
            .await?;
        let decoder = decode::Decoder::new(self.http.clone());
        Ok(completion_stream(
            server_sent_events(body, self.name()),
            decoder,
        ))
    }

    async fn list_models(&self) -> Result<Vec<ModelInfo>, LlmError> {
        let list = self.http.get("/models").await?;
        let models = list["data"].as_array().ok_or_else(|| {
            self.http
                .error(LlmErrorKind::Protocol, "the list of models has no `data`")
        })?;
        Ok(models.iter().filter_map(model_info).collect())
    }

    async fn check(&self) -> Result<ProviderHealth, LlmError> {
        health::check(self, self.default_model.as_deref()).await
    }
}

fn model_info(model: &Value) -> Option<ModelInfo> {
    let id = model["id"].as_str()?;
    // OpenRouter says `context_length`, vLLM `max_model_len`; OpenAI says nothing.
    let reported = model["context_length"]
        .as_u64()
        .or_else(|| model["max_model_len"].as_u64());
    Some(models::info(id, reported))
}

/// `{"error": {"message", "type", "code"}}`, and the shapes of servers that are only nearly compatible.
pub(crate) fn read_error(report: &Value) -> Option<ErrorBody> {
    let error = match &report["error"] {
        Value::Null if report["object"] == "error" => report,
        Value::Null => {
            let message = report["detail"].as_str()?.to_owned();
            return Some(ErrorBody {
                codes: Vec::new(),
                message,
            });
        }
        Value::String(message) => {
            return Some(ErrorBody {
                codes: Vec::new(),
                message: message.clone(),
            });
        }
        error => error,
    };
    let code = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Some(ErrorBody {
        codes: [&error["code"], &error["type"]]
            .into_iter()
            .filter_map(code)
            .collect(),
        message: error["message"].as_str().unwrap_or_default().to_owned(),
    })
}
