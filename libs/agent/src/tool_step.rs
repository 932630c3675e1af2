//! Tool calls: all that the model asked for at once, in parallel, each recorded when it returns.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures::future::{Either, select};
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use mosaic_domain::event::StepUsage;
use mosaic_domain::{NumberedStep, RunEvent, StepKind, StepRecord, ToolOutcome, ToolState, Usage};
use mosaic_tools::{ToolContext, ToolError};

use crate::journal::{JournalError, Record};
use crate::run::{Agent, Execution};
use crate::stop::Stop;
use crate::storable;
use crate::transcript::{PendingCall, ToolOutput};

/// Said to the model about a call whose worker died.
const UNKNOWN: &str = "The outcome of this call is unknown: it was begun, and the connection to it was lost before \
                       it reported back. It may or may not have taken effect. It was not repeated.";

/// Runs every pending call. Returns early only if the run is to stop.
pub(crate) async fn execute(execution: &mut Execution<'_>) -> Result<Option<Stop>, JournalError> {
    let pending = std::mem::take(&mut execution.transcript.pending);
    let toolbox = execution.agent.toolbox.clone();
    let repeatable = |call: &PendingCall| toolbox.is_idempotent(&call.call.name);
    let (lost, mut runnable): (Vec<_>, Vec<_>) = pending
        .into_iter()
        .partition(|one| one.state == ToolState::Started && !repeatable(one));
    let mut results = Results::new();
    for call in lost {
        let output = ToolOutput {
            outcome: ToolOutcome::Unknown,
            output: UNKNOWN.to_owned(),
        };
        record(execution, &call, &output, 0).await?;
        results.insert(call.step, (call.call.id, output));
    }
    let risky: Vec<&mut PendingCall> = runnable.iter_mut().filter(|one| !repeatable(one)).collect();
    mark_started(execution, risky).await?;
    let stop = run_all(execution, runnable, &mut results).await?;
    // The model reads results in the order in which it asked, whichever came first.
    for (call_id, output) in results.into_values() {
        execution.transcript.returned(&call_id, &output);
    }
    Ok(stop)
}

/// Results by the number of their step.
type Results = BTreeMap<u32, (String, ToolOutput)>;

async fn run_all(
    execution: &mut Execution<'_>,
    calls: Vec<PendingCall>,
    results: &mut Results,
) -> Result<Option<Stop>, JournalError> {
    let agent = execution.agent.clone();
    let (scope, fence, now) = (
        execution.turn.scope,
        execution.turn.fence(),
        agent.clock.now(),
    );
    let mut running: FuturesUnordered<_> = calls
        .into_iter()
        .map(|pending| {
            let context = ToolContext {
                scope,
                fence,
                step: pending.step,
                now,
            };
            call(&agent, pending, context)
        })
        .collect();
    let stop = execution.stop.clone();
    loop {
        match select(running.next(), Box::pin(stop.wait())).await {
            Either::Left((None, _)) => return Ok(None),
            Either::Left((Some((pending, output, duration_ms)), _)) => {
                record(execution, &pending, &output, duration_ms).await?;
                results.insert(pending.step, (pending.call.id, output));
            }
            Either::Right((stop, _)) => return Ok(Some(stop)),
        }
    }
}

#[tracing::instrument(
    name = "agent.tool.call",
    skip_all,
    fields(gen_ai.tool.name = pending.call.name, run.id = %context.fence.run_id, step = pending.step)
)]
async fn call(
    agent: &Agent,
    pending: PendingCall,
    context: ToolContext,
) -> (PendingCall, ToolOutput, u32) {
    let started = agent.clock.now();
    let limit = agent.settings.tool_timeout;
    let work = agent
        .toolbox
        .call(&pending.call.name, pending.call.arguments.clone(), context);
    // A defect of one tool is that tool's failure, not the end of the run.
    let work = AssertUnwindSafe(work).catch_unwind();
    let result = match select(Box::pin(work), Box::pin(agent.clock.sleep(limit))).await {
        Either::Left((Ok(result), _)) => result,
        Either::Left((Err(_), _)) => Err(ToolError::Failed(format!(
            "{} met a defect of its own and was given up",
            pending.call.name
        ))),
        Either::Right(_) => Err(ToolError::Failed(format!(
            "{} gave no answer within {} s and was given up",
            pending.call.name,
            limit.as_secs()
        ))),
    };
    let output = match result {
        Ok(output) => ToolOutput {
            outcome: ToolOutcome::Succeeded,
            output: storable::text(output),
        },
        Err(error) => ToolOutput {
            outcome: ToolOutcome::Failed,
            output: storable::text(error.to_string()),
        },
    };
    let elapsed = (agent.clock.now() - started).num_milliseconds().max(0);
    (pending, output, u32::try_from(elapsed).unwrap_or(u32::MAX))
}

/// Records that calls which must not be repeated are about to begin.
async fn mark_started(
    execution: &mut Execution<'_>,
    calls: Vec<&mut PendingCall>,
) -> Result<(), JournalError> {
    if calls.is_empty() {
        return Ok(());
    }
    let mut steps = Vec::new();
    for pending in calls {
        pending.state = ToolState::Started;
        steps.push(step(pending, None, None));
    }
    let record = Record {
        steps,
        seen_seq: execution.known_seq(),
        ..Record::default()
    };
    let joined = execution.journal.record(record).await?;
    execution.expect(joined);
    Ok(())
}

/// Records what a call returned.
async fn record(
    execution: &mut Execution<'_>,
    pending: &PendingCall,
    output: &ToolOutput,
    duration_ms: u32,
) -> Result<(), JournalError> {
    let encoded =
        serde_json::to_value(output).map_err(|error| JournalError::Broken(error.to_string()))?;
    let done = StepUsage {
        step: pending.step,
        kind: StepKind::Tool,
        usage: Usage::default(),
        duration_ms,
    };
    let record = Record {
        steps: vec![step(pending, Some(encoded), Some(duration_ms))],
        usage: Usage::default(),
        seen_seq: execution.known_seq(),
        then: vec![
            RunEvent::ToolCompleted {
                step: pending.step,
                call_id: pending.call.id.clone(),
                name: pending.call.name.clone(),
                outcome: output.outcome,
                output: output.output.clone(),
            },
            RunEvent::StepCompleted(done),
        ],
    };
    let joined = execution.journal.record(record).await?;
    execution.expect(joined);
    Ok(())
}

fn step(
    pending: &PendingCall,
    output: Option<serde_json::Value>,
    duration_ms: Option<u32>,
) -> NumberedStep {
    NumberedStep {
        step: pending.step,
        record: StepRecord::Tool {
            name: pending.call.name.clone(),
            call_id: pending.call.id.clone(),
            arguments: pending.call.arguments.clone(),
            state: if output.is_some() {
                ToolState::Completed
            } else {
                pending.state
            },
            output,
            duration_ms,
        },
    }
}
