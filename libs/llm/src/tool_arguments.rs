//! Tool arguments as models write them.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::http::Http;
use crate::{LlmError, LlmErrorKind};

/// Parses assembled arguments. Nothing at all means no arguments; anything but an object is malformed.
pub(crate) fn parse(http: &Http, tool: &str, text: &str, cut: bool) -> Result<Value, LlmError> {
    if text.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(arguments)) => Ok(Value::Object(arguments)),
        _ if cut => Err(http.error(
            LlmErrorKind::Protocol,
            &format!("the token limit cut the arguments for the tool `{tool}`: raise max_tokens"),
        )),
        _ => Err(http.error(
            LlmErrorKind::Protocol,
            &format!("the model wrote malformed arguments for the tool `{tool}`"),
        )),
    }
}

/// A name for a call of a server that gives none.
pub(crate) fn new_id() -> String {
    format!("call_{}", Uuid::new_v4().simple())
}
