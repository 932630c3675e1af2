//! The messages by which a delivery is shown, written down before and after each is sent.

use super::ChatHold;
use mosaic_domain::DeliveryId;

use crate::{Error, Purpose, Storage};

/// Where a message stands in a delivery.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostPlace {
    /// Which piece of what is shown: the answer, or the words of a person.
    pub piece: String,
    /// Its part, from 0.
    pub part: i32,
}

/// A message of the channel, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Where it stands.
    pub place: PostPlace,
    /// Which message it is and what it shows; nothing if it was about to be sent and nobody knows whether it was.
    pub shown: Option<(String, [u8; 32])>,
}

impl Storage {
    /// The messages of a delivery.
    pub async fn channel_posts(&self, delivery_id: DeliveryId) -> Result<Vec<Post>, Error> {
        let mut tx = self.system(Purpose::Channels).read().await?;
        let rows = sqlx::query!(
            "SELECT piece, part, external_message_id, text_hash
             FROM channel_posts
             WHERE delivery_id = $1
             ORDER BY piece, part",
            delivery_id.uuid(),
        )
        .fetch_all(&mut *tx)
        .await?;
        rows.into_iter()
            .map(|row| {
                let hash = row.text_hash.map(<[u8; 32]>::try_from).transpose();
                let hash = hash.map_err(|_| {
                    Error::corrupt("channel_posts", "text_hash", delivery_id, "not 32 bytes")
                })?;
                Ok(Post {
                    place: PostPlace {
                        piece: row.piece,
                        part: row.part,
                    },
                    shown: row.external_message_id.zip(hash),
                })
            })
            .collect()
    }

    /// Notes that a message is about to be sent; `false` if the chat is not held any more, and then it must not be.
    pub async fn begin_post(
        &self,
        hold: &ChatHold,
        delivery_id: DeliveryId,
        place: &PostPlace,
    ) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        let done = sqlx::query!(
            "INSERT INTO channel_posts (delivery_id, piece, part)
             SELECT $4, $5, $6
             FROM channel_chats
             WHERE channel = $1 AND chat_id = $2 AND epoch = $3 AND holder = $7
             ON CONFLICT (delivery_id, piece, part)
             DO UPDATE SET external_message_id = NULL, text_hash = NULL, updated_at = now()",
            hold.channel,
            hold.chat_id,
            hold.epoch,
            delivery_id.uuid(),
            place.piece,
            place.part,
            hold.holder,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Notes which message it became and what that shows.
    pub async fn record_post(
        &self,
        delivery_id: DeliveryId,
        place: &PostPlace,
        external_message_id: &str,
        text_hash: &[u8; 32],
    ) -> Result<(), Error> {
        // Not fenced: it happened, whoever holds the chat now.
        let mut tx = self.system(Purpose::Channels).await?;
        sqlx::query!(
            "UPDATE channel_posts
             SET external_message_id = $4, text_hash = $5, updated_at = now()
             WHERE delivery_id = $1 AND piece = $2 AND part = $3",
            delivery_id.uuid(),
            place.piece,
            place.part,
            external_message_id,
            text_hash.as_slice(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets a message that was taken back.
    pub async fn forget_post(
        &self,
        delivery_id: DeliveryId,
        place: &PostPlace,
    ) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        sqlx::query!(
            "DELETE FROM channel_posts WHERE delivery_id = $1 AND piece = $2 AND part = $3",
            delivery_id.uuid(),
            place.piece,
            place.part,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}
