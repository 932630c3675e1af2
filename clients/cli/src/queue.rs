//! `mosaic queue`.

use clap::{Args, Subcommand};
use mosaic_client::QueueStatus;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::render::table::table;
use crate::render::text::duration;

/// Arguments of `queue`.
#[derive(Debug, Args)]
pub struct QueueArgs {
    #[command(subcommand)]
    command: Option<QueueCommand>,
}

/// What to do with the queues.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum QueueCommand {
    /// List them with what is in them (the default). Needs the role owner or admin.
    Ls,
}

pub(crate) async fn run(context: &Context, args: QueueArgs) -> Outcome {
    let QueueCommand::Ls = args.command.unwrap_or(QueueCommand::Ls);
    let queues = context.client()?.queues().await?.items;
    let output = context.output;
    if output.json {
        for queue in &queues {
            output.document(queue)?;
        }
        return Ok(Exit::Done);
    }
    if queues.is_empty() {
        output.say("no queues yet: nothing was ever queued");
    }
    output.raw(&shown(&queues))?;
    Ok(Exit::Done)
}

fn shown(queues: &[QueueStatus]) -> String {
    let header = [
        "QUEUE", "WAITING", "HIGH", "NORMAL", "LOW", "IN WORK", "DELAYED", "DEAD", "OLDEST",
    ];
    let rows: Vec<Vec<String>> = queues
        .iter()
        .map(|queue| {
            let QueueStatus {
                name,
                lanes,
                waiting,
                pending,
                delayed,
                dead,
                oldest_age_ms,
            } = queue;
            let numbers = [
                waiting,
                &lanes.high,
                &lanes.normal,
                &lanes.low,
                pending,
                delayed,
                dead,
            ];
            let mut row = vec![name.clone()];
            row.extend(numbers.map(u64::to_string));
            row.push(oldest_age_ms.map_or_else(|| "-".to_owned(), duration));
            row
        })
        .collect();
    table(&header, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_are_a_table() {
        let queues = serde_json::json!([{"name": "runs", "lanes": {"high": 0, "normal": 2, "low": 0}, "waiting": 2,
            "pending": 1, "delayed": 0, "dead": 0, "oldestAgeMs": 1500}, {"name": "index"}]);
        let queues: Vec<QueueStatus> = serde_json::from_value(queues).unwrap();
        insta::assert_snapshot!(shown(&queues), @r"
        QUEUE  WAITING  HIGH  NORMAL  LOW  IN WORK  DELAYED  DEAD  OLDEST
        runs   2        0     2       0    1        0        0     1.5 s
        index  0        0     0       0    0        0        0     -
        ");
    }
}
