//! Summaries on the wire.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use mosaic_domain::{SummaryId, SummaryKind};
use mosaic_storage::{Summary, SummaryPage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::check::Check;
use crate::error::ApiResult;

/// What a summary is for.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SummaryKindBody {
    /// It tells what a conversation was about.
    #[default]
    Session,
    /// It stands for the older part of a long conversation when a model is asked.
    Compaction,
}

impl From<SummaryKind> for SummaryKindBody {
    fn from(kind: SummaryKind) -> Self {
        match kind {
            SummaryKind::Session => Self::Session,
            SummaryKind::Compaction => Self::Compaction,
        }
    }
}

impl From<SummaryKindBody> for SummaryKind {
    fn from(kind: SummaryKindBody) -> Self {
        match kind {
            SummaryKindBody::Session => Self::Session,
            SummaryKindBody::Compaction => Self::Compaction,
        }
    }
}

/// A summary of a conversation, or of a part of it. What it was made from stays as it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SummaryBody {
    /// Its id.
    pub id: Uuid,
    /// The conversation.
    pub conversation_id: Uuid,
    /// Title of that conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_title: Option<String>,
    /// What it is for.
    pub kind: SummaryKindBody,
    /// The first run it covers, by its ordinal.
    pub first_ordinal: i32,
    /// The last run it covers, by its ordinal.
    pub last_ordinal: i32,
    /// The text.
    pub content: String,
    /// `provider/model` that wrote it.
    pub model: String,
    /// Tokens it took to read what it covers.
    pub input_tokens: i64,
    /// Tokens it took to write.
    pub output_tokens: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<Summary> for SummaryBody {
    fn from(summary: Summary) -> Self {
        Self {
            id: summary.id.uuid(),
            conversation_id: summary.conversation_id.uuid(),
            conversation_title: summary.conversation_title,
            kind: summary.kind.into(),
            first_ordinal: summary.first_ordinal,
            last_ordinal: summary.last_ordinal,
            content: summary.content,
            model: summary.model,
            input_tokens: summary.input_tokens,
            output_tokens: summary.output_tokens,
            created_at: summary.created_at,
        }
    }
}

/// Which summaries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct SummaryQuery {
    /// Of this kind alone.
    #[param(inline)]
    pub kind: Option<SummaryKindBody>,
    /// How many at the most, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// A page of summaries that is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WantedSummaries {
    pub kind: Option<SummaryKind>,
    pub after: Option<SummaryPage>,
    pub limit: u32,
}

impl SummaryQuery {
    /// Checks it.
    pub(crate) fn into_wanted(self) -> ApiResult<WantedSummaries> {
        let mut check = Check::default();
        let limit = check.limit(self.limit);
        let after: Option<SummaryCursor> = self.cursor.and_then(|text| {
            let cursor = text.parse().ok();
            if cursor.is_none() {
                check.fault("cursor", "is not the `nextCursor` of a page");
            }
            cursor
        });
        check.done()?;
        Ok(WantedSummaries {
            kind: self.kind.map(Into::into),
            after: after.map(|cursor| cursor.0),
            limit,
        })
    }
}

/// A page of summaries.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SummaryList {
    /// The newest first.
    pub items: Vec<SummaryBody>,
    /// Where the list goes on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl SummaryList {
    /// A page of `limit` summaries out of one more than that, which tells whether the list goes on.
    pub(crate) fn page(mut summaries: Vec<Summary>, limit: u32) -> Self {
        let more = summaries.len() > limit as usize;
        summaries.truncate(limit as usize);
        let last = summaries.last().filter(|_| more).map(|last| SummaryPage {
            created_at: last.created_at,
            id: last.id,
        });
        Self {
            items: summaries.into_iter().map(SummaryBody::from).collect(),
            next_cursor: last.map(|page| SummaryCursor(page).encode()),
        }
    }
}

/// A summary to be made.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewSummaryBody {
    /// What it is for; `session` unless said.
    #[serde(default)]
    pub kind: SummaryKindBody,
}

/// A summary that will be made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SummaryWantedBody {
    /// The conversation.
    pub conversation_id: Uuid,
    /// What it is for.
    pub kind: SummaryKindBody,
    /// Whether it had been asked for before and is still to be made.
    pub waiting: bool,
}

/// Where a list of summaries goes on, as clients pass it back: opaque to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SummaryCursor(SummaryPage);

impl SummaryCursor {
    fn encode(self) -> String {
        let SummaryPage { created_at, id } = self.0;
        let mut bytes = [0_u8; 24];
        bytes[..8].copy_from_slice(&created_at.timestamp_micros().to_be_bytes());
        bytes[8..].copy_from_slice(id.uuid().as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// A text that is no cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct InvalidSummaryCursor;

impl FromStr for SummaryCursor {
    type Err = InvalidSummaryCursor;

    fn from_str(text: &str) -> Result<Self, InvalidSummaryCursor> {
        let invalid = InvalidSummaryCursor;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid)?;
        let (micros, id) = bytes.split_at_checked(8).ok_or(invalid)?;
        let micros = i64::from_be_bytes(micros.try_into().map_err(|_| invalid)?);
        Ok(Self(SummaryPage {
            created_at: DateTime::from_timestamp_micros(micros).ok_or(invalid)?,
            id: SummaryId::new(Uuid::from_slice(id).map_err(|_| invalid)?),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_text_and_back_and_other_texts_are_refused() {
        let cursor = SummaryCursor(SummaryPage {
            created_at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: SummaryId::new(Uuid::from_u128(9)),
        });
        assert_eq!(cursor.encode().parse(), Ok(cursor));
        assert_eq!("AAAA".parse::<SummaryCursor>(), Err(InvalidSummaryCursor));
    }
}
