//! Lists of runs for those who command them: where each stands and whose it is, and nothing of what is said in it.

use mosaic_domain::{RunId, RunState, UserId};

use super::Run;
use crate::control::Reach;
use crate::{Error, Storage};

/// Which runs.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only those that stand like one of these; all if empty.
    pub states: Vec<RunState>,
    /// Only those accepted before this one.
    pub before: Option<RunId>,
    /// How many at the most.
    pub limit: u32,
}

/// A run, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEntry {
    /// The run.
    pub run: Run,
    /// The person it answers.
    pub owner_id: UserId,
    /// What they are called.
    pub owner: String,
}

macro_rules! entries {
    ($filter:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query!(
            "SELECT r.id, r.conversation_id, r.ordinal, r.agent, r.state, r.epoch, r.model, r.cancel_reason,
                    r.pause_reason, r.worker_id, r.end_code, r.end_reason, r.output_message_id, r.input_tokens,
                    r.output_tokens, r.cache_read_tokens, r.cache_write_tokens, r.created_at, r.started_at,
                    r.ended_at, r.owner_id, u.name AS owner
             FROM runs r
             JOIN users u ON u.id = r.owner_id
             WHERE r.workspace_id = $1 AND r.owner_id = COALESCE($2, r.owner_id) AND " + $filter,
            $($argument),+
        )
        .map(|row| -> Result<RunEntry, Error> {
            Ok(RunEntry {
                owner_id: UserId::new(row.owner_id),
                owner: row.owner,
                run: Run::try_from(super::Row {
                    id: row.id,
                    conversation_id: row.conversation_id,
                    ordinal: row.ordinal,
                    agent: row.agent,
                    state: row.state,
                    epoch: row.epoch,
                    model: row.model,
                    cancel_reason: row.cancel_reason,
                    pause_reason: row.pause_reason,
                    worker_id: row.worker_id,
                    end_code: row.end_code,
                    end_reason: row.end_reason,
                    output_message_id: row.output_message_id,
                    input_tokens: row.input_tokens,
                    output_tokens: row.output_tokens,
                    cache_read_tokens: row.cache_read_tokens,
                    cache_write_tokens: row.cache_write_tokens,
                    created_at: row.created_at,
                    started_at: row.started_at,
                    ended_at: row.ended_at,
                })?,
            })
        })
    };
}

impl Storage {
    /// Runs within reach, the newest first.
    pub async fn run_entries(
        &self,
        reach: Reach,
        filter: &RunFilter,
    ) -> Result<Vec<RunEntry>, Error> {
        let states: Vec<String> = filter
            .states
            .iter()
            .map(|state| state.as_str().to_owned())
            .collect();
        let mut tx = self.reaching(reach).read().await?;
        let rows = entries!(
            "(cardinality($3::text[]) = 0 OR r.state = ANY ($3))
               AND r.id < COALESCE($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
             ORDER BY r.id DESC
             LIMIT $5",
            reach.workspace_id().uuid(),
            reach.owner().map(UserId::uuid),
            &states,
            filter.before.map(RunId::uuid),
            i64::from(filter.limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        rows.into_iter().collect()
    }

    /// One run within reach.
    pub async fn run_entry(&self, reach: Reach, id: RunId) -> Result<Option<RunEntry>, Error> {
        let mut tx = self.reaching(reach).read().await?;
        let row = entries!(
            "r.id = $3",
            reach.workspace_id().uuid(),
            reach.owner().map(UserId::uuid),
            id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        row.transpose()
    }
}
