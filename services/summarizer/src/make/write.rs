//! Having the material written up: at once if it fits the model's window, else piece by piece, each with the summary of those
//! before it.
//!
//! What was written of a piece is kept at once. An attempt that fails, or that is stopped, costs one call: the next one goes
//! on behind it.

use std::time::Duration;

use mosaic_domain::{ConversationId, SummaryKind};
use mosaic_llm::{LlmErrorKind, SummaryLine, SummaryTask};
use mosaic_storage::{Error, SummaryDraft, SummaryMaterial};

use super::{Failure, Maker, Wanted};
use crate::ask::{self, ask};
use crate::fold;
use crate::models::{BYTES_PER_TOKEN, Model};

/// Share of the window that a piece of what is summarised may fill.
const PIECE: f64 = 0.6;
/// Bytes of the task itself.
const TASK_BYTES: usize = 1_600;
/// The smallest piece, for windows in which hardly anything fits.
const LEAST_PIECE: usize = 400;
/// Pieces that one attempt reads at the most. Of more it takes in the whole runs that it can, and leaves the rest to the
/// next summary.
const MOST_PIECES: usize = 100;
/// How often pieces are made smaller when the model still finds them too long.
const HALVINGS: u32 = 3;

/// A summary that is written.
pub(super) struct Whole {
    /// The last run it covers.
    pub(super) last_ordinal: i32,
    /// Its text and what that cost.
    pub(super) draft: SummaryDraft,
}

/// A summary that is being written.
struct Writing<'a> {
    writer: &'a Model,
    conversation_id: ConversationId,
    kind: SummaryKind,
    /// Where the summary before it ends, and what that says.
    after: i32,
    previous: Option<String>,
    max_tokens: u32,
    draft: SummaryDraft,
}

impl Maker {
    /// Goes on where an earlier attempt ended.
    pub(super) async fn write_up(
        &self,
        wanted: Wanted,
        writer: &Model,
        material: SummaryMaterial,
    ) -> Result<Whole, Failure> {
        let messages = &material.messages;
        let (after, previous) = material.previous.unzip();
        let max_tokens = self.max_output_tokens.min((writer.window / 4).max(64));
        let mut writing = Writing {
            writer,
            conversation_id: wanted.conversation_id,
            kind: wanted.kind,
            after: after.unwrap_or_default(),
            previous,
            max_tokens,
            // One that stands for more than is summarised now is of no use.
            draft: material
                .draft
                .filter(|draft| fold::rest(messages, draft.taken).is_some())
                .unwrap_or_default(),
        };
        let mut room = room(writer, max_tokens);
        let mut halvings = 0;
        loop {
            let found = fold::whole_runs(messages, writing.draft.taken, room, MOST_PIECES);
            let Some((last_ordinal, pieces)) = found else {
                return Err(Failure::Never(format!(
                    "a single turn would take more than {MOST_PIECES} calls of {}, whose window is too small for it: set summarizer.model to a model with a larger one",
                    writer.full_name()
                )));
            };
            match self.fold(&mut writing, &pieces).await {
                Err(trouble) if trouble.is_length() && halvings < HALVINGS => {
                    halvings += 1;
                    room = (room / 2).max(LEAST_PIECE);
                }
                Err(Trouble::Model(error)) => return Err(error.into()),
                Err(Trouble::Record(error)) => return Err(error.into()),
                Ok(()) => {
                    let draft = writing.draft;
                    return Ok(Whole {
                        last_ordinal,
                        draft,
                    });
                }
            }
        }
    }

    async fn fold(
        &self,
        writing: &mut Writing<'_>,
        pieces: &[Vec<SummaryLine>],
    ) -> Result<(), Trouble> {
        for (number, piece) in pieces.iter().enumerate() {
            let is_last = number + 1 == pieces.len();
            writing.take_in(piece, is_last, self.timeout).await?;
            // The last one is recorded as the summary itself.
            if !is_last {
                self.storage
                    .save_summary_draft(
                        writing.conversation_id,
                        writing.kind,
                        writing.after,
                        &writing.draft,
                    )
                    .await?;
            }
        }
        Ok(())
    }
}

/// Why a piece was not taken in.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Model(#[from] ask::Error),
    #[error(transparent)]
    Record(#[from] Error),
}

impl Trouble {
    /// Whether smaller pieces may help.
    fn is_length(&self) -> bool {
        matches!(self, Self::Model(ask::Error::Model(error)) if error.kind == LlmErrorKind::ContextTooLong)
    }
}

impl Writing<'_> {
    async fn take_in(
        &mut self,
        piece: &[SummaryLine],
        is_last: bool,
        limit: Duration,
    ) -> Result<(), ask::Error> {
        let so_far = match self.draft.taken {
            0 => self.previous.clone(),
            _ => Some(self.draft.content.clone()),
        };
        let so_far = so_far.map(|text| SummaryLine {
            by: "summary".to_owned(),
            text,
        });
        let lines: Vec<SummaryLine> = so_far.into_iter().chain(piece.iter().cloned()).collect();
        // What is between the first piece and the last must be kept, not told.
        let task = match self.kind {
            SummaryKind::Session if is_last => SummaryTask::Session,
            _ => SummaryTask::Compaction,
        };
        let written = ask(self.writer, task, &lines, self.max_tokens, limit).await?;
        let (read, wrote) = (written.usage.prompt(), written.usage.output);
        self.draft = SummaryDraft {
            taken: self.draft.taken + fold::bytes(piece),
            content: written.text,
            input_tokens: add(self.draft.input_tokens, read),
            output_tokens: add(self.draft.output_tokens, wrote),
        };
        Ok(())
    }
}

fn add<T: TryInto<i64>>(tokens: i64, more: T) -> i64 {
    tokens.saturating_add(more.try_into().unwrap_or(i64::MAX))
}

/// The bytes of a piece: beside it there are the task and the summary so far.
fn room(writer: &Model, max_tokens: u32) -> usize {
    let answer = usize::try_from(max_tokens).unwrap_or(usize::MAX);
    let beside = answer
        .saturating_mul(BYTES_PER_TOKEN)
        .saturating_add(TASK_BYTES);
    writer.share(PIECE).saturating_sub(beside).max(LEAST_PIECE)
}
