//! Who may come in: people are deactivated, banned, let in again and signed out. What is theirs stays.

use mosaic_domain::{UserId, WorkspaceId};
use sqlx::PgConnection;

use crate::session::forget_begun;
use crate::standing::{
    Judged, Standing, ask_to_stop, lock_workspaces_of, note, standing, withdraw_invitations,
    withdraw_invitations_to,
};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// Whether somebody may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    /// They may.
    Active,
    /// They may not for now.
    Deactivated,
    /// They may not, and are not wanted.
    Banned,
}

impl UserState {
    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::Banned => "banned",
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::Active => "user.reactivate",
            Self::Deactivated => "user.deactivate",
            Self::Banned => "user.ban",
        }
    }
}

/// What is to become of somebody.
#[derive(Debug, Clone)]
pub struct NewState<'a> {
    /// Who.
    pub user_id: UserId,
    /// The home workspace, from which this is done.
    pub home: WorkspaceId,
    /// Whether they may come in.
    pub state: UserState,
    /// Why; admins read it.
    pub reason: Option<&'a str>,
    /// What is shown where their runs end.
    pub shown: &'a str,
}

impl Storage {
    /// Lets somebody in or keeps them out, if the judge allows it. From then on no token, session or invitation of theirs counts,
    /// and none of these counts again when they are let in.
    pub async fn set_user_state<R>(
        &self,
        new: &NewState<'_>,
        by: &Actor,
        judge: impl FnOnce(&Standing) -> Result<(), R> + Send,
    ) -> Result<Judged<(), R>, Error> {
        let mut tx = self.system(Purpose::Installation).with_outbox().await?;
        lock_workspaces_of(&mut tx, new.user_id, new.home).await?;
        let Some(before) = lock_user(&mut tx, new.user_id).await? else {
            return Ok(Judged::Missing);
        };
        let Some(facts) = standing(&mut tx, new.home, by, new.user_id).await? else {
            return Ok(Judged::Missing);
        };
        let target = ("user", new.user_id.to_string());
        let (action, why) = (new.state.action(), new.reason);
        if let Err(refused) = judge(&facts) {
            note(&mut tx, by, action, target, why, AuditOutcome::Denied).await?;
            tx.commit().await?;
            return Ok(Judged::Refused(refused));
        }
        sqlx::query!(
            "UPDATE users
             SET state = $2,
                 state_at = CASE WHEN state = $2 THEN state_at ELSE now() END,
                 state_reason = CASE WHEN $2 = 'active' THEN NULL ELSE $3 END
             WHERE id = $1",
            new.user_id.uuid(),
            new.state.as_str(),
            new.reason,
        )
        .execute(&mut *tx)
        .await?;
        // Whoever is let in again signs in again: what was begun in the moment of shutting out does not come to life.
        if new.state != UserState::Active || before != new.state.as_str() {
            shut_out(&mut tx, new.user_id, new.shown).await?;
        }
        let outcome = if before == new.state.as_str() {
            AuditOutcome::Unchanged
        } else {
            AuditOutcome::Done
        };
        note(&mut tx, by, action, target, why, outcome).await?;
        tx.commit().await?;
        Ok(Judged::Done(()))
    }

    /// Ends every session of somebody, and revokes their tokens as well if that is wanted, if the judge allows it; how many
    /// sessions there were.
    pub async fn sign_user_out<R>(
        &self,
        user_id: UserId,
        home: WorkspaceId,
        tokens: bool,
        by: &Actor,
        judge: impl FnOnce(&Standing) -> Result<(), R> + Send,
    ) -> Result<Judged<u64, R>, Error> {
        let mut tx = self.system(Purpose::Installation).with_outbox().await?;
        if lock_user(&mut tx, user_id).await?.is_none() {
            return Ok(Judged::Missing);
        }
        let Some(facts) = standing(&mut tx, home, by, user_id).await? else {
            return Ok(Judged::Missing);
        };
        let (action, target) = ("user.sign_out", ("user", user_id.to_string()));
        let said = tokens.then_some("and tokens revoked");
        if let Err(refused) = judge(&facts) {
            note(&mut tx, by, action, target, said, AuditOutcome::Denied).await?;
            tx.commit().await?;
            return Ok(Judged::Refused(refused));
        }
        if tokens {
            revoke_tokens(&mut tx, user_id).await?;
        }
        let ended = end_sessions(&mut tx, user_id).await?;
        forget_begun(&mut tx, user_id).await?;
        note(&mut tx, by, action, target, said, AuditOutcome::Done).await?;
        tx.commit().await?;
        Ok(Judged::Done(ended))
    }
}

/// The state of somebody, who stays as they are until the transaction ends.
pub(super) async fn lock_user(tx: &mut PgConnection, id: UserId) -> Result<Option<String>, Error> {
    let state = sqlx::query_scalar!(
        "SELECT state FROM users WHERE id = $1 FOR NO KEY UPDATE",
        id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(state)
}

/// Ends whatever lets somebody in or acts on their behalf.
pub(super) async fn shut_out(
    tx: &mut PgConnection,
    user_id: UserId,
    shown: &str,
) -> Result<(), Error> {
    end_sessions(tx, user_id).await?;
    revoke_tokens(tx, user_id).await?;
    forget_begun(tx, user_id).await?;
    sqlx::query!(
        "DELETE FROM password_links WHERE user_id = $1 OR maker_id = $1",
        user_id.uuid(),
    )
    .execute(&mut *tx)
    .await?;
    silence_chats(tx, user_id, shown).await?;
    withdraw_invitations(tx, user_id, None, &[]).await?;
    withdraw_invitations_to(tx, user_id, None).await?;
    ask_to_stop(tx, user_id, None, shown).await
}

/// Ends what is still to be shown in their chats.
async fn silence_chats(tx: &mut PgConnection, user_id: UserId, why: &str) -> Result<(), Error> {
    sqlx::query!(
        "WITH ended AS (
             UPDATE channel_deliveries d
             SET state = 'failed', reason = $2, ended_at = now()
             FROM channel_chats c
             JOIN channel_links l ON l.id = c.link_id
             WHERE c.channel = d.channel AND c.chat_id = d.chat_id
               AND l.user_id = $1
               AND d.state = 'pending'
             RETURNING d.job_id
         )
         DELETE FROM outbox WHERE id IN (SELECT job_id FROM ended)",
        user_id.uuid(),
        why,
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn end_sessions(tx: &mut PgConnection, user_id: UserId) -> Result<u64, Error> {
    let done = sqlx::query!("DELETE FROM sessions WHERE user_id = $1", user_id.uuid())
        .execute(tx)
        .await?;
    Ok(done.rows_affected())
}

async fn revoke_tokens(tx: &mut PgConnection, user_id: UserId) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE api_tokens SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL",
        user_id.uuid(),
    )
    .execute(tx)
    .await?;
    Ok(())
}
