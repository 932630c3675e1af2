//! The people of the installation, as its admins see them.

mod create;
mod delete;
mod state;

use chrono::{DateTime, Utc};
use mosaic_domain::{RunId, UserId, WorkspaceId};
use sqlx::PgConnection;
use uuid::Uuid;

pub use create::NewUser;
pub use delete::{Farewell, LastOwner};
pub use state::{NewState, UserState};

use crate::{Error, Purpose, Storage};

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// What they are called.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// `active`, `deactivated` or `banned`.
    pub state: String,
    /// Why, where they are not active.
    pub state_reason: Option<String>,
    /// The workspaces they belong to, by name.
    pub workspaces: Vec<UserWorkspace>,
    /// When a token or session of theirs was last used, as far as that is known still.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Since when they have an account.
    pub created_at: DateTime<Utc>,
}

/// A workspace of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserWorkspace {
    /// Which.
    pub id: WorkspaceId,
    /// What it is called.
    pub name: String,
    /// As what they belong to it.
    pub role: String,
}

/// How much is kept of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Belongings {
    /// Conversations.
    pub conversations: u64,
    /// Runs.
    pub runs: u64,
    /// Memories.
    pub memories: u64,
    /// API tokens that count.
    pub tokens: u64,
    /// Sessions that have not ended.
    pub sessions: u64,
    /// Linked accounts of channels.
    pub channel_links: u64,
}

/// Which people to list.
#[derive(Debug, Clone, Default)]
pub struct UserList {
    /// Only those whose name or address has this in it.
    pub search: Option<String>,
    /// Only this person.
    pub only: Option<UserId>,
    /// Behind this one.
    pub after: Option<UserId>,
    /// How many at the most.
    pub limit: u32,
}

impl Storage {
    /// People of the installation, the newest first.
    pub async fn users(&self, list: &UserList) -> Result<Vec<User>, Error> {
        let mut tx = self.system(Purpose::Installation).read().await?;
        select(&mut tx, list).await
    }

    /// One person.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, Error> {
        let one = UserList {
            only: Some(id),
            limit: 1,
            ..UserList::default()
        };
        Ok(self.users(&one).await?.pop())
    }

    /// How much is kept of somebody.
    pub async fn belongings(&self, id: UserId) -> Result<Belongings, Error> {
        let mut tx = self.system(Purpose::Installation).read().await?;
        let row = sqlx::query!(
            r#"SELECT (SELECT count(*) FROM conversations WHERE owner_id = $1) AS "conversations!",
                      (SELECT count(*) FROM runs WHERE owner_id = $1) AS "runs!",
                      (SELECT count(*) FROM memories WHERE user_id = $1) AS "memories!",
                      (SELECT count(*)
                       FROM api_tokens
                       WHERE user_id = $1 AND revoked_at IS NULL
                         AND (expires_at IS NULL OR expires_at > now())) AS "tokens!",
                      (SELECT count(*) FROM sessions WHERE user_id = $1 AND idle_until > now()) AS "sessions!",
                      (SELECT count(*) FROM channel_links WHERE user_id = $1) AS "links!""#,
            id.uuid(),
        )
        .fetch_one(&mut *tx)
        .await?;
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        Ok(Belongings {
            conversations: count(row.conversations),
            runs: count(row.runs),
            memories: count(row.memories),
            tokens: count(row.tokens),
            sessions: count(row.sessions),
            channel_links: count(row.links),
        })
    }

    /// The runs of a person that have not ended, wherever they are, in an order in which killing one begins none of the others.
    pub async fn live_runs_of(&self, id: UserId) -> Result<Vec<(WorkspaceId, RunId)>, Error> {
        let mut tx = self.system(Purpose::Installation).read().await?;
        let rows = sqlx::query!(
            "SELECT workspace_id, id
             FROM runs
             WHERE owner_id = $1 AND state IN ('queued', 'running', 'paused')
             ORDER BY conversation_id, ordinal DESC",
            id.uuid(),
        )
        .fetch_all(&mut *tx)
        .await?;
        let runs = rows.into_iter();
        Ok(runs
            .map(|row| (WorkspaceId::new(row.workspace_id), RunId::new(row.id)))
            .collect())
    }
}

async fn select(tx: &mut PgConnection, list: &UserList) -> Result<Vec<User>, Error> {
    let rows = sqlx::query!(
        r#"SELECT u.id, u.name, u.email, u.state, u.state_reason, u.created_at,
                  greatest((SELECT max(s.last_used_at)
                            FROM memberships m
                            JOIN sessions s ON s.workspace_id = m.workspace_id AND s.user_id = m.user_id
                            WHERE m.user_id = u.id),
                           (SELECT max(t.last_used_at)
                            FROM memberships m
                            JOIN api_tokens t ON t.workspace_id = m.workspace_id AND t.user_id = m.user_id
                            WHERE m.user_id = u.id)) AS last_seen_at
           FROM users u
           WHERE u.id = COALESCE($1, u.id)
             AND ($2::text IS NULL
                  OR strpos(lower(u.name), lower($2)) > 0
                  OR strpos(lower(u.email), lower($2)) > 0)
             AND ($3::uuid IS NULL OR u.id < $3)
           ORDER BY u.id DESC
           LIMIT $4"#,
        list.only.map(UserId::uuid),
        list.search,
        list.after.map(UserId::uuid),
        i64::from(list.limit),
    )
    .fetch_all(&mut *tx)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut workspaces = sqlx::query!(
        "SELECT m.user_id, w.id, w.name, m.role
         FROM memberships m
         JOIN workspaces w ON w.id = m.workspace_id
         WHERE m.user_id = ANY ($1)
         ORDER BY lower(w.name), w.id",
        &ids,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let own = workspaces.extract_if(.., |workspace| workspace.user_id == row.id);
            let own = own.map(|workspace| UserWorkspace {
                id: WorkspaceId::new(workspace.id),
                name: workspace.name,
                role: workspace.role,
            });
            User {
                id: UserId::new(row.id),
                name: row.name,
                email: row.email,
                state: row.state,
                state_reason: row.state_reason,
                workspaces: own.collect(),
                last_seen_at: row.last_seen_at,
                created_at: row.created_at,
            }
        })
        .collect())
}
