//! Programs that ask for a token: the request is found by its code, which a person types, and its token is fetched with a secret
//! that only the program has. The token is made when it is fetched, and the request goes with that: it is had once.

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::{LoginRequestId, Scope, SessionId, TokenId, UserId, WorkspaceId};
use sqlx::PgConnection;

use crate::credential::{self, Force};
use crate::standing::note;
use crate::token::{self, MadeWith, NewToken};
use crate::{Actor, AuditOutcome, Error, Purpose, Storage};

/// Requests that may be open at once, of one address and of all. Who asks is nobody yet, so of all of them the oldest that nobody
/// has approved make room: who asks for many keeps nobody out whose person decides meanwhile.
const MOST_OF_ONE: i64 = 20;
const MOST: i64 = 5_000;

/// A request to be made.
#[derive(Debug, Clone)]
pub struct NewLoginRequest<'a> {
    /// Its id.
    pub id: LoginRequestId,
    /// SHA-256 of its code.
    pub code_hash: [u8; 32],
    /// SHA-256 of what its token is fetched with.
    pub secret_hash: [u8; 32],
    /// What the program calls itself.
    pub name: &'a str,
    /// From where it asks.
    pub address: IpAddr,
    /// How long the person has.
    pub holds: Duration,
}

/// A request that waits for its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRequest {
    /// What the program calls itself.
    pub name: String,
    /// From where it asks.
    pub address: String,
    /// When it asked.
    pub created_at: DateTime<Utc>,
    /// Until when it can be approved, and its token fetched.
    pub expires_at: DateTime<Utc>,
}

/// What became of letting a program in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// It can fetch its token.
    Done,
    /// None with this code waits.
    Missing,
    /// The session ends before what it would hand out.
    Borrowed,
    /// The session has ended meanwhile.
    Ended,
}

/// What the program gets that fetches its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchedToken {
    /// The token is made; whose it is.
    Made(Scope),
    /// Its person has not decided.
    Pending,
    /// There is no such request, it was refused, has expired, or its token was fetched.
    Missing,
    /// Its person has too many tokens; the request stays.
    TooMany,
}

