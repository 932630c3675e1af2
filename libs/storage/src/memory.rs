//! Memory: what was said and noted, found again by words and by meaning, and forgotten without a trace.
//!
//! A memory is made in two steps. *Capture* stores it and its chunks in one transaction, so that words find it at once;
//! *embedding* gives its chunks their vectors later, in batches, by any replica. What a run was shown is recorded as
//! its *provenance*, so that forgetting reaches what was derived from the forgotten, also when that comes later. Writers
//! of one person's memory share a lock that forgetting takes alone ([`lock`]).

mod capture;
mod embed;
mod forget;
mod list;
mod lock;
mod note;
mod progress;
mod provenance;
mod search;
mod title;
mod vectors;

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, MemoryId, MemoryKind, MessageId, Role, RunId};

use crate::Error;

pub use capture::{Captured, MemorySource, NewChunk, Unchunked};
pub use embed::PendingChunk;
pub use forget::Forgotten;
pub(crate) use forget::forget_conversation;
pub use list::{MemoryList, MemoryPage};
pub use note::{NewNote, NoteSaved};
pub use progress::Unseen;
pub(crate) use search::plan_anew;
pub use search::{FoundChunk, MemoryFilter, TextHit};
pub use vectors::{VectorHit, VectorQuery};

/// Something that is remembered of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Its id.
    pub id: MemoryId,
    /// What it is made from.
    pub kind: MemoryKind,
    /// Who said or wrote it.
    pub role: Role,
    /// Where it was said or saved; none of a note that a person wrote outside of any conversation.
    pub conversation_id: Option<ConversationId>,
    /// Title of that conversation.
    pub conversation_title: Option<String>,
    /// The message, of a message.
    pub message_id: Option<MessageId>,
    /// The run that answers the message, wrote it or saved the note.
    pub run_id: Option<RunId>,
    /// The text.
    pub content: String,
    /// When it was said or noted.
    pub created_at: DateTime<Utc>,
}

/// A row of `memories` with the title of its conversation.
pub(crate) struct MemoryRow {
    pub(crate) id: uuid::Uuid,
    pub(crate) kind: String,
    pub(crate) role: String,
    pub(crate) conversation_id: Option<uuid::Uuid>,
    pub(crate) conversation_title: Option<String>,
    pub(crate) message_id: Option<uuid::Uuid>,
    pub(crate) run_id: Option<uuid::Uuid>,
    pub(crate) content: String,
    pub(crate) created_at: DateTime<Utc>,
}

impl TryFrom<MemoryRow> for Memory {
    type Error = Error;

    fn try_from(row: MemoryRow) -> Result<Self, Error> {
        Ok(Self {
            id: MemoryId::new(row.id),
            kind: row
                .kind
                .parse()
                .map_err(|error| Error::corrupt("memories", "kind", row.id, error))?,
            role: row
                .role
                .parse()
                .map_err(|error| Error::corrupt("memories", "role", row.id, error))?,
            conversation_id: row.conversation_id.map(ConversationId::new),
            conversation_title: row.conversation_title,
            message_id: row.message_id.map(MessageId::new),
            run_id: row.run_id.map(RunId::new),
            content: row.content,
            created_at: row.created_at,
        })
    }
}
