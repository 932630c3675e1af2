//! Conversations on the wire.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, Patch};
use mosaic_storage::{Conversation, ConversationChange, ConversationPage, NewConversation};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::check::{Check, TITLE_CHARS};
use crate::choices::Choices;
use crate::error::ApiResult;

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConversationBody {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: Uuid,
    /// Given by its owner or taken from its first message.
    pub title: Option<String>,
    /// Who answers.
    pub agent: String,
    /// `provider/model`, where one was chosen.
    pub model: Option<String>,
    /// The run that is active now.
    pub active_run_id: Option<Uuid>,
    /// How many messages it holds.
    pub message_count: i64,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When something last happened in it.
    pub updated_at: DateTime<Utc>,
}

impl From<Conversation> for ConversationBody {
    fn from(conversation: Conversation) -> Self {
        Self {
            id: conversation.id.uuid(),
            title: conversation.title,
            agent: conversation.agent,
            model: conversation.model,
            active_run_id: conversation.active_run_id.map(mosaic_domain::RunId::uuid),
            message_count: conversation.message_count,
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
        }
    }
}

/// A page of conversations.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConversationList {
    /// The most recently active first.
    pub items: Vec<ConversationBody>,
    /// Where the list goes on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Which page of the conversations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ConversationQuery {
    /// How many at the most, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// A conversation to be begun. Everything may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewConversationBody {
    /// Without one, the first message gives it.
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// Who answers; the usual agent unless said. `GET /api/agents` lists them.
    #[schema(min_length = 1, max_length = 64)]
    pub agent: Option<String>,
    /// `provider/model`; the agent's own unless said. `GET /api/models` lists them.
    #[schema(min_length = 1, max_length = 200)]
    pub model: Option<String>,
}

impl NewConversationBody {
    /// Checks it.
    pub(crate) fn into_new(
        self,
        id: ConversationId,
        choices: &Choices,
    ) -> ApiResult<NewConversation> {
        let mut check = Check::default();
        check.optional("title", self.title.as_deref(), TITLE_CHARS);
        choices.check_agent(self.agent.as_deref(), &mut check);
        choices.check_model(self.model.as_deref(), &mut check);
        check.done()?;
        Ok(NewConversation {
            id,
            title: self.title,
            agent: self.agent.unwrap_or_else(|| choices.usual_agent()),
            model: self.model,
        })
    }
}

/// What to change of a conversation. What is left out stays; the message that is being answered is not affected.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ConversationChangeBody {
    /// The new title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// Who answers from now on; `GET /api/agents` lists them.
    #[schema(min_length = 1, max_length = 64)]
    pub agent: Option<String>,
    /// `provider/model` from now on; `null` leaves it to the agent. `GET /api/models` lists them.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub model: Patch<String>,
}

impl ConversationChangeBody {
    /// Checks it.
    pub(crate) fn into_change(self, choices: &Choices) -> ApiResult<ConversationChange> {
        let Self {
            title,
            agent,
            model,
        } = self;
        let mut check = Check::default();
        if title.is_none() && agent.is_none() && model.is_keep() {
            check.fault(
                "title",
                "or `agent` or `model` must be there: nothing is to be changed",
            );
        }
        check.optional("title", title.as_deref(), TITLE_CHARS);
        choices.check_agent(agent.as_deref(), &mut check);
        choices.check_model(model.value().map(String::as_str), &mut check);
        check.done()?;
        Ok(ConversationChange {
            title,
            agent,
            model,
        })
    }
}

/// Where a list of conversations goes on, as clients pass it back: opaque to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageCursor(pub ConversationPage);

impl PageCursor {
    /// As text.
    #[must_use]
    pub(crate) fn encode(self) -> String {
        let ConversationPage { updated_at, id } = self.0;
        let mut bytes = [0_u8; 24];
        bytes[..8].copy_from_slice(&updated_at.timestamp_micros().to_be_bytes());
        bytes[8..].copy_from_slice(id.uuid().as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// A text that is no cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidPageCursor;

impl FromStr for PageCursor {
    type Err = InvalidPageCursor;

    fn from_str(text: &str) -> Result<Self, InvalidPageCursor> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| InvalidPageCursor)?;
        let (micros, id) = bytes.split_at_checked(8).ok_or(InvalidPageCursor)?;
        let micros = i64::from_be_bytes(micros.try_into().map_err(|_| InvalidPageCursor)?);
        Ok(Self(ConversationPage {
            updated_at: DateTime::from_timestamp_micros(micros).ok_or(InvalidPageCursor)?,
            id: ConversationId::new(Uuid::from_slice(id).map_err(|_| InvalidPageCursor)?),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_cursor_survives_text_and_back() {
        let cursor = PageCursor(ConversationPage {
            updated_at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: ConversationId::new(Uuid::from_u128(9)),
        });
        assert_eq!(cursor.encode().parse(), Ok(cursor));
    }

    #[test]
    fn a_text_that_is_no_page_cursor_is_refused() {
        for text in ["", "x", "AAAA", "not base64!"] {
            assert_eq!(text.parse::<PageCursor>(), Err(InvalidPageCursor), "{text}");
        }
    }
}
