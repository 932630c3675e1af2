//! `mosaic audit`.

use chrono::{DateTime, Utc};
use clap::Args;
use mosaic_client::{AuditEntry, AuditQuery};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::pages::{first, print};
use crate::render::table::table;
use crate::render::text::{local_time, one_line};

/// Longer reasons are cut.
const WHY: usize = 40;
/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Only this action, e.g. `run.kill`, or actions that begin like this when it ends in `*`.
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only what this person did, by their id or name.
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Only what went like this: done, requested, unchanged, refused, denied or failed.
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<String>,
    /// Only from this time on, as 2026-01-31T08:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
    /// Only before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<DateTime<Utc>>,
    /// How many entries at the most.
    #[arg(long, short = 'n', default_value_t = 50, value_name = "COUNT")]
    limit: u32,
}

pub(crate) async fn run(context: &Context, args: AuditArgs) -> Outcome {
    let AuditArgs {
        action,
        actor,
        outcome,
        since,
        until,
        limit,
    } = args;
    let (client, output) = (context.client()?, context.output);
    let entries = first(limit, async |limit, cursor| {
        let query = AuditQuery {
            limit,
            cursor,
            action: action.clone(),
            actor: actor.clone(),
            outcome: outcome.clone(),
            since,
            until,
        };
        client.audit(&query).await
    })
    .await?;
    print(output, &entries, "nothing is written down", shown)?;
    Ok(Exit::Done)
}

fn shown(entries: &[AuditEntry]) -> String {
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            vec![
                local_time(entry.at),
                entry.actor.clone(),
                entry.action.clone(),
                format!("{} {}", entry.target_type, entry.target_id),
                outcome(entry),
                entry.address.clone().unwrap_or_else(|| "-".to_owned()),
                entry
                    .reason
                    .as_ref()
                    .map_or_else(String::new, |reason| one_line(reason, WHY)),
            ]
        })
        .collect();
    table(
        &["WHEN", "WHO", "WHAT", "TO", "OUTCOME", "FROM", "WHY"],
        &rows,
    )
}

/// How it went, and how often.
fn outcome(entry: &AuditEntry) -> String {
    match entry.repeated {
        0 | 1 => entry.outcome.clone(),
        times => format!("{} ({times} times)", entry.outcome),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_a_table() {
        let time = "2026-01-02T03:04:05Z";
        let entries = serde_json::json!([
            {"id": 2, "actor": "Ada", "action": "run.kill", "targetType": "run", "targetId": "7", "reason": "it hangs",
                "outcome": "done", "address": "127.0.0.1", "at": time},
            {"id": 1, "actor": "Bob", "action": "worker.drain", "targetType": "worker", "targetId": "9",
                "outcome": "denied", "at": time, "repeated": 12, "lastAt": time},
        ]);
        let entries: Vec<AuditEntry> = serde_json::from_value(entries).unwrap();
        let text =
            shown(&entries).replace(&local_time(time.parse().unwrap()), "<time>             ");
        insta::assert_snapshot!(text, @r"
        WHEN                 WHO  WHAT          TO        OUTCOME            FROM       WHY
        <time>               Ada  run.kill      run 7     done               127.0.0.1  it hangs
        <time>               Bob  worker.drain  worker 9  denied (12 times)  -
        ");
    }
}
