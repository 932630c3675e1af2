//! What the wire tests share.

use std::sync::Arc;

use futures::StreamExt;
use mosaic_llm::{
    ChatMessage, CompletionEvent, CompletionRequest, LlmError, Provider, ProviderConfig,
    ProviderKind, Registry, Timeouts, ToolDefinition, TurnAssembly,
};
use mosaic_testkit::model_server::{ModelServer, Script};
use serde_json::json;

pub(crate) const REMOTE: [ProviderKind; 3] = [
    ProviderKind::Openai,
    ProviderKind::Anthropic,
    ProviderKind::Ollama,
];

pub(crate) async fn server(script: Script) -> ModelServer {
    ModelServer::start(script).await.unwrap()
}

pub(crate) fn config(kind: ProviderKind, server: &ModelServer) -> ProviderConfig {
    let url = match kind {
        ProviderKind::Openai => server.openai_url(),
        ProviderKind::Anthropic => server.anthropic_url(),
        _ => server.ollama_url(),
    };
    ProviderConfig::new(kind)
        .with_base_url(url)
        .with_default_model("scripted")
}

pub(crate) fn build(config: ProviderConfig) -> Arc<dyn Provider> {
    let registry = Registry::from_configs(None, [("tested".to_owned(), config)]).unwrap();
    registry.get("tested").unwrap()
}

pub(crate) fn provider(kind: ProviderKind, server: &ModelServer) -> Arc<dyn Provider> {
    build(config(kind, server))
}

pub(crate) fn patient(change: impl FnOnce(&mut Timeouts)) -> Timeouts {
    let mut timeouts = Timeouts::default();
    change(&mut timeouts);
    timeouts
}

pub(crate) fn request(text: &str) -> CompletionRequest {
    CompletionRequest::new("scripted", vec![ChatMessage::user(text)])
}

pub(crate) fn calculator() -> Vec<ToolDefinition> {
    vec![ToolDefinition {
        name: "calculator".into(),
        description: "Calculates.".into(),
        parameters: json!({
            "type": "object",
            "properties": {"expression": {"type": "string"}},
            "required": ["expression"],
        }),
    }]
}

/// Everything the stream said before it ended or failed.
pub(crate) struct Heard {
    pub(crate) events: Vec<CompletionEvent>,
    pub(crate) turn: TurnAssembly,
    pub(crate) error: Option<LlmError>,
}

pub(crate) async fn listen(provider: &dyn Provider, request: CompletionRequest) -> Heard {
    let mut heard = Heard {
        events: Vec::new(),
        turn: TurnAssembly::default(),
        error: None,
    };
    match provider.complete(request).await {
        Err(error) => heard.error = Some(error),
        Ok(mut stream) => {
            while let Some(item) = stream.next().await {
                match item {
                    Ok(event) => {
                        heard.turn.push(&event);
                        heard.events.push(event);
                    }
                    Err(error) => heard.error = Some(error),
                }
            }
        }
    }
    heard
}

/// The turn of a call that must succeed.
pub(crate) async fn hear(provider: &dyn Provider, request: CompletionRequest) -> TurnAssembly {
    let heard = listen(provider, request).await;
    assert_eq!(heard.error, None, "{}", provider.kind());
    heard.turn
}

/// The error of a call that must fail.
pub(crate) async fn fail(provider: &dyn Provider, request: CompletionRequest) -> LlmError {
    let heard = listen(provider, request).await;
    heard
        .error
        .unwrap_or_else(|| panic!("{} did not fail: {:?}", provider.kind(), heard.events))
}
