//! Jobs as stream entries, laid out for an operator's eye. What is as usual is left out: priority 5, the first attempt,
//! no trace, no keys.

use chrono::{DateTime, SecondsFormat, Utc};
use mosaic_proto::job::{DEFAULT_PRIORITY, Job};

use super::Lane;
pub(super) use crate::group::Fields;

/// Calls `put` with each field of a job's first attempt.
pub(super) fn each_field(job: &Job, mut put: impl FnMut(&'static str, &str)) {
    put("id", &job.id.to_string());
    put("workspace", &job.workspace_id.to_string());
    if job.priority != DEFAULT_PRIORITY {
        put("priority", &job.priority.to_string());
    }
    put("created_at", &time(job.created_at));
    if let Some(key) = ordering_key(job) {
        put("key", key);
    }
    if let Some(once) = idempotency_key(job) {
        put("once", once);
    }
    if let Some(at) = not_before(job) {
        put("not_before", &time(at));
    }
    if let Some(traceparent) = &job.traceparent {
        put("traceparent", traceparent);
    }
    put("data", &job.data);
}

/// Names and values in turn.
pub(super) fn flat(job: &Job) -> Vec<String> {
    let mut parts = Vec::with_capacity(12);
    each_field(job, |name, value| {
        parts.push(name.to_owned());
        parts.push(value.to_owned());
    });
    parts
}

/// The lane a job belongs in.
pub(super) const fn lane(job: &Job) -> Lane {
    Lane::of(job.priority)
}

/// Whether it takes a script to push the job.
pub(crate) fn is_special(job: &Job) -> bool {
    ordering_key(job).is_some() || idempotency_key(job).is_some() || not_before(job).is_some()
}

pub(super) fn ordering_key(job: &Job) -> Option<&str> {
    job.ordering_key.as_deref().filter(|key| !key.is_empty())
}

pub(super) fn idempotency_key(job: &Job) -> Option<&str> {
    job.idempotency_key.as_deref().filter(|key| !key.is_empty())
}

pub(super) const fn not_before(job: &Job) -> Option<DateTime<Utc>> {
    job.not_before
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads a job back, or says what does not fit.
pub(super) fn job(queue: &str, fields: &mut Fields) -> Result<Job, String> {
    Ok(Job {
        id: parse("id", need(fields, "id")?)?,
        queue: queue.to_owned(),
        workspace_id: parse("workspace", need(fields, "workspace")?)?,
        priority: match fields.get("priority") {
            Some(priority) => parse("priority", priority)?,
            None => DEFAULT_PRIORITY,
        },
        created_at: parse("created_at", need(fields, "created_at")?)?,
        ordering_key: fields.take("key"),
        idempotency_key: fields.take("once"),
        not_before: match fields.get("not_before") {
            Some(at) => Some(parse("not_before", at)?),
            None => None,
        },
        traceparent: fields.take("traceparent").filter(|text| !text.is_empty()),
        data: fields.take("data").ok_or_else(|| missing("data"))?,
    })
}

fn need<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, String> {
    fields.get(name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> String {
    format!("field {name:?} is missing")
}

/// The attempt that the fields name, the first one if none.
pub(super) fn attempt(fields: &Fields, name: &str) -> Option<u32> {
    fields.get(name).and_then(|text| text.parse().ok())
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
            ordering_key: Some("chat|7".into()),
            idempotency_key: Some("daily:2026-11-21".into()),
            not_before: DateTime::from_timestamp_millis(1_700_000_000_123),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            data: r#"{"runId":"ü"}"#.into(),
        }
    }

    fn read(job: &Job) -> Fields {
        let flat = flat(job);
        let pairs = flat.chunks_exact(2);
        pairs
            .map(|pair| (pair[0].clone(), pair[1].clone()))
            .collect()
    }

    #[test]
    fn a_job_survives_stream_fields_and_back() {
        assert_eq!(job("runs", &mut read(&a_job())), Ok(a_job()));
        let plain = Job {
            priority: DEFAULT_PRIORITY,
            ordering_key: None,
            idempotency_key: None,
            not_before: None,
            traceparent: None,
            ..a_job()
        };
        assert_eq!(flat(&plain).len(), 8, "what is as usual is left out");
        assert_eq!(job("runs", &mut read(&plain)), Ok(plain));
    }

    #[test]
    fn a_job_that_lacks_a_field_is_refused_by_name() {
        assert_eq!(
            job("runs", &mut Fields::default()),
            Err("field \"id\" is missing".to_owned())
        );
    }
}
