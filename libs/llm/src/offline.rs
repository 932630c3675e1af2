//! The offline assistant: rules instead of a model, so that a newcomer can try the whole platform without a key.
//!
//! It says what it is, answers what it can by rule, uses the tools it is given, and remembers from the messages it is
//! sent and from what its prompt reminds it of. It never pretends to understand more than it does.

mod arithmetic;
mod conversation;
mod memory;
mod reminded;
mod rules;
mod summary;
mod tools;

use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, stream};

use crate::{
    AssistantBlock, ChatMessage, CompletionEvent, CompletionRequest, CompletionStream,
    FinishReason, HealthStatus, LlmError, LlmErrorKind, ModelInfo, Provider, ProviderHealth,
    ProviderKind, ToolCall, Usage, models,
};

/// The only model it has.
pub(crate) const MODEL: &str = "offline";

/// What the rules decided: something to say, tools to call, or both.
struct Reply {
    text: String,
    calls: Vec<ToolCall>,
}

/// The rule-based assistant.
#[derive(Debug)]
pub struct Offline {
    name: String,
}

impl Offline {
    /// An offline assistant under this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

#[async_trait]
impl Provider for Offline {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Offline
    }

    async fn complete(&self, request: CompletionRequest) -> Result<CompletionStream, LlmError> {
        if request.model != MODEL {
            let message = format!("the offline assistant has no model `{}`", request.model);
            return Err(LlmError::new(
                LlmErrorKind::ModelNotFound,
                &self.name,
                message,
            ));
        }
        let events = events(&request, rules::reply(&request));
        Ok(stream::iter(events.into_iter().map(Ok)).boxed())
    }

    async fn list_models(&self) -> Result<Vec<ModelInfo>, LlmError> {
        Ok(vec![models::info(MODEL, None)])
    }

    async fn check(&self) -> Result<ProviderHealth, LlmError> {
        Ok(ProviderHealth {
            status: HealthStatus::Healthy,
            latency: Duration::ZERO,
            models: self.list_models().await?,
            note: None,
        })
    }
}

fn events(request: &CompletionRequest, reply: Reply) -> Vec<CompletionEvent> {
    let Reply { text, calls } = reply;
    let finish = if calls.is_empty() {
        FinishReason::Stop
    } else {
        FinishReason::ToolCalls
    };
    let called: u64 = calls
        .iter()
        .map(|call| 1 + words_of(&call.arguments.to_string()))
        .sum();
    let output = words_of(&text) + called;
    let words = text.split_inclusive(' ');
    let mut events: Vec<_> = words
        .map(|word| CompletionEvent::TextDelta {
            text: word.to_owned(),
        })
        .collect();
    events.extend(calls.into_iter().map(CompletionEvent::ToolCall));
    events.push(done(request, finish, output));
    events
}

/// It has no tokens; words are the nearest thing, so that usage is visible offline too.
fn done(request: &CompletionRequest, finish: FinishReason, output: u64) -> CompletionEvent {
    let read: u64 = request
        .messages
        .iter()
        .map(|message| match message {
            ChatMessage::User { content } | ChatMessage::ToolResult { content, .. } => {
                words_of(content)
            }
            ChatMessage::Assistant { blocks } => blocks
                .iter()
                .map(|block| match block {
                    AssistantBlock::Text { text } => words_of(text),
                    _ => 0,
                })
                .sum(),
        })
        .sum();
    let usage = Usage {
        input: read + words_of(&request.system),
        output,
        ..Usage::default()
    };
    CompletionEvent::Done { finish, usage }
}

fn words_of(text: &str) -> u64 {
    u64::try_from(text.split_whitespace().count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
