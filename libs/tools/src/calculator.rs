//! The tool `calculator`: exact arithmetic, units included.

use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use fend_core::{Context, Interrupt, evaluate_with_interrupt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, oneshot};

use crate::{Tool, ToolContext, ToolError, ToolSpec, arguments};

/// Longer expressions are refused.
const MAX_CHARACTERS: usize = 1_000;

/// An evaluation that takes longer is given up.
const MAX_TIME: Duration = Duration::from_millis(500);

/// The evaluator recurses for every operator and bracket, so it gets a thread with a stack that the longest
/// expression cannot exhaust: a stack that overflows takes the whole process with it.
const STACK: usize = 64 << 20;

/// Evaluations at the same time. Each is short, and more would only slow each other down.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

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
        let _turn = AT_ONCE.acquire().await;
        let (answer, waiting) = oneshot::channel();
        let asked = expression.clone();
        thread::Builder::new()
            .name("calculator".to_owned())
            .stack_size(STACK)
            .spawn(move || answer.send(evaluate(&asked)))
            .map_err(|error| ToolError::Failed(format!("cannot calculate now: {error}")))?;
        let result = waiting
            .await
            .unwrap_or_else(|_| Err("the calculator has a defect".to_owned()));
        result.map_err(|reason| {
            ToolError::Failed(format!("cannot evaluate {expression:?}: {reason}"))
        })
    }
}

fn evaluate(expression: &str) -> Result<String, String> {
    let mut context = Context::new();
    context.disable_rng();
    let result = evaluate_with_interrupt(
        expression,
        &mut context,
        &Deadline(Instant::now() + MAX_TIME),
    )?;
    Ok(result.get_main_result().to_owned())
}

/// Ends an evaluation that takes too long, e.g. `10^10^10`.
struct Deadline(Instant);

impl Interrupt for Deadline {
    fn should_interrupt(&self) -> bool {
        Instant::now() > self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use mosaic_domain::{Fence, InstanceId, RunId, Scope, UserId, WorkspaceId};
    use uuid::Uuid;

    async fn calculate(expression: &str) -> Result<String, ToolError> {
        let scope = Scope {
            workspace_id: WorkspaceId::new(Uuid::nil()),
            user_id: UserId::new(Uuid::nil()),
        };
        let context = ToolContext {
            scope,
            fence: Fence {
                run_id: RunId::new(Uuid::nil()),
                epoch: 1,
                worker_id: InstanceId::new(Uuid::nil()),
            },
            step: 2,
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

    #[tokio::test]
    async fn no_expression_exhausts_the_stack() {
        let tower = vec!["9"; 500].join("^");
        let nested = format!("{}1{}", "(".repeat(499), ")".repeat(499));
        let signs = format!("{}1", "-".repeat(999));
        let bangs = format!("1{}", "!".repeat(900));
        let endless = "(\\x.x x)(\\x.x x)".to_owned();
        for expression in [tower, nested, signs, bangs, endless] {
            // An answer or a refusal, and the process lives.
            let _ = calculate(&expression).await;
        }
        assert_eq!(calculate("1 + 1").await.unwrap(), "2");
    }
}
