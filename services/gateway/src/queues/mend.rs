//! Other data for a dead letter. Who mends a job changes what is done, and not for whom: the person stays the same, else an
//! operator had the services do with a colleague's things what they may not do themselves.

use mosaic_domain::UserId;
use mosaic_proto::job::Job;
use mosaic_storage::JobTarget;
use serde_json::Value;

use super::{chat, contract};
use crate::error::ApiResult;
use crate::state::Gateway;

/// How a dead letter is put back.
pub(super) struct Mend {
    /// The data it gets.
    pub(super) data: String,
    /// What it was about and what it is about now, for the audit log: ids, which are nobody's words.
    pub(super) told: String,
}

impl Gateway {
    /// The data with which a job is put back by somebody, once they are what its queue carries and about something of its
    /// workspace and its person.
    pub(super) async fn mended(
        &self,
        job: &Job,
        data: &Value,
        by: Option<UserId>,
    ) -> ApiResult<Mend> {
        let before = contract::target(&job.queue, &job.data);
        let mended = contract::check(&job.queue, &chat::kept(job, data), &job.data)?;
        if let Some(after) = &mended.target
            && !self
                .is_of_same_person(job, (before.as_ref(), after), by)
                .await?
        {
            let problem =
                "is about something that is not there, or not of the person whose job it is";
            return Err(contract::misfit(problem));
        }
        let [was, is] = [before, mended.target].map(|target| match target {
            Some(target) => target.to_string(),
            None => "what is not known".to_owned(),
        });
        Ok(Mend {
            data: mended.data,
            told: format!("from {was} to {is}"),
        })
    }

    /// Whether what a job is to be about is there, and of whose it was before; where that cannot be told, of who changes it.
    async fn is_of_same_person(
        &self,
        job: &Job,
        (before, after): (Option<&JobTarget>, &JobTarget),
        by: Option<UserId>,
    ) -> ApiResult<bool> {
        let (storage, workspace) = (&self.storage, job.workspace_id);
        let JobTarget::Conversation(after) = after else {
            // Bound to the job, and with that to its person.
            return Ok(storage.job_target_is_in(job.id, workspace, after).await?);
        };
        let before = match before {
            Some(JobTarget::Conversation(id)) => storage.conversation_owner(workspace, *id).await?,
            _ => None,
        };
        let owner = storage.conversation_owner(workspace, *after).await?;
        Ok(owner.is_some() && owner == before.or(by))
    }
}
