//! Jobs as stream entries, laid out for an operator's eye.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use mosaic_proto::job::{DEFAULT_PRIORITY, Job};

use super::{DeadJob, Lane};

pub(super) type Fields = HashMap<String, String>;

/// The fields of a job's first attempt.
pub(super) fn fields(job: &Job) -> [(&'static str, String); 7] {
    [
        ("id", job.id.to_string()),
        ("workspace", job.workspace_id.to_string()),
        ("priority", job.priority.to_string()),
        ("attempt", "1".to_owned()),
        (
            "created_at",
            job.created_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        ),
        ("traceparent", job.traceparent.clone().unwrap_or_default()),
        ("data", job.data.clone()),
    ]
}

/// A delayed job: its lane, then its fields and values in turn.
pub(super) fn to_json(job: &Job) -> String {
    let mut parts = vec![Lane::of(job.priority).name().to_owned()];
    for (name, value) in fields(job) {
        parts.push(name.to_owned());
        parts.push(value);
    }
    serde_json::Value::from(parts).to_string()
}

/// Reads a job back, or says what does not fit.
pub(super) fn job(queue: &str, fields: &Fields) -> Result<Job, String> {
    let text = |name: &str| {
        fields
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| format!("field {name:?} is missing"))
    };
    Ok(Job {
        id: parse("id", text("id")?)?,
        queue: queue.to_owned(),
        workspace_id: parse("workspace", text("workspace")?)?,
        priority: match text("priority") {
            Ok(priority) => parse("priority", priority)?,
            Err(_) => DEFAULT_PRIORITY,
        },
        created_at: parse("created_at", text("created_at")?)?,
        traceparent: text("traceparent")
            .ok()
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        data: text("data")?.to_owned(),
    })
}

/// A dead letter; its id is the time at which it was buried.
pub(super) fn dead(queue: &str, entry_id: String, fields: &Fields) -> DeadJob {
    let millis = entry_id
        .split('-')
        .next()
        .and_then(|text| text.parse().ok());
    DeadJob {
        job: job(queue, fields).ok(),
        reason: fields.get("reason").cloned().unwrap_or_default(),
        time: millis
            .and_then(DateTime::<Utc>::from_timestamp_millis)
            .unwrap_or_default(),
        attempts: fields
            .get("attempts")
            .and_then(|text| text.parse().ok())
            .unwrap_or_default(),
        entry_id,
    }
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    text: &str,
) -> Result<T, String> {
    text.parse()
        .map_err(|error: T::Err| format!("field {name:?}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mosaic_domain::{JobId, WorkspaceId};
    use uuid::Uuid;

    fn a_job() -> Job {
        Job {
            id: JobId::new(Uuid::from_u128(1)),
            queue: "runs".into(),
            workspace_id: WorkspaceId::new(Uuid::from_u128(2)),
            priority: 9,
            created_at: DateTime::UNIX_EPOCH,
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            data: r#"{"runId":"ü"}"#.into(),
        }
    }

    #[test]
    fn a_job_survives_stream_fields_and_back() {
        let fields = fields(&a_job())
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        assert_eq!(job("runs", &fields), Ok(a_job()));
    }

    #[test]
    fn a_job_that_lacks_a_field_is_refused_by_name() {
        assert_eq!(
            job("runs", &Fields::new()),
            Err("field \"id\" is missing".to_owned())
        );
    }

    #[test]
    fn a_delayed_job_names_its_lane_first() {
        assert!(to_json(&a_job()).starts_with(r#"["high","id","#));
    }
}
