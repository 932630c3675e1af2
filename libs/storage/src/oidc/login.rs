//! Sign-ins that are under way at a provider. The row of one goes with the first answer to it, whatever becomes of that, so that
//! neither `state` nor code counts twice.

use std::time::Duration;

use mosaic_domain::{SessionId, UserId};
use uuid::Uuid;

use crate::credential::{self, Force};
use crate::{Error, MadeWith, Purpose, Storage};

/// Sign-ins that may be under way at once. Who begins them is nobody yet, so the oldest make room: who begins many keeps nobody out
/// who goes to the provider and comes back meanwhile.
const MOST: i64 = 20_000;

/// Who links an identity to their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linker {
    /// Who.
    pub user_id: UserId,
    /// In which session.
    pub session_id: SessionId,
}

/// What became of the wish to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OidcBegun {
    /// It is written down.
    Done,
    /// The session in which an identity is to be linked has ended, or ends before the identity would, or is for one workspace of
    /// several into which the identity would let.
    SignedOut,
}

/// A sign-in that begins.
#[derive(Debug, Clone)]
pub struct NewOidcLogin<'a> {
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of what the browser brings back.
    pub state_hash: [u8; 32],
    /// SHA-256 of what the browser keeps.
    pub browser_hash: [u8; 32],
    /// At which provider.
    pub provider: &'a str,
    /// Nonce and PKCE verifier, sealed.
    pub secrets: Vec<u8>,
    /// Where to go on.
    pub return_to: &'a str,
    /// Whose account the identity is to be linked to.
    pub linking: Option<Linker>,
    /// How long the person has.
    pub holds: Duration,
}

/// A sign-in that was under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcLogin {
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of what the browser keeps that began it.
    pub browser_hash: Vec<u8>,
    /// Nonce and PKCE verifier, sealed.
    pub secrets: Vec<u8>,
    /// Where to go on.
    pub return_to: String,
    /// Whose account the identity is to be linked to.
    pub linking: Option<Linker>,
}

impl Storage {
    /// Writes down that a sign-in begins. An identity outlives the session in which it is linked, and lets into every workspace of its
    /// person, so that must be no session that ends by itself, nor one that is for a single workspace of several.
    pub async fn begin_oidc_login(&self, new: &NewOidcLogin<'_>) -> Result<OidcBegun, Error> {
        self.make_room_for_oidc_login().await?;
        let mut tx = self.system(Purpose::Credentials).await?;
        if let Some(linker) = new.linking {
            let with = MadeWith::Session(linker.session_id);
            if credential::force(&mut tx, linker.user_id, with).await? != Force::Lasts
                || credential::is_of_one_workspace(&mut tx, with).await?
            {
                return Ok(OidcBegun::SignedOut);
            }
        }
        sqlx::query!(
            "INSERT INTO oidc_logins (id, state_hash, browser_hash, provider, secrets, return_to, linking, session_id, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9))",
            new.id,
            new.state_hash.as_slice(),
            new.browser_hash.as_slice(),
            new.provider,
            new.secrets,
            new.return_to,
            new.linking.map(|linker| linker.user_id.uuid()),
            new.linking.map(|linker| linker.session_id.uuid()),
            new.holds.as_secs_f64(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(OidcBegun::Done)
    }

    /// Removes the oldest where there are as many as may be. Apart from what follows, so that nobody waits for what is held here.
    async fn make_room_for_oidc_login(&self) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        sqlx::query!(
            "DELETE FROM oidc_logins
             WHERE expires_at <= (SELECT expires_at FROM oidc_logins ORDER BY expires_at DESC OFFSET $1 LIMIT 1)",
            MOST - 1,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes the sign-in that an answer belongs to, so that no other answer gets it; none if there is none, it was
    /// answered before, began at another provider or began too long ago.
    pub async fn take_oidc_login(
        &self,
        state_hash: &[u8; 32],
        provider: &str,
    ) -> Result<Option<OidcLogin>, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let row = sqlx::query!(
            r#"DELETE FROM oidc_logins
               WHERE state_hash = $1
               RETURNING id, browser_hash, secrets, return_to, linking, session_id,
                         (provider = $2
                          AND expires_at > now()
                          AND (linking IS NULL) = (session_id IS NULL)) AS "counts!""#,
            state_hash.as_slice(),
            provider,
        )
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(row.filter(|row| row.counts).map(|row| OidcLogin {
            id: row.id,
            browser_hash: row.browser_hash,
            secrets: row.secrets,
            return_to: row.return_to,
            linking: row
                .linking
                .zip(row.session_id)
                .map(|(user, session)| Linker {
                    user_id: UserId::new(user),
                    session_id: SessionId::new(session),
                }),
        }))
    }

    /// Removes sign-ins that nobody came back from; how many there were.
    pub async fn sweep_oidc_logins(&self) -> Result<u64, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sqlx::query!("DELETE FROM oidc_logins WHERE expires_at <= now()")
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}
