//! Asking the model that writes summaries.

use std::time::Duration;

use futures::TryStreamExt as _;
use mosaic_llm::{
    CompletionRequest, FinishReason, LlmError, LlmErrorKind, SummaryLine, SummaryTask,
    TurnAssembly, Usage,
};

use crate::models::Model;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(
        "the model was cut off before the end of the summary: raise summarizer.max_output_tokens"
    )]
    CutOff,
    #[error("the provider withheld the summary: choose another summarizer.model")]
    Withheld,
    /// A model that reasons may have used up all it was given; another attempt may do with less.
    #[error("the model wrote nothing")]
    Nothing,
    #[error(transparent)]
    Model(#[from] LlmError),
}

/// The longest summary kept, in characters for each token that it may have.
const CHARACTERS_PER_TOKEN: usize = 8;

/// What a model wrote.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) usage: Usage,
}

/// Has a summary of these lines written, of about `max_tokens` at the most, each call within `limit`.
///
/// A model that is cut off before its end, perhaps because it reasons first, is asked once more and may have twice as much.
pub(crate) async fn ask(
    model: &Model,
    task: SummaryTask,
    lines: &[SummaryLine],
    max_tokens: u32,
    limit: Duration,
) -> Result<Written, Error> {
    let mut request = task.request(&model.name, lines, max_tokens);
    request.timeouts.total = Some(limit);
    let (mut finish, mut written) = call(model, request.clone()).await?;
    if finish == FinishReason::Length {
        request.max_tokens = Some(max_tokens.saturating_mul(2));
        match call(model, request).await {
            Ok((end, mut longer)) => {
                longer.usage += written.usage;
                (finish, written) = (end, longer);
            }
            // So much the model never writes; what is wrong is still that it was cut off.
            Err(error) if error.kind == LlmErrorKind::BadRequest => {}
            Err(error) => return Err(error.into()),
        }
    }
    match finish {
        FinishReason::Length => return Err(Error::CutOff),
        FinishReason::ContentFilter => return Err(Error::Withheld),
        FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Other => {}
    }
    let most = CHARACTERS_PER_TOKEN * usize::try_from(max_tokens).unwrap_or(usize::MAX);
    // Postgres stores no null characters.
    let text: String = written.text.replace('\0', "").chars().take(most).collect();
    text.trim().clone_into(&mut written.text);
    if written.text.is_empty() {
        return Err(Error::Nothing);
    }
    Ok(written)
}

#[tracing::instrument(name = "summarizer.model.call", skip_all, fields(gen_ai.request.model = model.name))]
async fn call(
    model: &Model,
    request: CompletionRequest,
) -> Result<(FinishReason, Written), LlmError> {
    let mut stream = model.provider.complete(request).await?;
    let mut answer = TurnAssembly::default();
    while let Some(event) = stream.try_next().await? {
        answer.push(&event);
    }
    let Some((finish, usage)) = answer.done() else {
        let message = "the summary broke off before its end";
        let provider = model.provider.name();
        return Err(LlmError::new(LlmErrorKind::Network, provider, message));
    };
    let text = answer.text();
    Ok((finish, Written { text, usage }))
}
