//! Runs as a table.

use chrono::{DateTime, Utc};
use mosaic_client::RunEntry;

use super::show::asked;
use crate::render::table::table;
use crate::render::text::{duration, local_time, one_line};

/// Longer reasons are cut.
const WHY: usize = 40;

/// The table of these runs. Whose they are is shown when they may be anybody's.
pub(super) fn shown(entries: &[RunEntry], everybody: bool, now: DateTime<Utc>) -> String {
    let mut header = vec!["RUN", "STATE", "AGENT", "QUEUED", "TOOK", "WHY"];
    if everybody {
        header.insert(1, "OWNER");
    }
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| row(entry, everybody, now))
        .collect();
    table(&header, &rows)
}

fn row(entry: &RunEntry, everybody: bool, now: DateTime<Utc>) -> Vec<String> {
    let state = entry.state.as_str();
    let state = match entry.requested.and_then(asked) {
        Some(asked) => format!("{state}, to {asked}"),
        None => state.to_owned(),
    };
    let took = entry.started_at.map(|started| {
        let took = entry.ended_at.unwrap_or(now) - started;
        duration(u64::try_from(took.num_milliseconds()).unwrap_or(0))
    });
    let why = entry.end_reason.as_ref().or(entry.pause_reason.as_ref());
    let mut row = vec![
        entry.id.to_string(),
        state,
        entry.agent.clone().unwrap_or_default(),
        local_time(entry.created_at),
        took.unwrap_or_else(|| "-".to_owned()),
        why.map_or_else(String::new, |why| one_line(why, WHY)),
    ];
    if everybody {
        row.insert(1, entry.owner.name.clone());
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_a_table_that_says_whose_they_are_only_where_they_may_be_anybodys() {
        let id = "01890000-0000-7000-8000-000000000001";
        let entries = serde_json::json!([
            {"id": id, "conversationId": id, "state": "paused", "agent": "jarvis", "pauseReason": "lunch",
                "owner": {"id": id, "name": "Ada"}, "createdAt": "2026-01-02T03:04:05Z"},
            {"id": id, "conversationId": id, "state": "running", "agent": "alan", "requested": "stop",
                "owner": {"id": id, "name": "Bob"}, "createdAt": "2026-01-02T03:04:05Z",
                "startedAt": "2026-01-02T03:04:06Z"},
        ]);
        let entries: Vec<RunEntry> = serde_json::from_value(entries).unwrap();
        let now = "2026-01-02T03:04:08.5Z".parse().unwrap();
        let timeless = |text: String| {
            let queued = local_time("2026-01-02T03:04:05Z".parse().unwrap());
            text.replace(&queued, "<time>             ")
        };
        insta::assert_snapshot!(timeless(shown(&entries, true, now)), @r"
        RUN                                   OWNER  STATE             AGENT   QUEUED               TOOK   WHY
        01890000-0000-7000-8000-000000000001  Ada    paused            jarvis  <time>               -      lunch
        01890000-0000-7000-8000-000000000001  Bob    running, to stop  alan    <time>               2.5 s
        ");
        assert!(!shown(&entries, false, now).contains("OWNER"));
    }
}
