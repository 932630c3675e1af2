//! A chat is written to by one replica at a time: whoever holds its lease.

use std::time::Duration;

use mosaic_domain::InstanceId;

use crate::instance::interval;
use crate::{Error, Storage};

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
}

impl Storage {
    /// Holds a chat that nobody holds, or whose holder was silent for too long.
    pub async fn claim_chat(
        &self,
        channel: &str,
        chat_id: &str,
        holder: InstanceId,
        lease: Duration,
    ) -> Result<ChatClaim, Error> {
        let row = sqlx::query!(
            r#"WITH claimed AS (
                 UPDATE channel_chats
                 SET epoch = epoch + 1, holder = $3, lease_until = now() + $4::interval
                 WHERE channel = $1 AND chat_id = $2
                   AND (lease_until IS NULL OR lease_until < now())
                 RETURNING epoch
             )
             SELECT (SELECT epoch FROM claimed) AS epoch,
                    EXISTS (SELECT FROM channel_chats
                            WHERE channel = $1 AND chat_id = $2) AS "exists!""#,
            channel,
            chat_id,
            holder.uuid(),
            interval(lease),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(match (row.epoch, row.exists) {
            (Some(epoch), _) => ChatClaim::Claimed(ChatHold {
                channel: channel.to_owned(),
                chat_id: chat_id.to_owned(),
                epoch,
            }),
            (None, true) => ChatClaim::Held,
            (None, false) => ChatClaim::Missing,
        })
    }

    /// Holds it longer; `false` if it is held no longer.
    pub async fn renew_chat(&self, hold: &ChatHold, lease: Duration) -> Result<bool, Error> {
        let done = sqlx::query!(
            "UPDATE channel_chats
             SET lease_until = now() + $4::interval
             WHERE channel = $1 AND chat_id = $2 AND epoch = $3 AND holder IS NOT NULL",
            hold.channel,
            hold.chat_id,
            hold.epoch,
            interval(lease),
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Lets go of it, so that the next may hold it at once.
    pub async fn release_chat(&self, hold: &ChatHold) -> Result<(), Error> {
        sqlx::query!(
            "UPDATE channel_chats
             SET holder = NULL, lease_until = NULL
             WHERE channel = $1 AND chat_id = $2 AND epoch = $3",
            hold.channel,
            hold.chat_id,
            hold.epoch,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that the chat cannot be written to: nothing more is queued for it until somebody writes there.
    pub async fn block_chat(&self, hold: &ChatHold) -> Result<(), Error> {
        sqlx::query!(
            "UPDATE channel_chats
             SET blocked_at = now()
             WHERE channel = $1 AND chat_id = $2 AND epoch = $3",
            hold.channel,
            hold.chat_id,
            hold.epoch,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets what is needed no longer: strangers after a day, updates after two weeks, what was shown after one.
    pub async fn prune_channels(&self) -> Result<(), Error> {
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
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
