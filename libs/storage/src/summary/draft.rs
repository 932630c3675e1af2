//! Summaries that take more than one attempt: what was paid for is not paid for again, and what failed for good is not tried
//! again at once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, SummaryKind};
use mosaic_proto::job::Job;
use sqlx::PgConnection;

use crate::instance::interval;
use crate::outbox::forget_delivered;
use crate::{Error, Purpose, Storage};

/// How long a summary that failed for good is left alone: so long after the first time, then twice as long each time.
const FIRST_REST: Duration = Duration::from_hours(6);
/// It is not left alone for longer: somebody may have mended what was wrong.
const LONGEST_REST: Duration = Duration::from_hours(24);

/// What was written so far of a summary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SummaryDraft {
    /// How much of what is to be summarised it stands for, in bytes from the beginning.
    pub taken: u64,
    /// The text.
    pub content: String,
    /// Tokens it cost to read that.
    pub input_tokens: i64,
    /// Tokens it cost to write it.
    pub output_tokens: i64,
}

impl Storage {
    /// Keeps what was written so far of the summary that comes after the one which ends with the run `after`.
    pub async fn save_summary_draft(
        &self,
        conversation_id: ConversationId,
        kind: SummaryKind,
        after: i32,
        draft: &SummaryDraft,
    ) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Summarizer).await?;
        sqlx::query!(
            "INSERT INTO summary_drafts (conversation_id, kind, after_ordinal, taken, content, input_tokens,
                                         output_tokens)
             SELECT id, $2, $3, $4, $5, $6, $7
             FROM conversations
             WHERE id = $1
             ON CONFLICT (conversation_id, kind) DO UPDATE
             SET after_ordinal = EXCLUDED.after_ordinal,
                 taken = EXCLUDED.taken,
                 content = EXCLUDED.content,
                 input_tokens = EXCLUDED.input_tokens,
                 output_tokens = EXCLUDED.output_tokens,
                 failures = 0",
            conversation_id.uuid(),
            kind.as_str(),
            after,
            i64::try_from(draft.taken).unwrap_or(i64::MAX),
            draft.content,
            draft.input_tokens,
            draft.output_tokens,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends the job of a summary that failed for good. The same is not wanted again for hours, whoever asks for it.
    pub async fn bury_summary_job(
        &self,
        job: &Job,
        conversation_id: ConversationId,
        kind: SummaryKind,
    ) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Summarizer).await?;
        super::request::lock(&mut tx, conversation_id).await?;
        sqlx::query!(
            "INSERT INTO summary_drafts AS d (conversation_id, kind, failures, rest_until)
             SELECT id, $2, 1, now() + $3::interval
             FROM conversations
             WHERE id = $1
             ON CONFLICT (conversation_id, kind) DO UPDATE
             SET failures = d.failures + 1,
                 rest_until = now() + LEAST($3::interval * power(2, LEAST(d.failures, 10)), $4::interval)",
            conversation_id.uuid(),
            kind.as_str(),
            interval(FIRST_REST),
            interval(LONGEST_REST),
        )
        .execute(&mut *tx)
        .await?;
        forget_delivered(&mut tx, job).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Until when a summary is left alone that failed for good. Each time it is tried it may leave another dead letter, so a
/// person does not get it tried more often than a message does. The conversation is locked.
pub(super) async fn rest(
    tx: &mut PgConnection,
    conversation_id: ConversationId,
    kind: SummaryKind,
) -> Result<Option<DateTime<Utc>>, Error> {
    let until = sqlx::query_scalar!(
        r#"SELECT rest_until AS "until!"
           FROM summary_drafts
           WHERE conversation_id = $1 AND kind = $2 AND rest_until > now()"#,
        conversation_id.uuid(),
        kind.as_str(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(until)
}
