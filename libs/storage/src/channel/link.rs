//! Accounts of a channel that belong to people.

use chrono::{DateTime, Utc};
use mosaic_domain::{ChannelLinkId, Scope, UserId, WorkspaceId};
use sqlx::PgConnection;

use crate::standing::note;
use crate::{Actor, AuditOutcome, Error, Storage};

/// An account of a channel that belongs to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelLink {
    /// Its id.
    pub id: ChannelLinkId,
    /// e.g. `telegram`.
    pub channel: String,
    /// The channel's id of the account.
    pub external_user_id: String,
    /// The name the account showed when it was linked.
    pub display_name: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// Whom a linked account speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSender {
    /// The link.
    pub link_id: ChannelLinkId,
    /// Its person and workspace.
    pub scope: Scope,
    /// Their role there.
    pub role: String,
    /// Their name.
    pub name: String,
}

/// An account to be linked.
#[derive(Debug, Clone)]
pub struct NewChannelLink {
    /// The link's id.
    pub id: ChannelLinkId,
    /// The SHA-256 of the code that was shown.
    pub code_hash: [u8; 32],
    /// The channel's id of the account.
    pub external_user_id: String,
    /// The name the account shows.
    pub display_name: String,
}

/// What became of a code that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// The account belongs to this person now.
    Linked(ChannelSender),
    /// The account belongs to this person already, for whom the code was not made, or in another workspace. It stays
    /// theirs; the code is used up.
    Taken(ChannelSender),
    /// There is no such code, or not any more.
    Unknown,
}

impl Storage {
    /// Their linked accounts, the oldest first; of one channel if one is named.
    pub async fn channel_links(
        &self,
        scope: Scope,
        channel: Option<&str>,
    ) -> Result<Vec<ChannelLink>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let rows = sqlx::query!(
            "SELECT id, channel, external_user_id, display_name, created_at
             FROM channel_links
             WHERE workspace_id = $1 AND user_id = $2 AND ($3::text IS NULL OR channel = $3)
             ORDER BY created_at, id",
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            channel,
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| ChannelLink {
                id: ChannelLinkId::new(row.id),
                channel: row.channel,
                external_user_id: row.external_user_id,
                display_name: row.display_name,
                created_at: row.created_at,
            })
            .collect())
    }

    /// Unlinks an account of theirs. Its chats go, and with them whatever was still to be shown there.
    pub async fn delete_channel_link(
        &self,
        scope: Scope,
        channel: &str,
        id: ChannelLinkId,
        by: &Actor,
    ) -> Result<bool, Error> {
        let mut tx = self.scoped(&scope).await?;
        let done = sqlx::query!(
            "DELETE FROM channel_links
             WHERE id = $1 AND workspace_id = $2 AND user_id = $3 AND channel = $4",
            id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            channel,
        )
        .execute(&mut *tx)
        .await?;
        let gone = done.rows_affected() > 0;
        if gone {
            let (action, target) = ("channel.unlink", ("channel_link", id.to_string()));
            note(
                &mut tx,
                by,
                action,
                target,
                Some(channel),
                AuditOutcome::Done,
            )
            .await?;
        }
        tx.commit().await?;
        // Jobs of deliveries that went with it are dropped by whoever takes them.
        Ok(gone)
    }
}

/// Whom an account speaks for: nobody, if they may not come in. The link cannot go before the transaction ends.
pub(super) async fn sender(
    tx: &mut PgConnection,
    channel: &str,
    external_user_id: &str,
) -> Result<Option<ChannelSender>, Error> {
    let row = sqlx::query!(
        "SELECT l.id, l.workspace_id, l.user_id, m.role, u.name
         FROM channel_links l
         JOIN memberships m ON m.workspace_id = l.workspace_id AND m.user_id = l.user_id
         JOIN users u ON u.id = l.user_id AND u.state = 'active'
         WHERE l.channel = $1 AND l.external_user_id = $2
         FOR KEY SHARE OF l",
        channel,
        external_user_id,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| ChannelSender {
        link_id: ChannelLinkId::new(row.id),
        scope: Scope {
            workspace_id: WorkspaceId::new(row.workspace_id),
            user_id: UserId::new(row.user_id),
        },
        role: row.role,
        name: row.name,
    }))
}

/// Links an account to whoever the code was made for, and uses the code up. An account that belongs to somebody else stays
/// theirs: a code may come in a link that somebody was lured to tap.
pub(super) async fn redeem(
    tx: &mut PgConnection,
    channel: &str,
    new: &NewChannelLink,
) -> Result<Redeemed, Error> {
    let owner = sqlx::query!(
        "DELETE FROM channel_link_codes
         WHERE code_hash = $1 AND channel = $2 AND expires_at > now()
         RETURNING workspace_id, user_id",
        new.code_hash.as_slice(),
        channel,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(owner) = owner else {
        return Ok(Redeemed::Unknown);
    };
    let done = sqlx::query!(
        "INSERT INTO channel_links (id, workspace_id, user_id, channel, external_user_id, display_name)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (channel, external_user_id) DO UPDATE SET display_name = EXCLUDED.display_name
         WHERE channel_links.workspace_id = EXCLUDED.workspace_id
           AND channel_links.user_id = EXCLUDED.user_id",
        new.id.uuid(),
        owner.workspace_id,
        owner.user_id,
        channel,
        new.external_user_id,
        new.display_name,
    )
    .execute(&mut *tx)
    .await?;
    let Some(sender) = sender(tx, channel, &new.external_user_id).await? else {
        return Ok(Redeemed::Unknown);
    };
    if done.rows_affected() == 0 {
        return Ok(Redeemed::Taken(sender));
    }
    // From now on the account speaks for them: that is for them to find, and for whoever looks after the workspace.
    let by = Actor {
        workspace_id: sender.scope.workspace_id,
        user_id: Some(sender.scope.user_id),
        name: sender.name.clone(),
        address: None,
    };
    let target = ("channel_link", sender.link_id.to_string());
    note(
        tx,
        &by,
        "channel.link",
        target,
        Some(channel),
        AuditOutcome::Done,
    )
    .await?;
    Ok(Redeemed::Linked(sender))
}
