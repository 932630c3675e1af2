//! The recorded steps of a run.

use mosaic_domain::{NumberedStep, RunId, Scope, StepKind, StepRecord, WorkspaceId};
use serde_json::Value;
use sqlx::PgConnection;

use crate::log::{signed, unsigned};
use crate::{Error, Storage};

impl Storage {
    /// The recorded steps of a run, in order, if it is theirs.
    pub async fn run_steps(
        &self,
        scope: Scope,
        run_id: RunId,
    ) -> Result<Option<Vec<NumberedStep>>, Error> {
        if self.run(scope, run_id).await?.is_none() {
            return Ok(None);
        }
        let mut tx = self.scoped(&scope).read().await?;

        load(&mut tx, run_id).await.map(Some)
    }
}

/// Writes steps, over what is recorded of the same numbers.
pub(crate) async fn upsert(
    connection: &mut PgConnection,
    workspace_id: WorkspaceId,
    run_id: RunId,
    epoch: u32,
    steps: &[NumberedStep],
) -> Result<(), Error> {
    for NumberedStep { step, record } in steps {
        let row = Row::from(record);
        sqlx::query!(
            "INSERT INTO run_steps (run_id, step, workspace_id, kind, state, epoch, name, call_id,
                                    context_seq, input, output, duration_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (run_id, step) DO UPDATE
             SET state = EXCLUDED.state,
                 epoch = EXCLUDED.epoch,
                 output = EXCLUDED.output,
                 duration_ms = EXCLUDED.duration_ms,
                 recorded_at = now()
             WHERE run_steps.state <> 'completed'",
            run_id.uuid(),
            signed(*step),
            workspace_id.uuid(),
            record.kind().as_str(),
            row.state,
            signed(epoch),
            row.name,
            row.call_id,
            row.context_seq,
            row.input,
            row.output,
            row.duration_ms,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Everything recorded of a run's steps, in order.
pub(crate) async fn load(
    connection: &mut PgConnection,
    run_id: RunId,
) -> Result<Vec<NumberedStep>, Error> {
    let rows = sqlx::query!(
        "SELECT step, kind, state, name, call_id, context_seq, input, output, duration_ms
         FROM run_steps
         WHERE run_id = $1
         ORDER BY step",
        run_id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let id = format!("{run_id} step {}", row.step);
            let corrupt = |column, reason: String| Error::corrupt("run_steps", column, &id, reason);
            let missing = |column| corrupt(column, "is missing".to_owned());
            let kind: StepKind = row
                .kind
                .parse()
                .map_err(|error| corrupt("kind", format!("{error}")))?;
            let duration_ms = row.duration_ms.map(unsigned);
            let record = match kind {
                StepKind::Model => StepRecord::Model {
                    model: row.name,
                    context_seq: row.context_seq.ok_or_else(|| missing("context_seq"))?,
                    output: row.output.ok_or_else(|| missing("output"))?,
                    duration_ms: duration_ms.unwrap_or_default(),
                },
                StepKind::Tool => StepRecord::Tool {
                    name: row.name,
                    call_id: row.call_id.ok_or_else(|| missing("call_id"))?,
                    arguments: row.input.unwrap_or(Value::Null),
                    state: row
                        .state
                        .parse()
                        .map_err(|error| corrupt("state", format!("{error}")))?,
                    output: row.output,
                    duration_ms,
                },
            };
            Ok(NumberedStep {
                step: unsigned(row.step),
                record,
            })
        })
        .collect()
}

struct Row<'a> {
    state: &'static str,
    name: &'a str,
    call_id: Option<&'a str>,
    context_seq: Option<i64>,
    input: Option<&'a Value>,
    output: Option<&'a Value>,
    duration_ms: Option<i32>,
}

impl<'a> From<&'a StepRecord> for Row<'a> {
    fn from(record: &'a StepRecord) -> Self {
        match record {
            StepRecord::Model {
                model,
                context_seq,
                output,
                duration_ms,
            } => Self {
                state: "completed",
                name: model,
                call_id: None,
                context_seq: Some(*context_seq),
                input: None,
                output: Some(output),
                duration_ms: Some(signed(*duration_ms)),
            },
            StepRecord::Tool {
                name,
                call_id,
                arguments,
                state,
                output,
                duration_ms,
            } => Self {
                state: state.as_str(),
                name,
                call_id: Some(call_id),
                context_seq: None,
                input: Some(arguments),
                output: output.as_ref(),
                duration_ms: duration_ms.map(signed),
            },
        }
    }
}
