//! What is to be shown in a chat: runs of the conversation bound to it, and notices.

use chrono::{DateTime, Utc};
use mosaic_domain::{
    ConversationId, DeliveryId, JobId, MessageId, RunId, Scope, UserId, WorkspaceId,
};
use mosaic_proto::channel::v1::ChannelOutJob;
use mosaic_proto::job::{CHANNEL_OUT_QUEUE, DEFAULT_PRIORITY, Job, OutboxEntry, job_data};
use sqlx::PgConnection;

use super::ChatHold;
use crate::{Error, Purpose, Storage, outbox};

/// Something to be shown in a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Its job, which stays in the outbox until it has ended.
    pub job_id: JobId,
    /// The run to be shown, with whose it is; nothing for a notice.
    pub run: Option<(RunId, Scope)>,
    /// The notice to be shown.
    pub notice: Option<String>,
    /// When it was wanted.
    pub created_at: DateTime<Utc>,
}

/// The ids of a delivery to be queued.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Its job's id.
    pub job_id: JobId,
    /// When it is wanted.
    pub now: DateTime<Utc>,
    /// W3C trace context of the cause.
    pub traceparent: Option<String>,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryEnd {
    /// Everything is shown.
    Done,
    /// It cannot be shown, for this reason.
    Failed(String),
}

impl Storage {
    /// Queues what is not queued yet of a conversation's runs up to this one, in their order, for the chat that the
    /// conversation is bound to. Nothing if it is bound to none.
    pub async fn queue_run_delivery(
        &self,
        conversation_id: ConversationId,
        run_id: RunId,
        ids: impl Fn() -> NewDelivery + Send,
    ) -> Result<Vec<OutboxEntry>, Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        let rows = sqlx::query!(
            "SELECT c.channel, c.chat_id, r.id, r.workspace_id
             FROM channel_chats c
             JOIN channel_links l ON l.id = c.link_id
             JOIN users u ON u.id = l.user_id AND u.state = 'active'
             JOIN runs this ON this.id = $2 AND this.conversation_id = c.conversation_id
             JOIN runs r ON r.conversation_id = c.conversation_id AND r.ordinal <= this.ordinal
             WHERE c.conversation_id = $1
               AND c.blocked_at IS NULL
               AND (r.id = $2 OR r.state IN ('queued', 'running', 'paused'))
               AND NOT EXISTS (SELECT FROM channel_deliveries d
                               WHERE d.run_id = r.id AND d.channel = c.channel AND d.chat_id = c.chat_id)
             ORDER BY r.ordinal",
            conversation_id.uuid(),
            run_id.uuid(),
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut entries = Vec::new();
        for row in rows {
            let what = What::Run(RunId::new(row.id));
            let workspace = WorkspaceId::new(row.workspace_id);
            entries.extend(
                insert(
                    &mut tx,
                    workspace,
                    (&row.channel, &row.chat_id),
                    what,
                    &ids(),
                )
                .await?,
            );
        }
        tx.commit().await?;
        Ok(entries)
    }

