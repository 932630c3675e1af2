//! Queues and jobs as people read them.

use mosaic_client::{DeadJob, Job, QueueStatus, QueuedJob, RebuiltQueue};

use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::render::table::table;
use crate::render::text::{duration, flat, local_time, one_line};

/// Characters of a job's data in a table.
const DATA_CHARS: usize = 120;

/// So many of something.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Whether a queue hands out jobs.
pub(super) fn state(queue: &QueueStatus) -> String {
    match &queue.pause {
        None => "hands out jobs".to_owned(),
        Some(pause) => flat(&format!(
            "paused by {} since {}: {}",
            pause.by,
            local_time(pause.at),
            pause.reason
        )),
    }
}

pub(super) fn list(output: Output, queues: &[QueueStatus]) -> Result<(), Failure> {
    if output.json {
        for queue in queues {
            output.document(queue)?;
        }
        return Ok(());
    }
    output.raw(&shown(queues))?;
    Ok(())
}

fn shown(queues: &[QueueStatus]) -> String {
    let header = [
        "QUEUE", "WAITING", "HIGH", "NORMAL", "LOW", "IN WORK", "DELAYED", "ORDERED", "DEAD",
        "OLDEST", "STATE",
    ];
    let rows: Vec<Vec<String>> = queues
        .iter()
        .map(|queue| {
            let lanes = queue.lanes;
            let numbers = [
                queue.waiting,
                lanes.high,
                lanes.normal,
                lanes.low,
                queue.pending,
                queue.delayed,
                queue.ordered,
                queue.dead,
            ];
            let mut row = vec![queue.name.clone()];
            row.extend(numbers.map(|number| number.to_string()));
            row.push(age(queue));
            row.push(if queue.pause.is_some() { "paused" } else { "-" }.to_owned());
            row
        })
        .collect();
    table(&header, &rows)
}

fn age(queue: &QueueStatus) -> String {
    queue.oldest_age_ms.map_or_else(|| "-".to_owned(), duration)
}

pub(super) fn one(output: Output, queue: &QueueStatus) -> Result<(), Failure> {
    if output.json {
        output.document(queue)?;
    } else {
        output.raw(&lines(queue))?;
    }
    Ok(())
}

fn lines(queue: &QueueStatus) -> String {
    let lanes = queue.lanes;
    let lines = [
        ("queue", queue.name.clone()),
        ("state", state(queue)),
        ("waiting", queue.waiting.to_string()),
        ("in work", queue.pending.to_string()),
        (
            "lanes",
            format!(
                "high {}, normal {}, low {}",
                lanes.high, lanes.normal, lanes.low
            ),
        ),
        ("delayed", queue.delayed.to_string()),
        ("ordered", queue.ordered.to_string()),
        ("dead", queue.dead.to_string()),
        ("oldest", age(queue)),
    ];
    let line = |(name, value): &(&str, String)| format!("{name:<8} {}\n", flat(value));
    lines.iter().map(line).collect()
}

pub(super) fn jobs(output: Output, jobs: &[QueuedJob]) -> Result<(), Failure> {
    if output.json {
        for job in jobs {
            output.document(job)?;
        }
        return Ok(());
    }
    if jobs.is_empty() {
        output.say("nothing waits, and nothing is in work");
    }
    let rows: Vec<Vec<String>> = jobs.iter().map(row).collect();
    let header = ["PLACE", "ENTRY", "ATTEMPT", "STATE", "DATA"];
    output.raw(&table(&header, &rows))?;
    Ok(())
}

fn row(queued: &QueuedJob) -> Vec<String> {
    let state = match (&queued.holder, queued.due) {
        (Some(holder), _) => format!(
            "in work by {}, heard {} ago",
            one_line(&holder.consumer, 13),
            duration(holder.silent_ms)
        ),
        (None, Some(due)) => format!("due {}", local_time(due)),
        (None, None) => "waits".to_owned(),
    };
    vec![
        queued.place.clone(),
        queued.entry_id.clone(),
        queued.attempt.to_string(),
        state,
        one_line(&data(queued.job.as_ref(), queued.concealed), DATA_CHARS),
    ]
}

