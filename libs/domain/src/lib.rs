//! The words of Mosaic as types: ids, scopes, conversations, messages, runs and their logs.
//!
//! Nothing here does I/O, reads a clock or draws randomness; time and ids arrive as parameters, so every
//! rule in this crate can be tested as a plain function.

pub mod agent;
pub mod cursor;
pub mod event;
pub mod id;
pub mod memory;
pub mod message;
pub mod patch;
pub mod run;
pub mod scope;
pub mod sealed;
pub mod step;
pub mod summary;

pub use cursor::{Cursor, EventId};
pub use event::{RunEvent, StepUsage};
pub use id::{
    ChannelLinkId, ChunkId, ConversationId, DeliveryId, InstanceId, InvitationId, JobId,
    LoginRequestId, MemoryId, MessageId, OidcIdentityId, RunId, SessionId, SummaryId, TeamId,
    TokenId, UserId, WorkspaceId,
};
pub use memory::MemoryKind;
pub use message::{Delivery, Message, Role};
pub use patch::Patch;
pub use run::{EndState, Fence, RunState, Usage};
pub use scope::Scope;
pub use sealed::SealedColumn;
pub use step::{NumberedStep, StepKind, StepRecord, ToolOutcome, ToolState};
pub use summary::SummaryKind;
