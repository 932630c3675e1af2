//! `mosaic audit`.

use clap::Args;
use mosaic_client::AuditEntry;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::render::table::table;
use crate::render::text::{local_time, one_line};

/// Longer reasons are cut.
const WHY: usize = 40;
/// The longest page.
const PAGE: u32 = 200;

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Only this action, e.g. `run.kill`, or actions that begin like this when it ends in `*`.
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// How many entries at the most.
    #[arg(long, short = 'n', default_value_t = 50, value_name = "COUNT")]
    limit: u32,
}

pub(crate) async fn run(context: &Context, args: AuditArgs) -> Outcome {
    let AuditArgs { action, limit } = args;
    let (client, output) = (context.client()?, context.output);
    let mut entries: Vec<AuditEntry> = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let have = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let wanted = limit.saturating_sub(have).clamp(1, PAGE);
        let page = client
            .audit(wanted, cursor.as_deref(), action.as_deref())
            .await?;
        entries.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || entries.len() >= limit as usize {
            break;
        }
    }
    if output.json {
        for entry in &entries {
            output.document(entry)?;
        }
        return Ok(Exit::Done);
    }
    if entries.is_empty() {
        output.say("nothing is written down");
    }
    output.raw(&shown(&entries))?;
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
                entry.outcome.clone(),
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
                "outcome": "denied", "at": time},
        ]);
        let entries: Vec<AuditEntry> = serde_json::from_value(entries).unwrap();
        let text =
            shown(&entries).replace(&local_time(time.parse().unwrap()), "<time>             ");
        insta::assert_snapshot!(text, @r"
        WHEN                 WHO  WHAT          TO        OUTCOME  FROM       WHY
        <time>               Ada  run.kill      run 7     done     127.0.0.1  it hangs
        <time>               Bob  worker.drain  worker 9  denied   -
        ");
    }
}