/// A dead job: where it lies, when and why it was given up on, and what it is about.
pub(super) fn dead(output: Output, dead: &DeadJob) -> Result<(), Failure> {
    if output.json {
        output.document(dead)?;
        return Ok(());
    }
    let attempts = count(dead.attempts.into(), "attempt");
    let head = output.paint_data(Tone::Strong, &flat(&dead.entry_id));
    let time = local_time(dead.died_at);
    let mut lines = vec![format!("{head}  {time}, after {attempts}")];
    if let Some(reason) = &dead.reason {
        lines.push(one_line(&flat(reason), 1_000));
    }
    if let Some(job) = &dead.job {
        lines.push(format!("job {}, priority {}", job.id, job.priority));
    }
    lines.push(flat(&data(dead.job.as_ref(), dead.concealed)));
    let text = lines.join("\n  ") + "\n";
    output.raw(&text)?;
    Ok(())
}

fn data(job: Option<&Job>, concealed: bool) -> String {
    match job {
        None if concealed => "(of another workspace)".to_owned(),
        None => "(is no job that can be read)".to_owned(),
        Some(job) if job.data.is_null() => format!("({} bytes)", job.data_bytes),
        Some(job) => job.data.to_string(),
    }
}

/// What a rebuild did.
pub(super) fn rebuilt(queues: &[RebuiltQueue]) -> String {
    let row = |queue: &RebuiltQueue| {
        vec![
            queue.name.clone(),
            queue.removed.to_string(),
            queue.pushed.to_string(),
            queue.left.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = queues.iter().map(row).collect();
    table(&["QUEUE", "REMOVED", "QUEUED", "LEFT ALONE"], &rows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "01890000-0000-7000-8000-000000000001";

    #[test]
    fn queues_are_a_table() {
        let queues = json!([{"name": "runs", "lanes": {"high": 0, "normal": 2, "low": 0}, "waiting": 2,
            "pending": 1, "delayed": 0, "ordered": 3, "dead": 0, "oldestAgeMs": 1500}, {"name": "index",
            "pause": {"reason": "moving", "by": "Ada", "at": "2026-01-02T03:04:05Z"}}]);
        let queues: Vec<QueueStatus> = serde_json::from_value(queues).unwrap();
        insta::assert_snapshot!(shown(&queues), @r"
        QUEUE  WAITING  HIGH  NORMAL  LOW  IN WORK  DELAYED  ORDERED  DEAD  OLDEST  STATE
        runs   2        0     2       0    1        0        3        0     1.5 s   -
        index  0        0     0       0    0        0        0        0     -       paused
        ");
    }

    #[test]
    fn a_queue_says_why_it_is_paused() {
        let queue = json!({"name": "index", "waiting": 1, "lanes": {"low": 1},
            "pause": {"reason": "moving\u{1b}\n[2J", "by": "Ada", "at": "2026-01-02T03:04:05Z"}});
        let text = lines(&serde_json::from_value(queue).unwrap());
        assert!(
            text.contains("state    paused by Ada since 2026-"),
            "{text}"
        );
        assert!(text.contains(": moving [2J\n"), "{text}");
        assert!(
            text.contains("lanes    high 0, normal 0, low 1\n"),
            "{text}"
        );
    }

    #[test]
    fn jobs_say_who_works_on_them_and_what_they_are_about() {
        let job = json!({"id": ID, "priority": 5, "createdAt": "2026-01-02T03:04:05Z",
            "data": {"runId": "7"}, "dataBytes": 13});
        let jobs = json!([
            {"place": "normal", "entryId": "17-0", "attempt": 2, "holder": {"consumer": ID, "silentMs": 1500}, "job": job},
            {"place": "low", "entryId": "18-0", "attempt": 1, "concealed": true},
            {"place": "low", "entryId": "19-0", "attempt": 1}]);
        let jobs: Vec<QueuedJob> = serde_json::from_value(jobs).unwrap();
        let rows: Vec<Vec<String>> = jobs.iter().map(row).collect();
        insta::assert_snapshot!(table(&["PLACE", "ENTRY", "ATTEMPT", "STATE", "DATA"], &rows), @r#"
        PLACE   ENTRY  ATTEMPT  STATE                                      DATA
        normal  17-0   2        in work by 01890000-0..., heard 1.5 s ago  {"runId":"7"}
        low     18-0   1        waits                                      (of another workspace)
        low     19-0   1        waits                                      (is no job that can be read)
        "#);
    }
}
