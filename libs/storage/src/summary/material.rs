//! What a summary is made from.

use mosaic_domain::{ConversationId, Role, SummaryKind};

use crate::{Error, Storage};

/// A conversation as far as it is not summarised yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryMaterial {
    /// Who answers there.
    pub agent: String,
    /// `provider/model`, where one was chosen.
    pub model: Option<String>,
    /// The newest summary of this kind, and the last run it covers.
    pub previous: Option<(i32, String)>,
    /// What was said in ended runs after it, in the order in which it was answered.
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

impl Storage {
    /// How many bytes a conversation's next model call would carry of what was said before: the newest compaction and
    /// everything after it. With who answers and with which model. `None` if it is gone.
    pub async fn conversation_weight(
        &self,
        conversation_id: ConversationId,
    ) -> Result<Option<(u64, String, Option<String>)>, Error> {
        let row = sqlx::query!(
            r#"WITH newest AS (
                   SELECT last_ordinal, octet_length(content) AS bytes
                   FROM summaries
                   WHERE conversation_id = $1 AND kind = 'compaction'
                   ORDER BY last_ordinal DESC
                   LIMIT 1
               )
               SELECT c.agent, c.model,
                      (COALESCE((SELECT bytes FROM newest), 0)
                       + COALESCE((SELECT sum(octet_length(m.content))
                                   FROM runs r
                                   JOIN messages m ON m.run_id = r.id
                                   WHERE r.conversation_id = $1
                                     AND r.ordinal > COALESCE((SELECT last_ordinal FROM newest), 0)), 0)
                      )::bigint AS "bytes!"
               FROM conversations c
               WHERE c.id = $1"#,
            conversation_id.uuid(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| (row.bytes.unsigned_abs(), row.agent, row.model)))
    }

    /// What a summary of this kind is made from; `None` if the conversation is gone. At most `limit` messages, the oldest
    /// that are not summarised yet.
    pub async fn summary_material(
        &self,
        conversation_id: ConversationId,
        kind: SummaryKind,
        limit: u32,
    ) -> Result<Option<SummaryMaterial>, Error> {
        let conversation = sqlx::query!(
            r#"SELECT c.agent, c.model, s.last_ordinal AS "last_ordinal?", s.content AS "content?"
               FROM conversations c
               LEFT JOIN LATERAL (
                   SELECT last_ordinal, content
                   FROM summaries
                   WHERE conversation_id = c.id AND kind = $2
                   ORDER BY last_ordinal DESC
                   LIMIT 1
               ) s ON true
               WHERE c.id = $1"#,
            conversation_id.uuid(),
            kind.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = conversation else {
            return Ok(None);
        };
        let previous = row.last_ordinal.zip(row.content);
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
        .fetch_all(&self.pool)
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
            messages: messages.collect::<Result<_, Error>>()?,
        }))
    }
}
