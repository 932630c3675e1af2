//! What jobs are about, whether it lies in a workspace and whose it is: an operator who changes a job may not point it at somebody
//! else's.

use std::fmt;

use mosaic_domain::{ConversationId, DeliveryId, JobId, RunId, UserId, WorkspaceId};

use crate::{Error, Storage};

/// What a job is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobTarget {
    /// A run of a conversation, which this job does.
    Run(RunId, ConversationId),
    /// A conversation.
    Conversation(ConversationId),
    /// Something to be shown in a chat, by this job.
    Delivery {
        /// What.
        id: DeliveryId,
        /// The channel.
        channel: String,
        /// The chat there.
        chat_id: String,
    },
}

impl fmt::Display for JobTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(id, _) => write!(f, "run {id}"),
            Self::Conversation(id) => write!(f, "conversation {id}"),
            Self::Delivery { id, .. } => write!(f, "delivery {id}"),
        }
    }
}

impl Storage {
    /// Whether it is there, in this workspace and for this job: a run is done by one job alone, and so is what is shown in a
    /// chat. Any job may be about a conversation.
    pub async fn job_target_is_in(
        &self,
        job_id: JobId,
        workspace_id: WorkspaceId,
        target: &JobTarget,
    ) -> Result<bool, Error> {
        let mut tx = self.within(workspace_id).read().await?;
        let workspace_id = workspace_id.uuid();
        let there = match target {
            JobTarget::Run(run_id, conversation_id) => {
                sqlx::query_scalar!(
                    r#"SELECT EXISTS (SELECT FROM runs
                                      WHERE id = $2 AND conversation_id = $3 AND workspace_id = $1
                                        AND job_id = $4) AS "there!""#,
                    workspace_id,
                    run_id.uuid(),
                    conversation_id.uuid(),
                    job_id.uuid(),
                )
                .fetch_one(&mut *tx)
                .await?
            }
            JobTarget::Conversation(id) => {
                sqlx::query_scalar!(
                    r#"SELECT EXISTS (SELECT FROM conversations
                                      WHERE id = $2 AND workspace_id = $1) AS "there!""#,
                    workspace_id,
                    id.uuid(),
                )
                .fetch_one(&mut *tx)
                .await?
            }
            JobTarget::Delivery {
                id,
                channel,
                chat_id,
            } => {
                sqlx::query_scalar!(
                    r#"SELECT EXISTS (SELECT FROM channel_deliveries
                                      WHERE id = $2 AND channel = $3 AND chat_id = $4
                                        AND workspace_id = $1 AND job_id = $5) AS "there!""#,
                    workspace_id,
                    id.uuid(),
                    channel,
                    chat_id,
                    job_id.uuid(),
                )
                .fetch_one(&mut *tx)
                .await?
            }
        };
        Ok(there)
    }

    /// Whose a conversation of this workspace is.
    pub async fn conversation_owner(
        &self,
        workspace_id: WorkspaceId,
        id: ConversationId,
    ) -> Result<Option<UserId>, Error> {
        let mut tx = self.within(workspace_id).read().await?;
        let owner = sqlx::query_scalar!(
            "SELECT owner_id FROM conversations WHERE id = $2 AND workspace_id = $1",
            workspace_id.uuid(),
            id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(owner.map(UserId::new))
    }
}