    /// What is to be shown next in a held chat. Runs come in the order in which they were asked for.
    pub async fn next_delivery(&self, hold: &ChatHold) -> Result<Option<ChannelDelivery>, Error> {
        let mut tx = self.system(Purpose::Channels).read().await?;
        let row = sqlx::query_as!(
            Row,
            "SELECT d.id, d.job_id, d.run_id, d.notice, d.created_at,
                    r.workspace_id AS \"workspace_id?\", r.owner_id AS \"owner_id?\"
             FROM channel_deliveries d
             LEFT JOIN runs r ON r.id = d.run_id
             WHERE d.channel = $1 AND d.chat_id = $2 AND d.state = 'pending'
             ORDER BY COALESCE(r.created_at, d.created_at), d.id
             LIMIT 1",
            hold.channel,
            hold.chat_id,
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(row.map(ChannelDelivery::from))
    }

    /// The next notice to be shown in a held chat, past all runs: answers to commands do not wait for an agent's.
    pub async fn next_notice(&self, hold: &ChatHold) -> Result<Option<ChannelDelivery>, Error> {
        let mut tx = self.system(Purpose::Channels).read().await?;
        let row = sqlx::query_as!(
            Row,
            "SELECT id, job_id, run_id, notice, created_at,
                    NULL::uuid AS workspace_id, NULL::uuid AS owner_id
             FROM channel_deliveries
             WHERE channel = $1 AND chat_id = $2 AND state = 'pending' AND run_id IS NULL
             ORDER BY id
             LIMIT 1",
            hold.channel,
            hold.chat_id,
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(row.map(ChannelDelivery::from))
    }

    /// Whether a delivery is still to be made.
    pub async fn is_delivery_pending(&self, id: DeliveryId) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Channels).read().await?;
        let pending = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM channel_deliveries
                              WHERE id = $1 AND state = 'pending') AS "pending!""#,
            id.uuid(),
        )
        .fetch_one(&mut *tx)
        .await?;
        Ok(pending)
    }

    /// Ends a delivery, and with it its job. `false` if the chat is not held any more.
    pub async fn end_delivery(
        &self,
        hold: &ChatHold,
        delivery: &ChannelDelivery,
        end: &DeliveryEnd,
    ) -> Result<bool, Error> {
        let (state, reason) = match end {
            DeliveryEnd::Done => ("done", None),
            DeliveryEnd::Failed(reason) => ("failed", Some(reason.as_str())),
        };
        let mut tx = self.system(Purpose::Channels).await?;
        let done = sqlx::query!(
            "UPDATE channel_deliveries d
             SET state = $5, reason = $6, ended_at = now()
             FROM channel_chats c
             WHERE d.id = $4 AND d.state = 'pending'
               AND c.channel = $1 AND c.chat_id = $2 AND c.epoch = $3 AND c.holder = $7",
            hold.channel,
            hold.chat_id,
            hold.epoch,
            delivery.id.uuid(),
            state,
            reason,
            hold.holder,
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query!("DELETE FROM outbox WHERE id = $1", delivery.job_id.uuid())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Drops the job of a delivery that is not there any more or has ended.
    pub async fn drop_channel_job(&self, job: &Job) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Channels).await?;
        outbox::forget_delivered(&mut tx, job).await?;
        tx.commit().await
    }

    /// Whether a message came in by this channel, so that nobody there needs to be told of it.
    pub async fn came_by_channel(
        &self,
        channel: &str,
        message_id: MessageId,
    ) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Channels).read().await?;
        let came = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM channel_inbox
                              WHERE message_id = $2 AND channel = $1) AS "came!""#,
            channel,
            message_id.uuid(),
        )
        .fetch_one(&mut *tx)
        .await?;
        Ok(came)
    }
}

/// What a delivery shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    /// A run.
    Run(RunId),
    /// These words.
    Notice(&'a str),
}

/// Queues a delivery, unless the run is queued for this chat already.
pub(super) async fn insert(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    (channel, chat_id): (&str, &str),
    what: What<'_>,
    new: &NewDelivery,
) -> Result<Option<OutboxEntry>, Error> {
    let (run_id, notice) = match what {
        What::Run(run_id) => (Some(run_id.uuid()), None),
        What::Notice(text) => (None, Some(text)),
    };
    let done = sqlx::query!(
        "INSERT INTO channel_deliveries (id, channel, chat_id, workspace_id, job_id, run_id, notice)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (run_id, channel, chat_id) DO NOTHING",
        new.id.uuid(),
        channel,
        chat_id,
        workspace_id.uuid(),
        new.job_id.uuid(),
        run_id,
        notice,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    let payload = ChannelOutJob {
        channel: channel.to_owned(),
        chat_id: chat_id.to_owned(),
        delivery_id: new.id.to_string(),
    };
    let entry = OutboxEntry::Job(Job {
        id: new.job_id,
        queue: CHANNEL_OUT_QUEUE.to_owned(),
        workspace_id,
        priority: DEFAULT_PRIORITY,
        created_at: new.now,
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: new.traceparent.clone(),
        data: job_data(&payload).map_err(Error::Encode)?,
    });
    outbox::insert(tx, std::slice::from_ref(&entry)).await?;
    Ok(Some(entry))
}

struct Row {
    id: uuid::Uuid,
    job_id: uuid::Uuid,
    run_id: Option<uuid::Uuid>,
    notice: Option<String>,
    created_at: DateTime<Utc>,
    workspace_id: Option<uuid::Uuid>,
    owner_id: Option<uuid::Uuid>,
}

impl From<Row> for ChannelDelivery {
    fn from(row: Row) -> Self {
        let scope = row.workspace_id.zip(row.owner_id);
        let scope = scope.map(|(workspace, user)| Scope {
            workspace_id: WorkspaceId::new(workspace),
            user_id: UserId::new(user),
        });
        Self {
            id: DeliveryId::new(row.id),
            job_id: JobId::new(row.job_id),
            run: row.run_id.map(RunId::new).zip(scope),
            notice: row.notice,
            created_at: row.created_at,
        }
    }
}
