//! One call of the model that writes summaries.

use std::time::Duration;

use futures::TryStreamExt as _;
use mosaic_llm::{LlmError, LlmErrorKind, SummaryLine, SummaryTask, TurnAssembly, Usage};

use crate::models::Model;

/// The longest summary kept, in characters for each token that it may have.
const CHARACTERS_PER_TOKEN: usize = 8;

/// What a model wrote.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) usage: Usage,
}

/// Has a summary of these lines written, in at most `max_tokens` and within `limit`.
#[tracing::instrument(name = "summarizer.model.call", skip_all, fields(gen_ai.request.model = model.name, lines = lines.len()))]
pub(crate) async fn ask(
    model: &Model,
    task: SummaryTask,
    lines: &[SummaryLine],
    max_tokens: u32,
    limit: Duration,
) -> Result<Written, LlmError> {
    let mut request = task.request(&model.name, lines, max_tokens);
    request.timeouts.total = Some(limit);
    let mut stream = model.provider.complete(request).await?;
    let mut answer = TurnAssembly::default();
    while let Some(event) = stream.try_next().await? {
        answer.push(&event);
    }
    let broken = |kind, message: &str| LlmError::new(kind, model.provider.name(), message);
    let Some((_, usage)) = answer.done() else {
        let message = "the summary broke off before its end";
        return Err(broken(LlmErrorKind::Network, message));
    };
    let most = CHARACTERS_PER_TOKEN * usize::try_from(max_tokens).unwrap_or(usize::MAX);
    // Postgres stores no null characters.
    let text: String = answer.text().replace('\0', "").chars().take(most).collect();
    let text = text.trim().to_owned();
    if text.is_empty() {
        // A model that reasons may have used up all it was given; another attempt may do with less.
        let message = "the model wrote nothing";
        return Err(broken(LlmErrorKind::Overloaded, message));
    }
    Ok(Written { text, usage })
}
