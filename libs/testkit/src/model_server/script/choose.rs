//! Which turn answers a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use regex::Regex;

use super::{Condition, Script, ScriptError, Turn};
use crate::model_server::protocol::Call;

/// A script ready to answer; shared by all requests without a lock.
#[derive(Debug)]
pub(in crate::model_server) struct Compiled {
    rules: Vec<CompiledRule>,
    otherwise: Arc<Turn>,
    pub(in crate::model_server) models: Vec<String>,
    pub(in crate::model_server) key: Option<String>,
}

#[derive(Debug)]
struct CompiledRule {
    contains: Option<String>,
    pattern: Option<Regex>,
    when: Condition,
    then: Vec<Arc<Turn>>,
    times: Option<u64>,
    used: AtomicU64,
}

impl Script {
    pub(in crate::model_server) fn compile(self) -> Result<Compiled, ScriptError> {
        let Self {
            rules,
            otherwise,
            models,
            key,
        } = self;
        let rules = rules.into_iter().enumerate().map(|(index, rule)| {
            let position = index + 1;
            if rule.then.is_empty() {
                return Err(ScriptError::NoTurn { rule: position });
            }
            let pattern = rule.when.matches.as_deref().map(Regex::new).transpose();
            let pattern = pattern.map_err(|error| ScriptError::Pattern {
                rule: position,
                reason: error.to_string(),
            })?;
            Ok(CompiledRule {
                contains: rule.when.contains.as_deref().map(str::to_lowercase),
                pattern,
                when: rule.when,
                then: rule.then.into_iter().map(Arc::new).collect(),
                times: rule.times,
                used: AtomicU64::new(0),
            })
        });
        let rules = rules.collect::<Result<_, _>>()?;
        Ok(Compiled {
            rules,
            otherwise: Arc::new(otherwise),
            models,
            key,
        })
    }
}

impl Compiled {
    /// The turn for a request, which is the `number`th of the server.
    pub(in crate::model_server) fn choose(&self, call: &Call, number: u64) -> Arc<Turn> {
        let rule = self
            .rules
            .iter()
            .find(|rule| rule.fits(call, number) && rule.take());
        let turn = rule.and_then(|rule| rule.then.get(call.step).or_else(|| rule.then.last()));
        turn.unwrap_or(&self.otherwise).clone()
    }
}

impl CompiledRule {
    fn fits(&self, call: &Call, number: u64) -> bool {
        let Condition {
            contains: _,
            matches: _,
            call: nth,
            model,
            protocol,
            after_tool,
        } = &self.when;
        nth.is_none_or(|nth| nth == number)
            && protocol.is_none_or(|protocol| protocol == call.protocol)
            && after_tool.is_none_or(|after| after == call.last_result.is_some())
            && model.as_ref().is_none_or(|model| *model == call.model)
            && self
                .contains
                .as_ref()
                .is_none_or(|part| call.last_user.to_lowercase().contains(part.as_str()))
            && self
                .pattern
                .as_ref()
                .is_none_or(|pattern| pattern.is_match(&call.last_user))
    }

    /// Whether the rule may still answer; counts this answer.
    fn take(&self) -> bool {
        self.times
            .is_none_or(|times| self.used.fetch_add(1, Ordering::Relaxed) < times)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model_server::{Chunks, Protocol};

    fn call(text: &str, step: usize) -> Call {
        Call {
            protocol: Protocol::Openai,
            model: "m".into(),
            streams: true,
            last_user: text.into(),
            last_result: (step > 0).then(String::new),
            step,
        }
    }

    fn text(compiled: &Compiled, call: &Call, number: u64) -> String {
        match &compiled.choose(call, number).text {
            Chunks::Words(text) => text.clone(),
            Chunks::Exact(chunks) => chunks.concat(),
            Chunks::None => String::new(),
        }
    }

    #[test]
    fn a_rule_answers_step_by_step_and_depends_only_on_the_request() {
        let script = Script::instant("otherwise")
            .when("weather")
            .tool_call("clock", json!({}))
            .then_text("sunny");
        let compiled = script.compile().unwrap();
        for _ in 0..2 {
            assert_eq!(
                compiled
                    .choose(&call("The WEATHER?", 0), 1)
                    .tool_calls
                    .len(),
                1
            );
            assert_eq!(text(&compiled, &call("weather", 1), 2), "sunny");
            assert_eq!(text(&compiled, &call("weather", 9), 2), "sunny");
            assert_eq!(text(&compiled, &call("hello", 0), 3), "otherwise");
        }
    }

    #[test]
    fn a_rule_with_times_gives_way_to_later_rules() {
        let script = Script::instant("fine").always().times(2).text("busy");
        let compiled = script.compile().unwrap();
        let answers: Vec<_> = (1..=3).map(|n| text(&compiled, &call("x", 0), n)).collect();
        assert_eq!(answers, ["busy", "busy", "fine"]);
    }

    #[test]
    fn patterns_are_checked_when_the_script_is_read() {
        let script = Script::instant("x").when_matches("(").text("y");
        assert!(matches!(
            script.compile(),
            Err(ScriptError::Pattern { rule: 1, .. })
        ));
    }

    #[test]
    fn a_script_in_json_says_the_same_as_one_in_code() {
        let read: Script = serde_json::from_value(json!({
            "rules": [{
                "when": {"matches": "^add", "protocol": "openai"},
                "then": [
                    {"tool_calls": [{"name": "calculator", "arguments": {"expression": "1+1"}}]},
                    {"text": ["It is ", "2."], "chunk_delay_ms": 5}
                ]
            }],
            "otherwise": {"text": "ok"}
        }))
        .unwrap();
        let compiled = read.compile().unwrap();
        assert_eq!(
            compiled.choose(&call("add 1 and 1", 0), 1).tool_calls[0].name,
            "calculator"
        );
        assert_eq!(
            compiled.choose(&call("add 1 and 1", 1), 1).chunk_delay_ms,
            5
        );
        assert_eq!(text(&compiled, &call("other", 0), 1), "ok");
        assert!(serde_json::from_value::<Script>(json!({"rule": []})).is_err());
    }
}
