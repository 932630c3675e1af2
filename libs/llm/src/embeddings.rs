//! Vectors of texts, from `OpenAI`-compatible servers and from Ollama.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::config::ProviderConfig;
use crate::http::{Http, HttpParts, KeyHeader};
use crate::registry::base_url;
use crate::{LlmError, LlmErrorKind, ProviderKind, ollama, openai};

/// A local model may have to be loaded first.
const LIMIT: Duration = Duration::from_mins(2);

/// A provider that makes vectors of texts.
#[derive(Debug)]
pub struct Embeddings {
    http: Http,
    protocol: Protocol,
}

#[derive(Debug, Clone, Copy)]
enum Protocol {
    OpenAi,
    Ollama,
}

impl Embeddings {
    /// The provider of this name; `OpenAI` style and Ollama make vectors, the other kinds do not.
    pub fn new(name: &str, config: ProviderConfig) -> Result<Self, LlmError> {
        let refuse = |message: String| LlmError::new(LlmErrorKind::BadRequest, name, message);
        let (protocol, usual, read_error) = match config.kind {
            ProviderKind::Openai => (
                Protocol::OpenAi,
                openai::PUBLIC_ADDRESS,
                openai::read_error as _,
            ),
            ProviderKind::Ollama => (
                Protocol::Ollama,
                ollama::USUAL_ADDRESS,
                ollama::read_error as _,
            ),
            kind => return Err(refuse(format!("{kind} makes no vectors of texts"))),
        };
        let base = base_url(name, config.base_url.as_deref().unwrap_or(usual)).map_err(refuse)?;
        let http = Http::new(HttpParts {
            provider: name.to_owned(),
            base,
            key: config.api_key,
            key_header: KeyHeader::Bearer,
            fixed_headers: &[],
            timeouts: config.timeouts,
            read_error,
        })?;
        Ok(Self { http, protocol })
    }

    /// One vector for each text, in their order, as the model gives them.
    pub async fn embed(&self, model: &str, texts: &[String]) -> Result<Vec<Vec<f32>>, LlmError> {
        let vectors = match self.protocol {
            Protocol::OpenAi => self.open_ai(model, texts).await?,
            Protocol::Ollama => self.ollama(model, texts).await?,
        };
        if vectors.len() == texts.len() && vectors.iter().all(|vector| !vector.is_empty()) {
            return Ok(vectors);
        }
        let told = format!(
            "it gave {} vectors for {} texts",
            vectors.len(),
            texts.len()
        );
        Err(self.http.error(LlmErrorKind::Protocol, &told))
    }

    async fn open_ai(&self, model: &str, texts: &[String]) -> Result<Vec<Vec<f32>>, LlmError> {
        #[derive(Deserialize)]
        struct Answer {
            data: Vec<Item>,
        }
        #[derive(Deserialize)]
        struct Item {
            #[serde(default)]
            index: usize,
            embedding: Vec<f32>,
        }
        let body = json!({"model": model, "input": texts, "encoding_format": "float"});
        let mut answer: Answer = self.http.ask("/embeddings", &body, LIMIT).await?;
        // A stable sort: servers that say no index keep the order.
        answer.data.sort_by_key(|item| item.index);
        Ok(answer.data.into_iter().map(|it| it.embedding).collect())
    }

    async fn ollama(&self, model: &str, texts: &[String]) -> Result<Vec<Vec<f32>>, LlmError> {
        #[derive(Deserialize)]
        struct Answer {
            embeddings: Vec<Vec<f32>>,
        }
        let body = json!({"model": model, "input": texts, "truncate": true});
        let answer: Answer = self.http.ask("/api/embed", &body, LIMIT).await?;
        Ok(answer.embeddings)
    }
}
