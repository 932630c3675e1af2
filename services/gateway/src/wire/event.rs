//! Events of the bus on the wire, as they happen and from the archive.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use mosaic_bus::EventFilter;
use mosaic_domain::JobId;
use mosaic_proto::envelope::Envelope;
use mosaic_storage::{EventLogList, EventLogOrder, EventLogPage};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::check::Check;
use crate::error::ApiResult;

/// The longest pattern of types.
const TYPE_CHARS: usize = 200;
/// The longest pattern of subjects.
const SUBJECT_CHARS: usize = 500;

/// Which events of the workspace.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Only this type, or types that begin like this when it ends in `*`.
    pub r#type: Option<String>,
    /// Only this subject, or subjects that begin like this when it ends in `*`.
    pub subject: Option<String>,
    /// From this time on (RFC 3339); from now on unless said.
    pub since: Option<DateTime<Utc>>,
}

/// Which archived events of the workspace.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct EventLogQuery {
    /// Only this type, or types that begin like this when it ends in `*`.
    pub r#type: Option<String>,
    /// Only this subject, or subjects that begin like this when it ends in `*`.
    pub subject: Option<String>,
    /// That happened at this time (RFC 3339) or later.
    pub since: Option<DateTime<Utc>>,
    /// That happened before this time (RFC 3339).
    pub until: Option<DateTime<Utc>>,
    /// Which come first; the newest unless said.
    #[param(inline)]
    pub order: Option<EventOrder>,
    /// How many at the most, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// In which order events are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventOrder {
    /// The newest first.
    Newest,
    /// As they happened.
    Oldest,
}

impl From<EventOrder> for EventLogOrder {
    fn from(order: EventOrder) -> Self {
        match order {
            EventOrder::Newest => Self::NewestFirst,
            EventOrder::Oldest => Self::OldestFirst,
        }
    }
}

impl EventLogQuery {
    /// Checks it.
    pub(crate) fn into_list(self) -> ApiResult<EventLogList> {
        let mut check = Check::default();
        let limit = check.limit(self.limit);
        check.optional("type", self.r#type.as_deref(), TYPE_CHARS);
        check.optional("subject", self.subject.as_deref(), SUBJECT_CHARS);
        if let (Some(since), Some(until)) = (self.since, self.until)
            && until <= since
        {
            check.fault("until", "is not later than `since`");
        }
        let after: Option<EventCursor> = self.cursor.and_then(|text| {
            let cursor = text.parse().ok();
            if cursor.is_none() {
                check.fault("cursor", "is not the `nextCursor` of a page");
            }
            cursor
        });
        check.done()?;
        Ok(EventLogList {
            filter: EventFilter {
                type_name: self.r#type,
                subject: self.subject,
            },
            since: self.since,
            until: self.until,
            order: self.order.map(Into::into).unwrap_or_default(),
            after: after.map(|cursor| cursor.0),
            limit,
        })
    }
}

/// An event as a `CloudEvent`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventBody {
    /// Version of `CloudEvents`.
    pub specversion: &'static str,
    /// Unique.
    pub id: Uuid,
    /// What happened, e.g. `message.created`.
    pub r#type: String,
    /// The service that published it.
    pub source: String,
    /// What it is about, `<noun>/<id>`.
    pub subject: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub time: String,
    /// Whose data it concerns.
    pub workspace: Uuid,
    /// Who caused it.
    pub actor: String,
    /// Trace context of the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What the type says of it.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
}

impl EventBody {
    /// None if the payload is no JSON.
    pub(crate) fn new(event: Envelope) -> Option<Self> {
        Some(Self {
            specversion: "1.0",
            id: event.id.uuid(),
            r#type: event.type_name,
            source: event.source,
            subject: event.subject,
            time: event.time.to_rfc3339_opts(SecondsFormat::Millis, true),
            workspace: event.workspace_id.uuid(),
            actor: event.actor,
            traceparent: event.traceparent,
            data: RawValue::from_string(event.data).ok()?,
        })
    }
}

/// A page of archived events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventLogBody {
    /// In the order that was asked for.
    pub items: Vec<EventBody>,
    /// Where the list goes on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl EventLogBody {
    /// A page of `limit` events out of one more than that, which tells whether the list goes on.
    pub(crate) fn page(mut events: Vec<Envelope>, limit: u32) -> Self {
        let more = events.len() > limit as usize;
        events.truncate(limit as usize);
        let last = events.last().filter(|_| more).map(|last| EventLogPage {
            time: last.time,
            id: last.id,
        });
        Self {
            items: events.into_iter().filter_map(EventBody::new).collect(),
            next_cursor: last.map(|page| EventCursor(page).encode()),
        }
    }
}

/// Where a list of events goes on, as clients pass it back: opaque to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EventCursor(EventLogPage);

impl EventCursor {
    fn encode(self) -> String {
        let EventLogPage { time, id } = self.0;
        let mut bytes = [0_u8; 24];
        bytes[..8].copy_from_slice(&time.timestamp_micros().to_be_bytes());
        bytes[8..].copy_from_slice(id.uuid().as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// A text that is no cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct InvalidEventCursor;

impl FromStr for EventCursor {
    type Err = InvalidEventCursor;

    fn from_str(text: &str) -> Result<Self, InvalidEventCursor> {
        let invalid = InvalidEventCursor;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid)?;
        let (micros, id) = bytes.split_at_checked(8).ok_or(invalid)?;
        let micros = i64::from_be_bytes(micros.try_into().map_err(|_| invalid)?);
        Ok(Self(EventLogPage {
            time: DateTime::from_timestamp_micros(micros).ok_or(invalid)?,
            id: JobId::new(Uuid::from_slice(id).map_err(|_| invalid)?),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_text_and_back_and_other_texts_are_refused() {
        let cursor = EventCursor(EventLogPage {
            time: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: JobId::new(Uuid::from_u128(9)),
        });
        assert_eq!(cursor.encode().parse(), Ok(cursor));
        assert_eq!("AAAA".parse::<EventCursor>(), Err(InvalidEventCursor));
    }
}
