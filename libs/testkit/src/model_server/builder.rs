//! Scripts written in code.

use std::time::Duration;

use serde_json::Value;

use super::protocol::Protocol;
use super::script::{
    Chunks, Condition, Failure, Rule, Script, ScriptedCall, ScriptedUsage, StreamFailure, Turn,
};

impl Script {
    /// Repeats what was said, word by word.
    #[must_use]
    pub fn echo() -> Self {
        Self::answering(Turn::text("{user}"))
    }

    /// Always answers this, in one piece and at once.
    #[must_use]
    pub fn instant(text: &str) -> Self {
        Self::answering(Turn::chunks([text]))
    }

    /// Always answers this turn.
    #[must_use]
    pub fn answering(turn: Turn) -> Self {
        Self {
            rules: Vec::new(),
            otherwise: turn,
            models: Vec::new(),
            key: None,
        }
    }

    /// Begins a rule for messages that contain this.
    #[must_use]
    pub fn when(self, contains: &str) -> RuleBuilder {
        let contains = Some(contains.to_owned());
        self.when_condition(Condition {
            contains,
            ..Condition::default()
        })
    }

    /// Begins a rule for messages that match this regular expression.
    #[must_use]
    pub fn when_matches(self, pattern: &str) -> RuleBuilder {
        let matches = Some(pattern.to_owned());
        self.when_condition(Condition {
            matches,
            ..Condition::default()
        })
    }

    /// Begins a rule for the nth completion request of the server, counted from 1.
    #[must_use]
    pub fn when_call(self, nth: u64) -> RuleBuilder {
        self.when_condition(Condition {
            call: Some(nth),
            ..Condition::default()
        })
    }

    /// Begins a rule that always fits.
    #[must_use]
    pub fn always(self) -> RuleBuilder {
        self.when_condition(Condition::default())
    }

    /// Begins a rule for any condition.
    #[must_use]
    pub fn when_condition(self, when: Condition) -> RuleBuilder {
        RuleBuilder {
            script: self,
            rule: Rule {
                when,
                then: Vec::new(),
                times: None,
            },
        }
    }

    /// Demands a key.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Offers only these models.
    #[must_use]
    pub fn with_models(mut self, models: &[&str]) -> Self {
        self.models = models.iter().map(|&model| model.to_owned()).collect();
        self
    }
}

/// A rule in the making. `text`, `then_text`, `turn` and `fail` complete it.
#[derive(Debug)]
pub struct RuleBuilder {
    script: Script,
    rule: Rule,
}

impl RuleBuilder {
    /// Only when this model is asked.
    #[must_use]
    pub fn on_model(mut self, model: &str) -> Self {
        self.rule.when.model = Some(model.to_owned());
        self
    }

    /// Only in this protocol.
    #[must_use]
    pub fn in_protocol(mut self, protocol: Protocol) -> Self {
        self.rule.when.protocol = Some(protocol);
        self
    }

    /// At most this often.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.rule.times = Some(times);
        self
    }

    /// A step that calls one tool; the rule goes on when its result comes back.
    #[must_use]
    pub fn tool_call(self, name: &str, arguments: Value) -> Self {
        self.step(Turn::default().with_tool_call(name, arguments))
    }

    /// A step; the rule goes on when the results of its tool calls come back.
    #[must_use]
    pub fn step(mut self, turn: Turn) -> Self {
        self.rule.then.push(turn);
        self
    }

    /// Answers this, word by word.
    #[must_use]
    pub fn text(self, text: &str) -> Script {
        self.turn(Turn::text(text))
    }

    /// Answers this, word by word, after the steps before it.
    #[must_use]
    pub fn then_text(self, text: &str) -> Script {
        self.text(text)
    }

    /// Refuses with this status in the provider's own error shape.
    #[must_use]
    pub fn fail(self, status: u16, message: &str) -> Script {
        self.turn(Turn::failing(status, message))
    }

    /// Answers this turn, after the steps before it.
    #[must_use]
    pub fn turn(self, turn: Turn) -> Script {
        let Self { mut script, rule } = self.step(turn);
        script.rules.push(rule);
        script
    }
}

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
