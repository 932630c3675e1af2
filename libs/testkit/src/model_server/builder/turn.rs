//! Turns written in code.

use std::time::Duration;

use serde_json::Value;

use crate::model_server::script::{
    Chunks, Failure, ScriptedCall, ScriptedUsage, StreamFailure, Turn,
};

impl Turn {
    /// A text, word by word.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self {
            text: Chunks::Words(text.to_owned()),
            ..Self::default()
        }
    }

    /// A text in these pieces.
    #[must_use]
    pub fn chunks<const N: usize>(chunks: [&str; N]) -> Self {
        let chunks = chunks.into_iter().map(str::to_owned).collect();
        Self {
            text: Chunks::Exact(chunks),
            ..Self::default()
        }
    }

    /// A refusal with this status in the provider's own error shape.
    #[must_use]
    pub fn failing(status: u16, message: &str) -> Self {
        let message = Some(message.to_owned());
        Self {
            fail: Some(Failure {
                status,
                message,
                ..Failure::default()
            }),
            ..Self::default()
        }
    }

    /// Adds reasoning, word by word.
    #[must_use]
    pub fn with_thinking(mut self, text: &str) -> Self {
        self.thinking = Chunks::Words(text.to_owned());
        self
    }

    /// Adds a tool call.
    #[must_use]
    pub fn with_tool_call(mut self, name: &str, arguments: Value) -> Self {
        self.tool_calls.push(ScriptedCall {
            name: name.to_owned(),
            arguments,
            ..ScriptedCall::default()
        });
        self
    }

    /// Adds a tool call whose arguments are this text, however malformed.
    #[must_use]
    pub fn with_raw_tool_call(mut self, name: &str, arguments: &str) -> Self {
        self.tool_calls.push(ScriptedCall {
            name: name.to_owned(),
            raw_arguments: Some(arguments.to_owned()),
            ..ScriptedCall::default()
        });
        self
    }

    /// Sets the reported usage.
    #[must_use]
    pub fn with_usage(mut self, usage: ScriptedUsage) -> Self {
        self.usage = Some(usage);
        self
    }

    /// Sets the silence before the response and before each chunk.
    #[must_use]
    pub fn with_delays(mut self, first_byte: Duration, chunk: Duration) -> Self {
        let millis = |delay: Duration| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.first_byte_delay_ms = millis(first_byte);
        self.chunk_delay_ms = millis(chunk);
        self
    }

    /// Adds a header to a refusal.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Some(fail) = &mut self.fail {
            fail.headers.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    /// Reports an error after this many chunks.
    #[must_use]
    pub fn erring_after(mut self, after: usize, code: &str, message: &str) -> Self {
        let (code, message) = (code.to_owned(), message.to_owned());
        self.stream_error = Some(StreamFailure {
            after,
            code,
            message,
        });
        self
    }

    /// Closes the socket after this many chunks.
    #[must_use]
    pub fn cut_after(mut self, chunks: usize) -> Self {
        self.cut_after = Some(chunks);
        self
    }

    /// Ends the body after this many chunks without the terminal marker.
    #[must_use]
    pub fn ending_after(mut self, chunks: usize) -> Self {
        self.end_after = Some(chunks);
        self
    }

    /// Falls silent after this many chunks.
    #[must_use]
    pub fn hanging_after(mut self, chunks: usize) -> Self {
        self.hang_after = Some(chunks);
        self
    }

    /// Never responds.
    #[must_use]
    pub fn hanging() -> Self {
        Self {
            hang: true,
            ..Self::default()
        }
    }
}
