//! A request that was checked.

use std::time::Duration;

use mosaic_domain::{ConversationId, Scope};
use mosaic_proto::memory::v1::SearchRequest;
use mosaic_proto::memory_convert::{time, wanted_kind};
use mosaic_storage::MemoryFilter;
use tonic::Status;
use tonic::metadata::MetadataMap;

/// The longest question.
const QUESTION_CHARS: usize = 2_000;
/// Memories found unless said.
const LIMIT: u32 = 10;
/// Memories found at the most.
const LIMIT_MOST: u32 = 50;
/// Each search brings more than is wanted: a memory may have several chunks, and the fusion needs places to compare.
const CANDIDATES: std::ops::RangeInclusive<u32> = 40..=150;

/// What is to be found.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) scope: Scope,
    pub(super) question: String,
    pub(super) filter: MemoryFilter,
    pub(super) limit: usize,
    pub(super) candidates: u32,
}

impl Wanted {
    pub(super) fn from_request(request: SearchRequest) -> Result<Self, Status> {
        let SearchRequest {
            workspace_id,
            user_id,
            query,
            limit,
            kind,
            conversation_id,
            exclude_conversation_id,
            since,
            until,
        } = request;
        let limit = if limit == 0 { LIMIT } else { limit };
        if limit > LIMIT_MOST {
            return Err(invalid(format!("limit is {limit}, at most {LIMIT_MOST}")));
        }
        let question = query.trim().to_owned();
        let characters = question.chars().count();
        if characters == 0 || characters > QUESTION_CHARS {
            return Err(invalid(format!(
                "query has {characters} characters, from 1 to {QUESTION_CHARS} are allowed"
            )));
        }
        let moment = |given: Option<_>| match given {
            None => Ok(None),
            Some(given) => time(&given)
                .map(Some)
                .ok_or_else(|| invalid("a time is beyond all calendars")),
        };
        Ok(Self {
            scope: Scope {
                workspace_id: workspace_id.parse().map_err(invalid)?,
                user_id: user_id.parse().map_err(invalid)?,
            },
            question,
            filter: MemoryFilter {
                kind: wanted_kind(kind).map_err(invalid)?,
                conversation_id: conversation(&conversation_id)?,
                exclude_conversation_id: conversation(&exclude_conversation_id)?,
                since: moment(since)?,
                until: moment(until)?,
            },
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            candidates: (limit * 4).clamp(*CANDIDATES.start(), *CANDIDATES.end()),
        })
    }
}

fn conversation(id: &str) -> Result<Option<ConversationId>, Status> {
    if id.is_empty() {
        return Ok(None);
    }
    id.parse().map(Some).map_err(invalid)
}

fn invalid(reason: impl ToString) -> Status {
    Status::invalid_argument(reason.to_string())
}

/// How long the caller waits at the most, if the request says so (`grpc-timeout`).
pub(super) fn hurry(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_hours(number),
        "M" => Duration::from_mins(number),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> SearchRequest {
        SearchRequest {
            workspace_id: "01890000-0000-7000-8000-000000000001".into(),
            user_id: "01890000-0000-7000-8000-000000000002".into(),
            query: " where is the key? ".into(),
            ..SearchRequest::default()
        }
    }

    #[test]
    fn a_plain_question_gets_the_usual_limits() {
        let wanted = Wanted::from_request(request()).unwrap();
        assert_eq!(wanted.question, "where is the key?");
        assert_eq!((wanted.limit, wanted.candidates), (10, 40));
        assert!(wanted.filter.is_empty());
    }

    #[test]
    fn a_request_without_a_person_or_beyond_its_bounds_is_refused() {
        type Change = fn(&mut SearchRequest);
        let changes: [Change; 6] = [
            |request| request.user_id = String::new(),
            |request| request.workspace_id = "x".into(),
            |request| request.query = " ".into(),
            |request| request.query = "x".repeat(2_001),
            |request| request.limit = 51,
            |request| request.kind = 9,
        ];
        for change in changes {
            let mut request = request();
            change(&mut request);
            let refusal = Wanted::from_request(request).unwrap_err();
            assert_eq!(refusal.code(), tonic::Code::InvalidArgument);
        }
    }

    #[test]
    fn a_deadline_is_read_as_grpc_writes_it() {
        let mut metadata = MetadataMap::new();
        assert_eq!(hurry(&metadata), None);
        metadata.insert("grpc-timeout", "300m".parse().unwrap());
        assert_eq!(hurry(&metadata), Some(Duration::from_millis(300)));
        metadata.insert("grpc-timeout", "soon".parse().unwrap());
        assert_eq!(hurry(&metadata), None);
    }
}
