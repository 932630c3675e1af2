//! The parameters besides the messages.

use serde_json::Value;

use super::invalid;
use crate::model_server::protocol::Problem;

pub(super) fn thinking(body: &Value, limit: u64) -> Result<(), Problem> {
    let thinking = &body["thinking"];
    let thinks = match thinking["type"].as_str() {
        None if thinking.is_null() => false,
        Some("disabled") => false,
        Some("adaptive") => {
            if !thinking["budget_tokens"].is_null() {
                return Err(invalid(
                    "thinking.adaptive.budget_tokens: Extra inputs are not permitted",
                ));
            }
            true
        }
        Some("enabled") => {
            let budget = thinking["budget_tokens"].as_u64().unwrap_or(0);
            if budget < 1_024 || budget >= limit {
                return Err(invalid(
                    "thinking.budget_tokens must be at least 1024 and below max_tokens",
                ));
            }
            true
        }
        _ => {
            return Err(invalid(
                "thinking.type must be adaptive, enabled or disabled",
            ));
        }
    };
    let temperature = &body["temperature"];
    let in_range = temperature
        .as_f64()
        .is_some_and(|value| (0.0..=1.0).contains(&value));
    match (temperature.is_null(), thinks) {
        (false, true) => Err(invalid(
            "`temperature` may not be set when thinking is enabled",
        )),
        (false, false) if !in_range => Err(invalid("temperature: must be between 0 and 1")),
        _ => Ok(()),
    }
}

pub(super) fn tools(tools: &Value) -> Result<(), Problem> {
    let well_formed =
        |tool: &Value| tool["name"].is_string() && tool["input_schema"]["type"] == "object";
    match tools {
        Value::Null => Ok(()),
        Value::Array(tools) => match tools.iter().position(|tool| !well_formed(tool)) {
            None => Ok(()),
            Some(index) => Err(invalid(&format!(
                "tools.{index}: a name and an input_schema of type object are required"
            ))),
        },
        _ => Err(invalid("tools: must be an array")),
    }
}

pub(super) fn cache_marks(value: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            usize::from(fields.contains_key("cache_control"))
                + fields.values().map(cache_marks).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(cache_marks).sum(),
        _ => 0,
    }
}
