//! Making one summary.

mod write;

use std::time::Duration;

use mosaic_config::SummarizerConfig;
use mosaic_domain::{ConversationId, SummaryKind};
use mosaic_llm::LlmError;
use mosaic_proto::job::Job;
use mosaic_runtime::clock;
use mosaic_storage::{ConversationWeight, Error, NewSummary, Storage, SummaryMaterial};

use crate::models::{Model, Models};
use crate::{ask, fold};

/// Messages that one summary takes in at the most; what is left is taken in by the next.
const MOST_MESSAGES: u32 = 4_000;
/// A run reads so many messages before its own at the most, so a history with this many is compacted however light it is.
const MANY_MESSAGES: u64 = 300;
/// So many of them stay word for word at the most.
const FEW_MESSAGES: usize = 150;

/// Why a summary was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Another attempt may make it, not before this long from now.
    #[error("{reason}")]
    Retry {
        reason: String,
        after: Option<Duration>,
    },
    /// It can never be made.
    #[error("{0}")]
    Never(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // Operators who read dead letters are strangers to the host.
        tracing::warn!(%error, "the record failed a summary");
        let reason = error.told().to_owned();
        match error {
            Error::Corrupt { .. } | Error::Encode(_) => Self::Never(reason),
            _ => Self::Retry {
                reason,
                after: None,
            },
        }
    }
}

impl From<ask::Error> for Failure {
    fn from(error: ask::Error) -> Self {
        let reason = error.to_string();
        match error {
            ask::Error::CutOff | ask::Error::Nothing => Self::Retry {
                reason,
                after: None,
            },
            ask::Error::Withheld => Self::Never(reason),
            ask::Error::Model(error) => error.into(),
        }
    }
}

impl From<LlmError> for Failure {
    fn from(error: LlmError) -> Self {
        // Operators who read dead letters are not who said what the model was given: its provider may repeat that.
        tracing::warn!(%error, "the model of a summary failed");
        let reason = format!("The model failed ({}). {}", error.kind, error.remedy());
        if error.is_retryable() {
            let after = error.retry_after;
            Self::Retry { reason, after }
        } else {
            Self::Never(reason)
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) conversation_id: ConversationId,
    pub(crate) kind: SummaryKind,
    /// Whether a person asked for it.
    pub(crate) forced: bool,
}

/// Makes summaries.
#[derive(Debug, Clone)]
pub(crate) struct Maker {
    pub(crate) storage: Storage,
    pub(crate) models: Models,
    pub(crate) compact_at: f64,
    pub(crate) keep_share: f64,
    pub(crate) max_output_tokens: u32,
    pub(crate) timeout: Duration,
}

impl Maker {
    pub(crate) fn new(storage: Storage, models: Models, config: &SummarizerConfig) -> Self {
        Self {
            storage,
            models,
            compact_at: config.compact_at,
            keep_share: config.keep_share,
            max_output_tokens: config.max_output_tokens,
            timeout: config.job_timeout(),
        }
    }

    /// Whether a conversation has grown too long for its model.
    pub(crate) fn is_too_long(&self, weight: &ConversationWeight) -> Result<bool, LlmError> {
        let model = self.models.of(&weight.agent, weight.model.as_deref())?;
        let bytes = usize::try_from(weight.bytes).unwrap_or(usize::MAX);
        Ok(weight.messages > MANY_MESSAGES || bytes > model.share(self.compact_at))
    }

    /// Makes the summary and records it; false if there is nothing to be made any more. Either way the job has ended.
    pub(crate) async fn make(&self, job: &Job, wanted: Wanted) -> Result<bool, Failure> {
        let attempt = async {
            let Some(new) = self.write(wanted).await? else {
                self.storage.end_summary_job(job).await?;
                return Ok(false);
            };
            Ok(self.storage.record_summary(&new, job).await?)
        };
        match tokio::time::timeout(self.timeout, attempt).await {
            Ok(made) => made,
            Err(_) => Err(Failure::Retry {
                reason: format!(
                    "it took longer than summarizer.job_timeout_s ({} s)",
                    self.timeout.as_secs()
                ),
                after: None,
            }),
        }
    }

