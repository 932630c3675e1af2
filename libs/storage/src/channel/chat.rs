//! A chat is written to by one replica at a time: whoever holds its lease.

use std::time::Duration;

use uuid::Uuid;

use crate::instance::interval;
use crate::{Error, Purpose, Storage};

/// How an attempt to hold a chat ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatClaim {
    /// The caller holds it now.
    Claimed(ChatHold),
    /// Somebody holds it.
    Held,
    /// There is no such chat (any more).
    Missing,
}

/// A held chat: the proof that every write takes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatHold {
    /// Which channel.
    pub channel: String,
    /// The chat there.
    pub chat_id: String,
    /// Number of the claim.
    pub epoch: i32,
    /// The claim itself: a chat that was unlinked and linked again counts its claims anew.
    pub holder: Uuid,
}

impl Storage {
    /// Holds a chat that nobody holds, or whose holder was silent for too long.
    pub async fn claim_chat(
        &self,
        channel: &str,
        chat_id: &str,
        lease: Duration,
    ) -> Result<ChatClaim, Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        let row = sqlx::query!(
            r#"WITH claimed AS (
                 UPDATE channel_chats
                 SET epoch = epoch + 1, holder = gen_random_uuid(),
                     lease_until = now() + $3::interval
                 WHERE channel = $1 AND chat_id = $2
                   AND (lease_until IS NULL OR lease_until < now())
                 RETURNING epoch, holder
             )
             SELECT (SELECT epoch FROM claimed) AS epoch,
                    (SELECT holder FROM claimed) AS holder,
                    EXISTS (SELECT FROM channel_chats
                            WHERE channel = $1 AND chat_id = $2) AS "exists!""#,
            channel,
            chat_id,
            interval(lease),
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(match (row.epoch.zip(row.holder), row.exists) {
            (Some((epoch, holder)), _) => ChatClaim::Claimed(ChatHold {
                channel: channel.to_owned(),
                chat_id: chat_id.to_owned(),
                epoch,
                holder,
            }),
            (None, true) => ChatClaim::Held,
            (None, false) => ChatClaim::Missing,
        })
    }

    /// Holds it longer; `false` if it is held no longer.
    pub async fn renew_chat(&self, hold: &ChatHold, lease: Duration) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        let done = sqlx::query!(
            "UPDATE channel_chats
             SET lease_until = now() + $4::interval
             WHERE channel = $1 AND chat_id = $2 AND epoch = $3 AND holder = $5",
            hold.channel,
            hold.chat_id,
            hold.epoch,
            interval(lease),
            hold.holder,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Whether it is held still; asked before a message that is there already is changed.
    pub async fn is_chat_held(&self, hold: &ChatHold) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Channels).read().await?;
        let held = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM channel_chats
                              WHERE channel = $1 AND chat_id = $2 AND epoch = $3 AND holder = $4)
               AS "held!""#,
            hold.channel,
            hold.chat_id,
            hold.epoch,
            hold.holder,
        )
        .fetch_one(&mut *tx)
        .await?;
        Ok(held)
    }

    /// Lets go of it, so that the next may hold it at once.
    pub async fn release_chat(&self, hold: &ChatHold) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        sqlx::query!(
            "UPDATE channel_chats
             SET holder = NULL, lease_until = NULL
             WHERE channel = $1 AND chat_id = $2 AND epoch = $3 AND holder = $4",
            hold.channel,
            hold.chat_id,
            hold.epoch,
            hold.holder,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that the chat cannot be written to: nothing more is queued for it until somebody writes there.
    pub async fn block_chat(&self, hold: &ChatHold) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        sqlx::query!(
            "UPDATE channel_chats
             SET blocked_at = now()
             WHERE channel = $1 AND chat_id = $2 AND epoch = $3 AND holder = $4",
            hold.channel,
            hold.chat_id,
            hold.epoch,
            hold.holder,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets what is needed no longer: strangers after a day, updates after two weeks, what was shown after one.
    pub async fn prune_channels(&self) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        sqlx::query!(
            "WITH strangers AS (
                 DELETE FROM channel_chats
                 WHERE link_id IS NULL AND updated_at < now() - interval '1 day'
                   AND lease_until IS NULL
             ), codes AS (
                 DELETE FROM channel_link_codes WHERE expires_at < now() - interval '1 day'
             ), updates AS (
                 DELETE FROM channel_inbox WHERE received_at < now() - interval '14 days'
             )
             DELETE FROM channel_deliveries WHERE ended_at < now() - interval '7 days'",
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}
