//! Scripts written in code.

mod turn;

use serde_json::Value;

use super::protocol::Protocol;
use super::script::{Condition, Rule, Script, Turn};

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
