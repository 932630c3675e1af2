//! One call of the model, streamed to whoever watches.

use std::time::Duration;

use futures::StreamExt as _;
use futures::future::{Either, select};
use mosaic_domain::{RunEvent, StepKind};
use mosaic_llm::{
    CompletionEvent, CompletionRequest, LlmError, LlmErrorKind, ToolDefinition, TurnAssembly,
};

use crate::context::fit;
use crate::journal::JournalError;
use crate::run::Execution;
use crate::stop::Stop;
use crate::storable;
use crate::transcript::ModelOutput;

/// How a model step went.
pub(crate) enum Made {
    /// The model answered.
    Answered {
        output: ModelOutput,
        duration_ms: u32,
    },
    /// The run is to stop; this much of the answer had come.
    Stopped { stop: Stop, said: Option<String> },
    /// The run is to halt before the call is tried again.
    Halted,
    /// The provider failed for good.
    Failed(LlmError),
}

/// Calls the model, again if it fails in a way that may pass. What a failed attempt had shown is taken back.
pub(crate) async fn make(execution: &mut Execution<'_>, step: u32) -> Result<Made, JournalError> {
    let settings = execution.agent.settings.clone();
    let mut delay = settings.retry_delay;
    let mut attempt = 1;
    loop {
        let before = execution.journal.position();
        let error = match attempt_once(execution, step).await {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        if !error.is_retryable() || attempt >= settings.model_attempts {
            return Ok(Made::Failed(error));
        }
        tracing::warn!(provider = error.provider, kind = %error.kind, attempt, "a model call failed and is tried again");
        take_back(execution, before);
        let wait = error
            .retry_after
            .unwrap_or(delay)
            .min(settings.max_retry_delay);
        execution.journal.emit(RunEvent::Progress {
            note: retry_note(&error, wait),
        });
        if let Some(made) = sit_out(execution, wait).await {
            return Ok(made);
        }
        delay = delay.saturating_mul(2);
        attempt += 1;
    }
}

#[tracing::instrument(
    name = "agent.model.call",
    skip_all,
    fields(
        gen_ai.provider.name = execution.agent.provider.name(),
        gen_ai.request.model = execution.agent.model,
        gen_ai.usage.input_tokens = tracing::field::Empty,
        gen_ai.usage.output_tokens = tracing::field::Empty,
        run.id = %execution.turn.run_id,
        step,
    )
)]
async fn attempt_once(execution: &mut Execution<'_>, step: u32) -> Result<Made, LlmError> {
    let started = execution.agent.clock.now();
    execution.journal.emit(RunEvent::StepStarted {
        step,
        kind: StepKind::Model,
    });
    let request = request(execution);
    let stop = execution.stop.clone();
    let provider = execution.agent.provider.clone();
    let mut assembly = TurnAssembly::default();
    let call = provider.complete(request);
    let mut stream = match select(call, Box::pin(stop.wait())).await {
        Either::Left((stream, _)) => stream?,
        Either::Right((stop, _)) => return Ok(Made::Stopped { stop, said: None }),
    };
    loop {
        let event = match select(stream.next(), Box::pin(stop.wait())).await {
            Either::Left((Some(event), _)) => storable::event(event?),
            Either::Left((None, _)) => break,
            Either::Right((stop, _)) => {
                return Ok(Made::Stopped {
                    stop,
                    said: Some(assembly.text()),
                });
            }
        };
        show(execution, step, &event);
        assembly.push(&event);
    }
    let Some((finish, usage)) = assembly.done() else {
        return Err(LlmError::new(
            LlmErrorKind::Network,
            execution.agent.provider.name(),
            "the answer broke off before its end",
        ));
    };
    let span = tracing::Span::current();
    span.record("gen_ai.usage.input_tokens", usage.prompt());
    span.record("gen_ai.usage.output_tokens", usage.output);
    let output = ModelOutput {
        blocks: assembly.blocks().to_vec(),
        finish,
        usage,
    };
    let duration_ms = elapsed_ms(execution, started);
    Ok(Made::Answered {
        output,
        duration_ms,
    })
}

fn request(execution: &Execution<'_>) -> CompletionRequest {
    let agent = execution.agent;
    let tools: Vec<ToolDefinition> = agent
        .toolbox
        .specs()
        .into_iter()
        .map(|spec| ToolDefinition {
            name: spec.name.to_owned(),
            description: spec.description.to_owned(),
            parameters: spec.parameters,
        })
        .collect();
    let system = execution.system_prompt();
    let prompt = system.len()
        + tools
            .iter()
            .map(|tool| tool.description.len() + tool.parameters.to_string().len())
            .sum::<usize>();
    let transcript = &execution.transcript;
    let window = agent.context_window;
    let messages = fit(&transcript.messages, transcript.history, prompt, window).to_vec();
    CompletionRequest::new(&agent.model, messages)
        .with_system(system)
        .with_tools(tools)
}

fn show(execution: &mut Execution<'_>, step: u32, event: &CompletionEvent) {
    let shown = match event {
        CompletionEvent::TextDelta { text } if !text.is_empty() => RunEvent::TextDelta {
            step,
            text: text.clone(),
        },
        CompletionEvent::ThinkingDelta { text, .. } if !text.is_empty() => {
            RunEvent::ThinkingDelta {
                step,
                text: text.clone(),
            }
        }
        // Tools are shown once they are recorded, the end when the step is.
        _ => return,
    };
    execution.journal.emit(shown);
}

/// Voids what was shown after `before`.
fn take_back(execution: &mut Execution<'_>, before: u32) {
    let worker_id = execution.turn.worker_id;
    execution.journal.emit(RunEvent::Resumed {
        worker_id,
        rewind_to: before,
    });
}

fn retry_note(error: &LlmError, wait: Duration) -> String {
    format!("{error}; trying again in {} s", wait.as_secs().max(1))
}

/// Waits before the next attempt, unless the run is to stop or to halt.
async fn sit_out(execution: &Execution<'_>, wait: Duration) -> Option<Made> {
    let clock = execution.agent.clock.clone();
    let signal = execution.stop.clone();
    let asked = select(Box::pin(signal.wait()), Box::pin(signal.wait_for_pause()));
    match select(Box::pin(clock.sleep(wait)), asked).await {
        Either::Left(_) => None,
        Either::Right((Either::Left((stop, _)), _)) => Some(Made::Stopped { stop, said: None }),
        Either::Right((Either::Right(_), _)) => Some(Made::Halted),
    }
}

/// Milliseconds since `started`.
pub(crate) fn elapsed_ms(execution: &Execution<'_>, started: chrono::DateTime<chrono::Utc>) -> u32 {
    let elapsed = execution.agent.clock.now() - started;
    u32::try_from(elapsed.num_milliseconds().max(0)).unwrap_or(u32::MAX)
}
