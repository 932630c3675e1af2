//! What the queues of the product carry.

use std::str::FromStr;

use mosaic_domain::SummaryKind;
use mosaic_error::FieldError;
use mosaic_proto::channel::v1::ChannelOutJob;
use mosaic_proto::job::{CHANNEL_OUT_QUEUE, RUNS_QUEUE, SUMMARIES_QUEUE, job_data};
use mosaic_proto::run::v1::RunJob;
use mosaic_proto::summary::v1::SummaryJob;
use mosaic_storage::JobTarget;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::DATA_BYTES;
use crate::error::{ApiError, ApiResult};

/// Data of a job that fit its queue.
#[derive(Debug)]
pub(super) struct Mended {
    /// As the queue carries them.
    pub(super) data: String,
    /// What they are about; none on a queue that the product does not know.
    pub(super) target: Option<JobTarget>,
}

/// Checks data that are given to a job in place of `before` against the contract of its queue. A queue without one takes any
/// object.
pub(super) fn check(queue: &str, data: &Value, before: &str) -> ApiResult<Mended> {
    let size = data.to_string().len();
    if size > DATA_BYTES {
        return Err(misfit(&format!(
            "has {size} bytes, at most {DATA_BYTES} are allowed"
        )));
    }
    let known = match queue {
        RUNS_QUEUE => run(data),
        CHANNEL_OUT_QUEUE => channel_out(data),
        SUMMARIES_QUEUE => summary(data, before),
        _ if data.is_object() => Ok(Mended {
            data: data.to_string(),
            target: None,
        }),
        _ => Err("is no JSON object".to_owned()),
    };
    known.map_err(|problem| misfit(&problem))
}

/// What a job with these data is about, where they can be read.
pub(super) fn target(queue: &str, data: &str) -> Option<JobTarget> {
    let read = serde_json::from_str(data).ok()?;
    check(queue, &read, data).ok()?.target
}

/// The refusal of data.
pub(super) fn misfit(problem: &str) -> ApiError {
    ApiError::unprocessable(vec![FieldError::new("data", problem)])
}

fn run(data: &Value) -> Result<Mended, String> {
    let job: RunJob = message("RunJob", data)?;
    let target = JobTarget::Run(
        field("runId", &job.run_id)?,
        field("conversationId", &job.conversation_id)?,
    );
    mended(job_data(&job), target)
}

fn channel_out(data: &Value) -> Result<Mended, String> {
    let job: ChannelOutJob = message("ChannelOutJob", data)?;
    let target = JobTarget::Delivery {
        id: field("deliveryId", &job.delivery_id)?,
        channel: job.channel.clone(),
        chat_id: job.chat_id.clone(),
    };
    mended(job_data(&job), target)
}

fn summary(data: &Value, before: &str) -> Result<Mended, String> {
    let mut job: SummaryJob = message("SummaryJob", data)?;
    // That its person asked for it is true of what they asked for, and of nothing else; an operator cannot ask in their place.
    let before: Option<SummaryJob> = serde_json::from_str(before).ok();
    job.forced = before.is_some_and(|before| {
        before.forced && before.conversation_id == job.conversation_id && before.kind == job.kind
    });
    let _: SummaryKind = field("kind", &job.kind)?;
    let target = JobTarget::Conversation(field("conversationId", &job.conversation_id)?);
    mended(job_data(&job), target)
}

fn message<T: DeserializeOwned>(name: &str, data: &Value) -> Result<T, String> {
    T::deserialize(data).map_err(|error| format!("is no {name}: {error}"))
}

fn field<T: FromStr<Err: std::fmt::Display>>(name: &str, text: &str) -> Result<T, String> {
    let read = text.parse();
    read.map_err(|error: T::Err| format!("has the {name} {text:?}: {error}"))
}

fn mended(data: serde_json::Result<String>, target: JobTarget) -> Result<Mended, String> {
    let data = data.map_err(|error| error.to_string())?;
    Ok(Mended {
        data,
        target: Some(target),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "01890000-0000-7000-8000-000000000001";

    fn refusal(queue: &str, data: &Value) -> String {
        check(queue, data, "").unwrap_err().problem.detail.clone()
    }

    #[test]
    fn data_are_written_as_the_contract_has_them() {
        let snake = json!({"conversation_id": ID, "run_id": ID});
        let mended = check(RUNS_QUEUE, &snake, "").unwrap();
        assert_eq!(
            mended.data,
            format!(r#"{{"runId":"{ID}","conversationId":"{ID}"}}"#)
        );
        assert!(matches!(mended.target, Some(JobTarget::Run(..))));
        let wanted = json!({"conversationId": ID, "kind": "session", "forced": true});
        assert!(check(SUMMARIES_QUEUE, &wanted, "").is_ok());
        let shown = json!({"channel": "telegram", "chatId": "7", "deliveryId": ID});
        assert!(check(CHANNEL_OUT_QUEUE, &shown, "").is_ok());
    }

    #[test]
    fn what_a_person_asked_for_stays_asked_for_and_nothing_becomes_so() {
        let asked = json!({"conversationId": ID, "kind": "session", "forced": true});
        let bare = json!({"conversationId": ID, "kind": "session"});
        let other = json!({"conversationId": ID, "kind": "compaction", "forced": true});
        let forced = |data: &Value, before: &str| {
            let mended = check(SUMMARIES_QUEUE, data, before).unwrap();
            mended.data.contains("forced")
        };
        assert!(forced(&bare, &asked.to_string()));
        assert!(!forced(&asked, &bare.to_string()));
        assert!(!forced(&other, &asked.to_string()));
        assert!(!forced(&asked, "{"));
    }

    #[test]
    fn data_that_do_not_fit_say_why() {
        let cases = [
            (
                RUNS_QUEUE,
                json!({"runId": ID, "conversationId": ID, "more": 1}),
                "more",
            ),
            (
                RUNS_QUEUE,
                json!({"runId": "x", "conversationId": ID}),
                "runId",
            ),
            (RUNS_QUEUE, json!({"runId": ID}), "conversationId"),
            (RUNS_QUEUE, json!("text"), "RunJob"),
            (
                SUMMARIES_QUEUE,
                json!({"conversationId": ID, "kind": "novel"}),
                "kind",
            ),
            (
                CHANNEL_OUT_QUEUE,
                json!({"channel": "telegram"}),
                "deliveryId",
            ),
            ("others", json!([1]), "object"),
            ("others", json!({"long": "x".repeat(DATA_BYTES)}), "bytes"),
        ];
        for (queue, data, about) in cases {
            let said = refusal(queue, &data);
            assert!(said.contains(about), "{queue}: {said}");
        }
    }
}
