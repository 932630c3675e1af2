//! What the server answers: rules, read from code or from JSON.

mod choose;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::protocol::Protocol;

pub(super) use choose::Compiled;

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// A pattern of a condition is not a regular expression.
    #[error("rule {rule}: `matches` is not a regular expression: {reason}")]
    Pattern {
        /// The position of the rule, from 1.
        rule: usize,
        /// What the expression's parser said.
        reason: String,
    },
    /// A rule has nothing to answer.
    #[error("rule {rule}: `then` is empty; give at least one turn")]
    NoTurn {
        /// The position of the rule, from 1.
        rule: usize,
    },
}

/// Rules in order; the first that fits answers, else `otherwise`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// Tried in order.
    pub rules: Vec<Rule>,
    /// The answer when no rule fits.
    pub otherwise: Turn,
    /// The models that exist; empty accepts every name.
    pub models: Vec<String>,
    /// The key that every request must carry.
    pub key: Option<String>,
}

/// When to answer, and what.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// When the rule fits.
    #[serde(default)]
    pub when: Condition,
    /// The turns: the first answers the person's message, the next ones answer the tool results that follow it. The
    /// last one repeats.
    pub then: Vec<Turn>,
    /// How often the rule may answer; none for always. What it answers after that is left to later rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

/// All given parts must hold; an empty condition always does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// The last message of a person contains this, whatever its case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// The last message of a person matches this regular expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// It is this completion request of the server, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<u64>,
    /// This model is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The request came in this protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// Whether the last message is a tool result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_tool: Option<bool>,
}

/// One answer. In texts, `{user}` stands for the last message of a person and `{result}` for the tool result that
/// came last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Turn {
    /// Reasoning to show first.
    pub thinking: Chunks,
    /// The text.
    pub text: Chunks,
    /// Tools to call after the text.
    pub tool_calls: Vec<ScriptedCall>,
    /// What to report as consumed; counted from the chunks when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<ScriptedUsage>,
    /// The protocol's own word for why it stopped, when not the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish: Option<String>,
    /// Silence before the response begins.
    pub first_byte_delay_ms: u64,
    /// Silence before each chunk.
    pub chunk_delay_ms: u64,
    /// Refuse instead of answering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail: Option<Failure>,
    /// Report an error in the middle of the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_error: Option<StreamFailure>,
    /// Close the socket after this many chunks, without an end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_after: Option<usize>,
    /// End the body properly after this many chunks, without the protocol's terminal marker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_after: Option<usize>,
    /// Say nothing more after this many chunks, with the connection open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hang_after: Option<usize>,
    /// Never respond at all.
    pub hang: bool,
}

/// Text in the pieces in which it is streamed. A plain string is streamed word by word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Chunks {
    /// Nothing.
    #[default]
    None,
    /// Divided into words.
    Words(String),
    /// Divided as given.
    Exact(Vec<String>),
}

/// A tool call of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedCall {
    /// Which tool.
    pub name: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Value,
    /// The id; made up when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Send this text as the arguments, however malformed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_arguments: Option<String>,
}

/// Tokens to report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScriptedUsage {
    /// Prompt tokens outside the cache.
    pub input: u64,
    /// Generated tokens.
    pub output: u64,
    /// Prompt tokens read from the cache.
    pub cache_read: u64,
    /// Prompt tokens written to the cache.
    pub cache_write: u64,
}

/// A refusal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The HTTP status.
    pub status: u16,
    /// The provider's code; the usual one of the status when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The provider's sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The whole body instead of the provider's error shape; a string is sent as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Headers to add, such as `retry-after`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// An error in the middle of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamFailure {
    /// After how many chunks.
    #[serde(default)]
    pub after: usize,
    /// The provider's code.
    pub code: String,
    /// The provider's sentence.
    pub message: String,
}

impl Chunks {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::None => true,
            Self::Words(text) => text.is_empty(),
            Self::Exact(chunks) => chunks.is_empty(),
        }
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::echo()
    }
}
