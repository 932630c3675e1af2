//! What a summary is made from.

use mosaic_domain::{ConversationId, Role, SummaryKind};
use sqlx::PgConnection;

use super::SummaryDraft;
use crate::{Error, Purpose, Storage};

/// A conversation as far as it is not summarised yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryMaterial {
    /// Who answers there.
    pub agent: String,
    /// `provider/model`, where one was chosen.
    pub model: Option<String>,
    /// The newest summary of this kind, and the last run it covers.
    pub previous: Option<(i32, String)>,
    /// What an earlier attempt wrote of the next one.
    pub draft: Option<SummaryDraft>,
    /// What was said in ended runs after the newest one, in the order in which it was answered.
    pub messages: Vec<SummaryMessage>,
}

/// A message, with the run it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryMessage {
    /// The run.
    pub ordinal: i32,
    /// Who said it.
    pub role: Role,
    /// The text.
    pub content: String,
}

impl SummaryMaterial {
    /// How much there is, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let previous = self.previous.as_ref().map_or(0, |(_, text)| text.len());
        let messages = self.messages.iter().map(|message| message.content.len());
        previous + messages.sum::<usize>()
    }
}

/// How much the next model call of a conversation would carry of what was said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationWeight {
    /// Bytes of the newest compaction and of every message after it.
    pub bytes: u64,
    /// How many messages come after it.
    pub messages: u64,
    /// Who answers there.
    pub agent: String,
    /// `provider/model`, where one was chosen.
    pub model: Option<String>,
}

/// The compaction that ends with this run; none if it is 0.
pub(crate) async fn compaction_at(
    tx: &mut PgConnection,
    conversation_id: ConversationId,
    last_ordinal: i32,
) -> Result<Option<String>, Error> {
    if last_ordinal == 0 {
        return Ok(None);
    }
    let content = sqlx::query_scalar!(
        "SELECT content
         FROM summaries
         WHERE conversation_id = $1 AND kind = 'compaction' AND last_ordinal = $2",
        conversation_id.uuid(),
        last_ordinal,
    )
    .fetch_optional(tx)
    .await?;
    Ok(content)
}

impl Storage {
    /// How much a conversation weighs. `None` if it is gone.
    pub async fn conversation_weight(
        &self,
        conversation_id: ConversationId,
    ) -> Result<Option<ConversationWeight>, Error> {
        let mut tx = self.system(Purpose::Summarizer).read().await?;
        let row = sqlx::query!(
            r#"SELECT c.agent, c.model,
                      COALESCE(newest.bytes, 0)::bigint AS "folded!",
                      COALESCE(later.bytes, 0)::bigint AS "bytes!",
                      COALESCE(later.messages, 0)::bigint AS "messages!"
               FROM conversations c
               LEFT JOIN LATERAL (
                   SELECT last_ordinal, octet_length(content) AS bytes
                   FROM summaries
                   WHERE conversation_id = c.id AND kind = 'compaction'
                   ORDER BY last_ordinal DESC
                   LIMIT 1
               ) newest ON true
               LEFT JOIN LATERAL (
                   SELECT sum(octet_length(m.content)) AS bytes, count(*) AS messages
                   FROM runs r
                   JOIN messages m ON m.run_id = r.id
                   WHERE r.conversation_id = c.id AND r.ordinal > COALESCE(newest.last_ordinal, 0)
               ) later ON true
               WHERE c.id = $1"#,
            conversation_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(row.map(|row| ConversationWeight {
            bytes: row.folded.unsigned_abs() + row.bytes.unsigned_abs(),
            messages: row.messages.unsigned_abs(),
            agent: row.agent,
            model: row.model,
        }))
    }

    /// What a summary of this kind is made from; `None` if the conversation is gone. At most `limit` messages, the oldest
    /// that are not summarised yet.
    pub async fn summary_material(
        &self,
        conversation_id: ConversationId,
        kind: SummaryKind,
        limit: u32,
    ) -> Result<Option<SummaryMaterial>, Error> {
        let mut tx = self.system(Purpose::Summarizer).read().await?;
        let conversation = sqlx::query!(
            r#"SELECT c.agent, c.model, s.last_ordinal AS "last_ordinal?", s.content AS "content?",
                      d.taken AS "taken?", d.content AS "draft?", d.input_tokens AS "input_tokens?",
                      d.output_tokens AS "output_tokens?"
               FROM conversations c
               LEFT JOIN LATERAL (
                   SELECT last_ordinal, content
                   FROM summaries
                   WHERE conversation_id = c.id AND kind = $2
                   ORDER BY last_ordinal DESC
                   LIMIT 1
               ) s ON true
               LEFT JOIN summary_drafts d
                 ON d.conversation_id = c.id AND d.kind = $2 AND d.taken > 0
                AND d.after_ordinal = COALESCE(s.last_ordinal, 0)
               WHERE c.id = $1"#,
            conversation_id.uuid(),
            kind.as_str(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = conversation else {
            return Ok(None);
        };
        let previous = row.last_ordinal.zip(row.content);
        let draft = row
            .taken
            .zip(row.draft)
            .map(|(taken, content)| SummaryDraft {
                taken: taken.unsigned_abs(),
                content,
                input_tokens: row.input_tokens.unwrap_or_default(),
                output_tokens: row.output_tokens.unwrap_or_default(),
            });
        let after = previous.as_ref().map_or(0, |(ordinal, _)| *ordinal);
        let rows = sqlx::query!(
            "SELECT r.ordinal, m.role, m.content
             FROM runs r
             JOIN messages m ON m.run_id = r.id
             WHERE r.conversation_id = $1
               AND r.ordinal > $2
               AND r.ordinal < COALESCE((SELECT min(open.ordinal)
                                         FROM runs open
                                         WHERE open.conversation_id = $1 AND open.ended_at IS NULL),
                                        2147483647)
             ORDER BY r.ordinal, m.seq
             LIMIT $3",
            conversation_id.uuid(),
            after,
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        let messages = rows.into_iter().map(|row| {
            let role = row.role.parse();
            Ok(SummaryMessage {
                ordinal: row.ordinal,
                role: role
                    .map_err(|error| Error::corrupt("messages", "role", conversation_id, error))?,
                content: row.content,
            })
        });
        Ok(Some(SummaryMaterial {
            agent: row.agent,
            model: row.model,
            previous,
            draft,
            messages: messages.collect::<Result<_, Error>>()?,
        }))
    }
}
