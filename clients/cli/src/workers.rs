//! `mosaic workers`.

use clap::{Args, Subcommand};
use mosaic_client::Worker;
use mosaic_domain::InstanceId;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::render::table::table;
use crate::render::text::local_time;

/// Arguments of `workers`.
#[derive(Debug, Args)]
pub struct WorkersArgs {
    #[command(subcommand)]
    command: Option<WorkersCommand>,
}

/// What to do with the workers. Needs the role owner or admin.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum WorkersCommand {
    /// List them with what each takes and holds (the default).
    Ls,
    /// Have one take no more runs. Those in hand are finished.
    Drain {
        /// Which one.
        id: InstanceId,
        /// Why; written down.
        #[arg(long)]
        reason: String,
    },
    /// Have a drained one take runs again.
    Resume {
        /// Which one.
        id: InstanceId,
        /// Why; written down.
        #[arg(long)]
        reason: String,
    },
}

pub(crate) async fn run(context: &Context, args: WorkersArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    let (id, draining) = match args.command.unwrap_or(WorkersCommand::Ls) {
        WorkersCommand::Ls => {
            let workers = client.workers().await?.items;
            if output.json {
                for worker in &workers {
                    output.document(worker)?;
                }
                return Ok(Exit::Done);
            }
            if workers.is_empty() {
                output.say("no worker is running");
            }
            output.raw(&shown(&workers))?;
            return Ok(Exit::Done);
        }
        WorkersCommand::Drain { id, reason } => {
            client.drain_worker(id, &reason).await?;
            (id, true)
        }
        WorkersCommand::Resume { id, reason } => {
            client.resume_worker(id, &reason).await?;
            (id, false)
        }
    };
    if output.json {
        output.document(&json!({"id": id, "draining": draining}))?;
    } else if draining {
        output.say(&format!("worker {id} takes no more runs"));
    } else {
        output.say(&format!("worker {id} takes runs again"));
    }
    Ok(Exit::Done)
}

fn shown(workers: &[Worker]) -> String {
    let rows: Vec<Vec<String>> = workers
        .iter()
        .map(|worker| {
            let capacity = worker.capacity.map(|most| most.to_string());
            let state = match (&worker.drain_reason, worker.draining) {
                (Some(reason), true) => format!("drained: {reason}"),
                (None, true) => "drained".to_owned(),
                (_, false) => "takes runs".to_owned(),
            };
            vec![
                worker.id.to_string(),
                worker.version.clone(),
                local_time(worker.started_at),
                worker.running.to_string(),
                capacity.unwrap_or_else(|| "-".to_owned()),
                state,
            ]
        })
        .collect();
    table(
        &["WORKER", "VERSION", "STARTED", "RUNS", "MOST", "STATE"],
        &rows,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_a_table() {
        let id = "01890000-0000-7000-8000-000000000001";
        let time = "2026-01-02T03:04:05Z";
        let workers = serde_json::json!([
            {"id": id, "version": "1.2.3", "startedAt": time, "heartbeatAt": time, "capacity": 32, "running": 3},
            {"id": id, "version": "1.2.3", "startedAt": time, "heartbeatAt": time, "draining": true,
                "drainReason": "an upgrade"},
        ]);
        let workers: Vec<Worker> = serde_json::from_value(workers).unwrap();
        let text =
            shown(&workers).replace(&local_time(time.parse().unwrap()), "<time>             ");
        insta::assert_snapshot!(text, @r"
        WORKER                                VERSION  STARTED              RUNS  MOST  STATE
        01890000-0000-7000-8000-000000000001  1.2.3    <time>               3     32    takes runs
        01890000-0000-7000-8000-000000000001  1.2.3    <time>               0     -     drained: an upgrade
        ");
    }
}
