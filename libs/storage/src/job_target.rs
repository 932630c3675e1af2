//! What jobs are about, and whether it lies in a workspace: an operator who changes a job may not point it at somebody else's.

use mosaic_domain::{ConversationId, DeliveryId, JobId, RunId, WorkspaceId};

use crate::{Error, Storage};

/// What a job is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobTarget {
    /// A run of a conversation, which this job does.
    Run(RunId, ConversationId),
    /// A conversation.
    Conversation(ConversationId),
    /// Something to be shown in a chat.
    Delivery {
        /// What.
        id: DeliveryId,
        /// The channel.
        channel: String,
        /// The chat there.
        chat_id: String,
    },
}

impl Storage {
    /// Whether it is there, in this workspace and for this job: a run is done by one job alone.
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
                                        AND workspace_id = $1) AS "there!""#,
                    workspace_id,
                    id.uuid(),
                    channel,
                    chat_id,
                )
                .fetch_one(&mut *tx)
                .await?
            }
        };
        Ok(there)
    }
}
