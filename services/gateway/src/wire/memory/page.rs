//! A list of memories in pages.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use mosaic_domain::{ConversationId, MemoryId};
use mosaic_storage::{MemoryList, MemoryPage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{MemoryBody, MemoryKindBody};
use crate::error::ApiResult;
use crate::wire::check::Check;

/// Which page of the memories.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct MemoryListQuery {
    /// Of this kind alone.
    #[param(inline)]
    pub kind: Option<MemoryKindBody>,
    /// Of this conversation alone.
    pub conversation_id: Option<Uuid>,
    /// How many at the most, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

impl MemoryListQuery {
    /// Checks it.
    pub(crate) fn into_list(self) -> ApiResult<MemoryList> {
        let mut check = Check::default();
        let limit = check.limit(self.limit);
        let after: Option<MemoryCursor> = self.cursor.and_then(|text| {
            let cursor = text.parse().ok();
            if cursor.is_none() {
                check.fault("cursor", "is not the `nextCursor` of a page");
            }
            cursor
        });
        check.done()?;
        Ok(MemoryList {
            kind: self.kind.map(Into::into),
            conversation_id: self.conversation_id.map(ConversationId::new),
            after: after.map(|cursor| cursor.0),
            limit,
        })
    }
}

/// A page of memories.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemoryListBody {
    /// The newest first.
    pub items: Vec<MemoryBody>,
    /// Where the list goes on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Where a list of memories goes on, as clients pass it back: opaque to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemoryCursor(pub MemoryPage);

impl MemoryCursor {
    /// As text.
    #[must_use]
    pub(crate) fn encode(self) -> String {
        let MemoryPage { created_at, id } = self.0;
        let mut bytes = [0_u8; 24];
        bytes[..8].copy_from_slice(&created_at.timestamp_micros().to_be_bytes());
        bytes[8..].copy_from_slice(id.uuid().as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// A text that is no cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidMemoryCursor;

impl FromStr for MemoryCursor {
    type Err = InvalidMemoryCursor;

    fn from_str(text: &str) -> Result<Self, InvalidMemoryCursor> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| InvalidMemoryCursor)?;
        let (micros, id) = bytes.split_at_checked(8).ok_or(InvalidMemoryCursor)?;
        let micros = i64::from_be_bytes(micros.try_into().map_err(|_| InvalidMemoryCursor)?);
        Ok(Self(MemoryPage {
            created_at: DateTime::from_timestamp_micros(micros).ok_or(InvalidMemoryCursor)?,
            id: MemoryId::new(Uuid::from_slice(id).map_err(|_| InvalidMemoryCursor)?),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_text_and_back_and_other_texts_are_refused() {
        let cursor = MemoryCursor(MemoryPage {
            created_at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: MemoryId::new(Uuid::from_u128(9)),
        });
        assert_eq!(cursor.encode().parse(), Ok(cursor));
        assert_eq!("AAAA".parse::<MemoryCursor>(), Err(InvalidMemoryCursor));
    }
}
