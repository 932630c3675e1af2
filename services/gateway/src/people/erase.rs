//! Deleting people and workspaces for good. What was said goes piece by piece, and goes on going whether or not whoever asked
//! for it waits.

use mosaic_domain::{UserId, WorkspaceId};
use mosaic_error::{ErrorCode, Problem};
use mosaic_storage::{Erased, Farewell, LastOwner, Reach, Standing};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::{Expelled, judge_role, verdict};
use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::state::Gateway;

/// Shown where the runs of somebody end who is deleted.
const SHOWN: &str = "the account of whoever asked for it is deleted";
/// Shown where the runs of a workspace end that is deleted.
const CLOSED: &str = "the workspace is deleted";

impl Gateway {
    /// Deletes somebody with everything that is theirs. Refused while workspaces with other people would be left without an owner.
    pub(crate) async fn delete_user(&self, who: Commander, user_id: UserId) -> ApiResult<()> {
        let gateway = self.clone();
        self.outliving(async move { gateway.say_farewell(&who, user_id).await })
            .await
    }

    async fn say_farewell(&self, who: &Commander, user_id: UserId) -> ApiResult<()> {
        let missing = || ApiError::not_found("user", user_id);
        let home = self.storage.home_workspace().await?.ok_or_else(missing)?;
        let own = who.actor().user_id == Some(user_id);
        let reason = if own { "by themselves" } else { "by an admin" };
        let farewell = Farewell {
            user_id,
            home,
            reason,
            shown: SHOWN,
            by: who.actor(),
        };
        let judge = |standing: &_| judge_role(standing, None);
        let begun = self.storage.begin_farewell(&farewell, judge).await?;
        verdict(begun, missing)?.map_err(last_owner)?;
        let whom = Expelled {
            user_id,
            from: None,
        };
        self.expel(who, whom, SHOWN.to_owned()).await;
        while self.storage.erase_of_user(&farewell).await? == Erased::Some {}
        let gone = self.storage.finish_farewell(&farewell).await?;
        gone.map_err(last_owner)?;
        tracing::info!(user = %user_id, "somebody was deleted");
        Ok(())
    }

    /// Deletes a workspace with everything in it; never the home of the installation.
    pub(crate) async fn delete_workspace(
        &self,
        who: Commander,
        id: WorkspaceId,
        name: String,
    ) -> ApiResult<()> {
        let gateway = self.clone();
        self.outliving(async move { gateway.close_workspace(who, id, &name).await })
            .await
    }

    async fn close_workspace(&self, who: Commander, id: WorkspaceId, name: &str) -> ApiResult<()> {
        let missing = || ApiError::not_found("workspace", id);
        let judge = |standing: &Standing| {
            if standing.by == "owner" {
                return Ok(());
            }
            let detail = "A workspace is deleted by its owners alone.";
            Err(ApiError::new(ErrorCode::PermissionDenied, detail))
        };
        let closed = self
            .storage
            .close_workspace(id, who.actor(), name, judge)
            .await?;
        verdict(closed, missing)?;
        let reach = Reach::Workspace(id);
        // What is not killed now loses its row under its worker, which finds itself fenced off.
        if let Err(error) = self.kill_all(who.clone(), reach, CLOSED.to_owned()).await {
            tracing::warn!(workspace = %id, error = %error.problem.detail, "not every run of a workspace that is deleted could be killed");
        }
        while self.storage.erase_in_workspace(id).await? == Erased::Some {}
        if self.storage.delete_workspace(id, who.actor(), name).await? {
            tracing::info!(workspace = %id, "a workspace was deleted");
            Ok(())
        } else {
            Err(missing())
        }
    }

    /// Does something to its end, also when nobody waits for it any more.
    async fn outliving(
        &self,
        work: impl Future<Output = ApiResult<()>> + Send + 'static,
    ) -> ApiResult<()> {
        let (answer, answered) = oneshot::channel();
        let task = async move {
            let done = work.await;
            if let Err(error) = &done {
                tracing::info!(error = %error.problem.detail, cause = error.cause.as_deref(), "somebody or something could not be deleted");
            }
            drop(answer.send(done));
        };
        self.life.spawn(task.in_current_span());
        answered.await.unwrap_or_else(|_| {
            let detail = "The gateway ends before everything is deleted. Delete it again to go on.";
            Err(ApiError::new(ErrorCode::Unavailable, detail))
        })
    }
}

fn last_owner(LastOwner(names): LastOwner) -> ApiError {
    let list: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    let detail = format!(
        "Without them, nobody would own {} any more, where others are.",
        list.join(", ")
    );
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy(
            "Make somebody else there an owner, or delete these workspaces, and try again.",
        )
        .into()
}