impl Storage {
    /// Writes a request down; returns until when it holds, or nothing if there are too many of the same address.
    pub async fn create_login_request(
        &self,
        new: &NewLoginRequest<'_>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        self.make_room_for_login_request().await?;
        let address = new.address.to_string();
        let mut tx = self.system(Purpose::Credentials).await?;
        let made = sqlx::query_scalar!(
            "INSERT INTO login_requests (id, code_hash, secret_hash, name, address, expires_at)
             SELECT $1, $2, $3, $4, $5, now() + make_interval(secs => $6)
             WHERE (SELECT count(*) FROM login_requests WHERE address = $5 AND expires_at > now()) < $7
             RETURNING expires_at",
            new.id.uuid(),
            new.code_hash.as_slice(),
            new.secret_hash.as_slice(),
            new.name,
            address,
            new.holds.as_secs_f64(),
            MOST_OF_ONE,
        )
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Removes the oldest that wait for their person where there are as many as may be.
    async fn make_room_for_login_request(&self) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        sqlx::query!(
            "DELETE FROM login_requests
             WHERE approved_at IS NULL
               AND expires_at <= (SELECT expires_at
                                  FROM login_requests
                                  WHERE approved_at IS NULL
                                  ORDER BY expires_at DESC
                                  OFFSET $1
                                  LIMIT 1)",
            MOST - 1,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The request with this code that nobody has decided about.
    pub async fn open_login_request(
        &self,
        code_hash: &[u8; 32],
    ) -> Result<Option<LoginRequest>, Error> {
        let mut tx = self.system(Purpose::Credentials).read().await?;
        let row = sqlx::query_as!(
            LoginRequest,
            "SELECT name, address, created_at, expires_at
             FROM login_requests
             WHERE code_hash = $1 AND expires_at > now() AND approved_at IS NULL",
            code_hash.as_slice(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(row)
    }

    /// Lets the program with this code in, as whoever says so in this session.
    pub async fn approve_login_request(
        &self,
        scope: Scope,
        session: SessionId,
        code_hash: &[u8; 32],
        by: &Actor,
    ) -> Result<Approval, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        match credential::force(&mut tx, scope.user_id, MadeWith::Session(session)).await? {
            Force::Gone => return Ok(Approval::Ended),
            Force::Ends => return Ok(Approval::Borrowed),
            Force::Lasts => {}
        }
        let row = sqlx::query!(
            "UPDATE login_requests
             SET workspace_id = $2, user_id = $3, approved_at = now()
             WHERE code_hash = $1 AND expires_at > now() AND approved_at IS NULL
             RETURNING id, name",
            code_hash.as_slice(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Ok(Approval::Missing);
        };
        let target = ("login_request", row.id.to_string());
        let (action, reason) = ("login_request.approve", Some(row.name.as_str()));
        note(&mut tx, by, action, target, reason, AuditOutcome::Done).await?;
        tx.commit().await?;
        Ok(Approval::Done)
    }

    /// Refuses the program with this code; `false` if there is none that waits.
    pub async fn deny_login_request(
        &self,
        code_hash: &[u8; 32],
        by: &Actor,
    ) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let row = sqlx::query!(
            "DELETE FROM login_requests
             WHERE code_hash = $1 AND expires_at > now() AND approved_at IS NULL
             RETURNING id, name",
            code_hash.as_slice(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(false) };
        let target = ("login_request", row.id.to_string());
        let (action, reason) = ("login_request.deny", Some(row.name.as_str()));
        note(&mut tx, by, action, target, reason, AuditOutcome::Done).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Makes the token of an approved request, if its person may still come in. The request goes with it.
    pub async fn fetch_login_token(
        &self,
        id: LoginRequestId,
        secret_hash: &[u8; 32],
        new: &LoginToken<'_>,
    ) -> Result<FetchedToken, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let fetched = fetch(&mut tx, id, secret_hash, new).await?;
        if matches!(fetched, FetchedToken::Made(_)) {
            tx.commit().await?;
        }
        Ok(fetched)
    }

    /// Removes requests that have expired; how many there were.
    pub async fn sweep_login_requests(&self) -> Result<u64, Error> {
        let mut tx = self.system(Purpose::Credentials).await?;
        let done = sqlx::query!("DELETE FROM login_requests WHERE expires_at <= now()")
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

/// The token that a request is to get.
#[derive(Debug, Clone)]
pub struct LoginToken<'a> {
    /// Its id.
    pub id: TokenId,
    /// SHA-256 of it.
    pub hash: [u8; 32],
    /// What it is good for.
    pub scopes: &'a [String],
    /// What it ends in.
    pub hint: &'a str,
}

async fn fetch(
    tx: &mut PgConnection,
    id: LoginRequestId,
    secret_hash: &[u8; 32],
    new: &LoginToken<'_>,
) -> Result<FetchedToken, Error> {
    let decided = sqlx::query_scalar!(
        "SELECT user_id FROM login_requests WHERE id = $1 AND secret_hash = $2 AND expires_at > now()",
        id.uuid(),
        secret_hash.as_slice(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    // The person before the request, as whoever signs them out does: their tokens are revoked before their requests go, and none is
    // made in between.
    let user = match decided {
        None => return Ok(FetchedToken::Missing),
        Some(None) => return Ok(FetchedToken::Pending),
        Some(Some(user)) => UserId::new(user),
    };
    if credential::force(tx, user, MadeWith::Person).await? == Force::Gone {
        return Ok(FetchedToken::Missing);
    }
    let row = sqlx::query!(
        r#"SELECT r.name,
                  r.address,
                  r.workspace_id,
                  r.user_id,
                  u.name AS "person?"
           FROM login_requests r
           LEFT JOIN users u ON u.id = r.user_id AND u.state = 'active'
           WHERE r.id = $1 AND r.secret_hash = $2 AND r.expires_at > now()
           FOR UPDATE OF r"#,
        id.uuid(),
        secret_hash.as_slice(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else {
        return Ok(FetchedToken::Missing);
    };
    let (Some(workspace), Some(user)) = (row.workspace_id, row.user_id) else {
        return Ok(FetchedToken::Pending);
    };
    let Some(person) = row.person else {
        return Ok(FetchedToken::Missing);
    };
    let scope = Scope {
        workspace_id: WorkspaceId::new(workspace),
        user_id: UserId::new(user),
    };
    let made = NewToken {
        id: new.id,
        scope,
        name: &row.name,
        scopes: new.scopes,
        hint: new.hint,
        hash: new.hash,
        days: None,
        made_with: MadeWith::Person,
    };
    if token::insert(tx, &made).await?.is_none() {
        return Ok(FetchedToken::TooMany);
    }
    sqlx::query!("DELETE FROM login_requests WHERE id = $1", id.uuid())
        .execute(&mut *tx)
        .await?;
    let by = Actor {
        workspace_id: scope.workspace_id,
        user_id: Some(scope.user_id),
        name: person,
        address: row.address.parse().ok(),
    };
    let (target, reason) = (("token", new.id.to_string()), Some(row.name.as_str()));
    note(tx, &by, "token.create", target, reason, AuditOutcome::Done).await?;
    Ok(FetchedToken::Made(scope))
}
