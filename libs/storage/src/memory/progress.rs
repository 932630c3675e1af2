//! How far messages were looked at, so that one whose event was lost is remembered all the same.
//!
//! Ids of messages are ordered by the time they were made at. Two marks move along them: one from where memory began to
//! the last message, for ever, one from there back to the first, once. A look costs what it finds and never reads what
//! lies between the marks.

use mosaic_domain::MessageId;
use uuid::Uuid;

use crate::{Error, Purpose, Storage};

/// Some messages beyond a mark, in the order in which it moves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unseen {
    /// Those that are neither remembered nor forgotten.
    pub messages: Vec<MessageId>,
    /// Where the mark is to be put when they were dealt with; none if there is nothing beyond it.
    pub reached: Option<MessageId>,
}

struct Seen {
    id: Uuid,
    unseen: bool,
}

impl Storage {
    /// Sets both marks, unless they are set: forward from `settled`, back from `now`. What lies between is met by both.
    pub async fn begin_memory_progress(
        &self,
        settled: MessageId,
        now: MessageId,
    ) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Indexer).await?;
        sqlx::query!(
            "INSERT INTO memory_progress (through, back_to) VALUES ($1, $2)
             ON CONFLICT (only_one) DO NOTHING",
            settled.uuid(),
            now.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The next messages forward, as far as they are older than `settled`: a younger one may be recorded after one that
    /// was made later.
    pub async fn messages_ahead(&self, settled: MessageId, limit: u32) -> Result<Unseen, Error> {
        let mut tx = self.system(Purpose::Indexer).read().await?;
        let rows = sqlx::query_as!(
            Seen,
            r#"SELECT next.id AS "id!",
                      NOT EXISTS (SELECT FROM memories WHERE message_id = next.id)
                      AND NOT EXISTS (SELECT FROM memory_forgotten WHERE message_id = next.id) AS "unseen!"
               FROM (
                   SELECT id
                   FROM messages
                   WHERE id > (SELECT through FROM memory_progress) AND id < $1
                   ORDER BY id
                   LIMIT $2
               ) AS next
               ORDER BY next.id"#,
            settled.uuid(),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(unseen(&rows))
    }

    /// The next messages back.
    pub async fn messages_behind(&self, limit: u32) -> Result<Unseen, Error> {
        let mut tx = self.system(Purpose::Indexer).read().await?;
        let rows = sqlx::query_as!(
            Seen,
            r#"SELECT next.id AS "id!",
                      NOT EXISTS (SELECT FROM memories WHERE message_id = next.id)
                      AND NOT EXISTS (SELECT FROM memory_forgotten WHERE message_id = next.id) AS "unseen!"
               FROM (
                   SELECT id
                   FROM messages
                   WHERE id < (SELECT back_to FROM memory_progress)
                   ORDER BY id DESC
                   LIMIT $1
               ) AS next
               ORDER BY next.id DESC"#,
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(unseen(&rows))
    }

    /// Notes that everything forward through this message was dealt with.
    pub async fn reached_ahead(&self, through: MessageId) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Indexer).await?;
        sqlx::query!(
            "UPDATE memory_progress SET through = $1 WHERE through < $1",
            through.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that everything back to this message was dealt with.
    pub async fn reached_behind(&self, back_to: MessageId) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Indexer).await?;
        sqlx::query!(
            "UPDATE memory_progress SET back_to = $1 WHERE back_to > $1",
            back_to.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

fn unseen(rows: &[Seen]) -> Unseen {
    Unseen {
        messages: rows
            .iter()
            .filter(|row| row.unseen)
            .map(|row| MessageId::new(row.id))
            .collect(),
        reached: rows.last().map(|row| MessageId::new(row.id)),
    }
}
