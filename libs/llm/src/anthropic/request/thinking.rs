//! How each generation of models is asked to think.

use serde_json::{Map, Value, json};

use crate::ThinkingLevel;

/// The smallest budget that the protocol accepts.
const LEAST_BUDGET: u32 = 1_024;

/// The parameters of a request that depend on thinking.
pub(super) struct Settings {
    pub(super) parameters: Map<String, Value>,
    pub(super) max_tokens: u32,
    pub(super) temperature_allowed: bool,
    /// Whether thinking may take place, so that earlier thinking may be sent back.
    pub(super) is_on: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    /// Before 3.7: cannot think.
    Plain,
    /// 3.7 to 4.5: thinks within a token budget.
    Budget,
    /// 4.6: decides itself, still takes a temperature while not thinking.
    Adaptive,
    /// From 4.7: decides itself and takes no sampling parameters.
    AdaptiveOnly,
    /// Thinks always; asking it not to is an error.
    AlwaysOn,
}

pub(super) fn settings(model: &str, level: Option<ThinkingLevel>, max_tokens: u32) -> Settings {
    let generation = generation(model);
    let parameters = match (generation, level) {
        (Generation::Plain, _) | (_, None) | (Generation::AlwaysOn, Some(ThinkingLevel::Off)) => {
            Map::new()
        }
        (_, Some(ThinkingLevel::Off)) => object(json!({"thinking": {"type": "disabled"}})),
        (Generation::Budget, Some(level)) => {
            let budget = budget(level);
            return Settings {
                parameters: object(
                    json!({"thinking": {"type": "enabled", "budget_tokens": budget}}),
                ),
                // The budget counts towards the limit and must stay below it.
                max_tokens: max_tokens.max(budget + LEAST_BUDGET),
                temperature_allowed: false,
                is_on: true,
            };
        }
        (_, Some(level)) => object(json!({
            // The newer models leave the text of their thinking out unless asked.
            "thinking": {"type": "adaptive", "display": "summarized"},
            "output_config": {"effort": effort(level)},
        })),
    };
    let thinks = level.is_some_and(|level| level != ThinkingLevel::Off);
    let by_default = matches!(generation, Generation::AdaptiveOnly | Generation::AlwaysOn);
    Settings {
        parameters,
        max_tokens,
        temperature_allowed: !thinks && !by_default,
        is_on: thinks || generation == Generation::AlwaysOn || (by_default && level.is_none()),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn budget(level: ThinkingLevel) -> u32 {
    match level {
        ThinkingLevel::Off | ThinkingLevel::Low => 4_000,
        ThinkingLevel::Medium => 10_000,
        ThinkingLevel::High => 20_000,
    }
}

fn effort(level: ThinkingLevel) -> &'static str {
    match level {
        ThinkingLevel::Off | ThinkingLevel::Low => "low",
        ThinkingLevel::Medium => "medium",
        ThinkingLevel::High => "high",
    }
}

/// Unknown versions are taken for newer than this table; other makers' models behind the same protocol follow the
/// older one, which their servers know.
fn generation(model: &str) -> Generation {
    let name = model
        .rsplit('/')
        .next()
        .unwrap_or(model)
        .to_lowercase()
        .replace('.', "-");
    if !name.contains("claude") {
        return Generation::Budget;
    }
    if name.contains("fable") || name.contains("mythos") {
        return Generation::AlwaysOn;
    }
    // `claude-3-7-sonnet-…` and `claude-sonnet-4-6`; dates have more digits than a version.
    let mut numbers = name
        .split('-')
        .filter(|part| part.len() <= 2)
        .filter_map(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next().unwrap_or(0)) {
        (Some(0..=2), _) | (Some(3), 0..=6) => Generation::Plain,
        (Some(3), _) | (Some(4), 0..=5) => Generation::Budget,
        (Some(4), 6) => Generation::Adaptive,
        _ => Generation::AdaptiveOnly,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_generation_is_asked_in_its_own_way() {
        for (model, expected) in [
            ("claude-3-5-haiku-20241022", Generation::Plain),
            ("claude-3-7-sonnet-20250219", Generation::Budget),
            ("claude-opus-4-20250514", Generation::Budget),
            ("claude-sonnet-4-5-20250929", Generation::Budget),
            ("claude-sonnet-4.6", Generation::Adaptive),
            ("claude-opus-4-8", Generation::AdaptiveOnly),
            ("claude-sonnet-5", Generation::AdaptiveOnly),
            ("claude-fable-5-1", Generation::AlwaysOn),
            ("glm-5", Generation::Budget),
        ] {
            assert_eq!(generation(model), expected, "{model}");
        }
    }

    #[test]
    fn a_budget_always_fits_below_the_limit() {
        let settings = settings("claude-sonnet-4-5", Some(ThinkingLevel::High), 100);
        assert_eq!(settings.parameters["thinking"]["budget_tokens"], 20_000);
        assert!(settings.max_tokens > 20_000);
        assert!(!settings.temperature_allowed);
    }
}
