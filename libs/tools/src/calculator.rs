//! The tool `calculator`: exact arithmetic, units included.

use async_trait::async_trait;
use fend_core::{Context, Interrupt, evaluate_with_interrupt};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Tool, ToolContext, ToolError, ToolSpec, arguments};

/// Longer expressions are refused.
const MAX_CHARACTERS: usize = 1_000;

/// Polls of the interrupt after which an evaluation is given up: a fraction of a second of work.
const MAX_POLLS: usize = 100_000;

/// Evaluates arithmetic.
#[derive(Debug, Clone, Copy)]
pub struct Calculator;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    expression: String,
}

#[async_trait]
impl Tool for Calculator {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "calculator",
            description: "Evaluates arithmetic exactly, with units and functions, e.g. 2^64, 15% of 80, sqrt(2), \
                          5 km to miles. Use it for any calculation.",
            parameters: json!({
                "type": "object",
                "properties": {
                    "expression": { "type": "string", "description": "What to evaluate.", "maxLength": MAX_CHARACTERS }
                },
                "required": ["expression"],
                "additionalProperties": false
            }),
            idempotent: true,
        }
    }

    async fn call(&self, value: Value, _context: ToolContext) -> Result<String, ToolError> {
        let Arguments { expression } = arguments(value)?;
        if expression.chars().count() > MAX_CHARACTERS {
            return Err(ToolError::Failed(format!(
                "the expression is longer than {MAX_CHARACTERS} characters; split it"
            )));
        }
        let mut context = Context::new();
        context.disable_rng();
        let result = evaluate_with_interrupt(&expression, &mut context, &Patience::default())
            .map_err(|reason| {
                ToolError::Failed(format!("cannot evaluate {expression:?}: {reason}"))
            })?;
        Ok(result.get_main_result().to_owned())
    }
}

/// Ends an evaluation that takes too long, e.g. `10^10^10`.
#[derive(Default)]
struct Patience {
    polls: std::sync::atomic::AtomicUsize,
}

impl Interrupt for Patience {
    fn should_interrupt(&self) -> bool {
        self.polls
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed)
            > MAX_POLLS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use mosaic_domain::{RunId, Scope, UserId, WorkspaceId};
    use uuid::Uuid;

    async fn calculate(expression: &str) -> Result<String, ToolError> {
        let scope = Scope {
            workspace_id: WorkspaceId::new(Uuid::nil()),
            user_id: UserId::new(Uuid::nil()),
        };
        let context = ToolContext {
            scope,
            run_id: RunId::new(Uuid::nil()),
            now: DateTime::UNIX_EPOCH,
        };
        Calculator
            .call(json!({ "expression": expression }), context)
            .await
    }

    #[tokio::test]
    async fn arithmetic_is_exact() {
        assert_eq!(calculate("0.1 + 0.2").await.unwrap(), "0.3");
        assert_eq!(calculate("17 * 23").await.unwrap(), "391");
        assert_eq!(calculate("2^64").await.unwrap(), "18446744073709551616");
    }

    #[tokio::test]
    async fn nonsense_is_refused_with_the_reason() {
        let refusal = calculate("1 / 0").await.unwrap_err().to_string();
        assert!(refusal.contains("division by zero"), "{refusal}");
        assert!(
            calculate(&"1+".repeat(600))
                .await
                .unwrap_err()
                .to_string()
                .contains("longer")
        );
    }

    #[tokio::test]
    async fn an_endless_calculation_is_given_up() {
        let refusal = calculate("9^9^9^9").await.unwrap_err().to_string();
        assert!(refusal.contains("cannot evaluate"), "{refusal}");
    }
}