    async fn write(&self, wanted: Wanted) -> Result<Option<NewSummary>, Failure> {
        let Wanted {
            conversation_id,
            kind,
            ..
        } = wanted;
        let found = self
            .storage
            .summary_material(conversation_id, kind, MOST_MESSAGES);
        let Some(mut material) = found.await? else {
            return Ok(None);
        };
        let model = self.models.of(&material.agent, material.model.as_deref())?;
        self.take_what_is_due(wanted, &mut material, &model);
        let Some(first) = material.messages.first().map(|one| one.ordinal) else {
            return Ok(None);
        };
        let after = material
            .previous
            .as_ref()
            .map_or(0, |(ordinal, _)| *ordinal);
        let writer = self.models.writer(&model)?;
        let whole = self.write_up(wanted, &writer, material).await?;
        Ok(Some(NewSummary {
            id: clock::id(),
            conversation_id,
            kind,
            after,
            // A compaction has the one before it folded in and stands for everything.
            first_ordinal: if kind == SummaryKind::Compaction {
                1
            } else {
                first
            },
            last_ordinal: whole.last_ordinal,
            title: (kind == SummaryKind::Session).then(|| title(&whole.draft.content)),
            content: whole.draft.content,
            model: writer.full_name(),
            input_tokens: whole.draft.input_tokens,
            output_tokens: whole.draft.output_tokens,
        }))
    }

    /// Leaves of the material what this summary takes in: nothing, if it is not due any more.
    fn take_what_is_due(&self, wanted: Wanted, material: &mut SummaryMaterial, model: &Model) {
        let all = material.messages.len();
        let is_cut = all >= MOST_MESSAGES as usize;
        let most = match wanted.kind {
            // The last run may have been cut; it is left to the next summary.
            _ if is_cut => {
                let last = material.messages.last().map(|one| one.ordinal);
                let whole = material.messages.iter();
                whole.take_while(|one| Some(one.ordinal) != last).count()
            }
            SummaryKind::Session => all,
            SummaryKind::Compaction if wanted.forced => fold::oldest_part(&material.messages, 0, 0),
            SummaryKind::Compaction if all > FEW_MESSAGES || self.was_heavy(material, model) => {
                let keep = model.share(self.keep_share);
                fold::oldest_part(&material.messages, keep, FEW_MESSAGES)
            }
            SummaryKind::Compaction => 0,
        };
        material.messages.truncate(most);
    }

    /// Whether this was too much when the job was asked for. The run that was being answered counted then and is not part
    /// of the material; it may have weighed as much as what is kept.
    fn was_heavy(&self, material: &SummaryMaterial, model: &Model) -> bool {
        material.bytes() > model.share(self.compact_at - self.keep_share)
    }
}

/// The first line of a session summary as a title.
fn title(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    let line = line.trim_start_matches(['#', '*', ' ']);
    let line = line.strip_prefix("Title:").unwrap_or(line);
    let line = line.trim_matches(['"', '*', ' ']);
    mosaic_domain::agent::title_from(line)
}

#[cfg(test)]
mod tests {
    use mosaic_llm::LlmErrorKind;

    use super::*;

    #[test]
    fn the_words_of_a_provider_do_not_become_the_reason_of_a_dead_letter() {
        let error = LlmError::new(
            LlmErrorKind::BadRequest,
            "local",
            "my secret prompt is too long",
        );
        let reason = Failure::from(error).to_string();
        assert!(reason.contains("bad_request"), "{reason}");
        assert!(reason.contains("default_model"), "{reason}");
        assert!(!reason.contains("secret"), "{reason}");
    }

    #[test]
    fn what_cannot_be_read_does_not_become_the_reason_of_a_dead_letter() {
        let error = Error::Corrupt {
            table: "messages",
            column: "role",
            id: "7".to_owned(),
            reason: "unknown: my secret".to_owned(),
        };
        let failure = Failure::from(error);
        assert!(matches!(failure, Failure::Never(_)), "{failure}");
        let reason = failure.to_string();
        assert!(!reason.contains("secret"), "{reason}");
    }
}
