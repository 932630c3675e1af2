//! What a streamed completion consists of.

use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::{LlmError, ToolCall};

/// The events of one completion. A complete answer ends with exactly one [`CompletionEvent::Done`]; a stream that
/// ends otherwise yields an error as its last item. Dropping it cancels the HTTP request.
pub type CompletionStream = BoxStream<'static, Result<CompletionEvent, LlmError>>;

/// One event of a streamed completion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CompletionEvent {
    /// More text for the reader.
    TextDelta {
        /// The text to append.
        text: String,
    },
    /// More reasoning. A delta with a signature ends its thinking block.
    ThinkingDelta {
        /// The text to append; empty when only the signature arrived.
        text: String,
        /// The provider's seal over the whole block.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// A whole encrypted thinking block, to be sent back unchanged with the next request.
    RedactedThinking {
        /// The opaque payload.
        data: String,
    },
    /// A tool call, sent once when its arguments are complete and valid JSON.
    ToolCall(ToolCall),
    /// The normal end of the answer.
    Done {
        /// Why the model stopped.
        finish: FinishReason,
        /// What the call consumed.
        usage: Usage,
    },
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It was finished.
    Stop,
    /// The token limit cut the answer.
    Length,
    /// It waits for tool results.
    ToolCalls,
    /// The provider withheld the rest.
    ContentFilter,
    /// A reason this version does not know.
    Other,
}

/// Tokens of one call. The four counts do not overlap: their sum is what the call consumed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Prompt tokens that were neither read from nor written to a cache.
    pub input: u64,
    /// Generated tokens, reasoning included.
    pub output: u64,
    /// Prompt tokens served from the provider's cache.
    pub cache_read: u64,
    /// Prompt tokens written into the provider's cache.
    pub cache_write: u64,
}

impl Usage {
    /// All tokens of the call.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.prompt() + self.output
    }

    /// All prompt tokens, cached or not.
    #[must_use]
    pub fn prompt(&self) -> u64 {
        self.input + self.cache_read + self.cache_write
    }
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.cache_write += other.cache_write;
    }
}
