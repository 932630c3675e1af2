//! Model providers: one trait, adapters over real HTTP streaming, one error taxonomy.
//!
//! The agent loop sees only [`Provider`] and the serialisable types around it: it builds a [`CompletionRequest`],
//! reads [`CompletionEvent`]s from a [`CompletionStream`] and decides on [`LlmErrorKind`] what to do when a call
//! fails. Which wire protocol a model speaks stays inside this crate.
//!
//! Texts become vectors through [`Embeddings`], over the same HTTP hop and with the same errors.
//!
//! The adapters are our own because the taxonomy needs what general client crates hide: the HTTP status, the
//! `retry-after` header, errors inside a stream, and whether a stream ended with its terminal marker or was cut.

mod anthropic;
mod assembly;
mod config;
mod duration_ms;
mod embeddings;
mod error;
mod event;
mod health;
mod http;
mod message;
mod models;
mod offline;
mod ollama;
mod openai;
mod provider;
mod registry;
mod reminder;
mod request;
mod summary;
mod tool_arguments;

pub use anthropic::Anthropic;
pub use assembly::TurnAssembly;
pub use config::{ProviderConfig, Timeouts};
pub use embeddings::Embeddings;
pub use error::{LlmError, LlmErrorKind};
pub use event::{CompletionEvent, CompletionStream, FinishReason, Usage};
pub use message::{AssistantBlock, ChatMessage, ToolCall};
pub use models::{DEFAULT_CONTEXT_WINDOW, context_window, max_output};
pub use offline::Offline;
pub use ollama::Ollama;
pub use openai::OpenAi;
pub use provider::{HealthStatus, ModelInfo, Provider, ProviderHealth, ProviderKind};
pub use registry::{Registry, RegistryError};
pub use reminder::{Reminder, reminders_section};
pub use request::{CompletionRequest, ThinkingLevel, TimeoutOverrides, ToolDefinition};
pub use summary::{SummaryLine, SummaryTask, summary_section};
