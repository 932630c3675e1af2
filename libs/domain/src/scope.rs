//! On whose behalf something is read or written.

use crate::id::{UserId, WorkspaceId};

/// The workspace and person a query acts for. Repositories take one, so a query without a scope does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The tenant whose rows may be seen.
    pub workspace_id: WorkspaceId,
    /// The person who asks; personal rows of others stay invisible.
    pub user_id: UserId,
}
