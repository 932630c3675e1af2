//! Forgetting a job that was delivered. What a delivery says is taken from Valkey, where an entry may carry the id of
//! anybody's job: the record forgets a job only as it knows it itself.

use mosaic_proto::job::Job;
use sqlx::PgConnection;

use crate::{Error, Purpose, Storage};

impl Storage {
    /// Forgets a delivered job for which nothing is left to do.
    pub async fn outbox_forget_delivered(&self, job: &Job) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Queues).await?;
        forget_delivered(&mut tx, job).await?;
        tx.commit().await
    }
}

/// Forgets a job if it is on record for this queue and workspace and with these data. One that is on record with others
/// stays: it is somebody else's, or was changed and comes yet.
pub(crate) async fn forget_delivered(tx: &mut PgConnection, job: &Job) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM outbox
         WHERE kind = 'job' AND id = $1 AND topic = $2 AND workspace_id = $3 AND data = $4",
        job.id.uuid(),
        job.queue,
        job.workspace_id.uuid(),
        job.data,
    )
    .execute(tx)
    .await?;
    Ok(())
}
