//! Which account an identity at a provider belongs to.
//!
//! An account is found by its identity, else by an address that both sides have made sure of. Addresses are given to others when
//! their people leave: an account that somebody else has at the same provider is not found by an address. Somebody may have made an account
//! with another's address and a password of their own, and waits for the other to be linked into it: so an account whose
//! address was never verified is only taken when nobody could have used it yet.

use mosaic_domain::{OidcIdentityId, UserId};
use sqlx::PgConnection;

use super::sign_in::{OidcPerson, OidcRefusal, OidcRules};
use crate::Error;

/// The account that somebody gets.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) user_id: UserId,
    pub(super) name: String,
    /// The identity, where it is known with this provider.
    pub(super) identity: Option<OidcIdentityId>,
    /// Whether the account was made just now.
    pub(super) is_new: bool,
    /// Whether the identity was not linked to it before.
    pub(super) is_linked: bool,
}

struct Row {
    user_id: UserId,
    name: String,
    state: String,
}

/// Lets two sign-ins with the same identity or address wait for each other.
pub(super) async fn lock(tx: &mut PgConnection, person: &OidcPerson<'_>) -> Result<(), Error> {
    let identity = format!("mosaic oidc {} {}", person.issuer, person.subject);
    let address = person.verified_email.map(str::to_lowercase);
    let address = format!("mosaic email {}", address.unwrap_or_default());
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0)), pg_advisory_xact_lock(hashtextextended($2, 0))",
        identity,
        address,
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// Finds the account, or makes it where that is allowed.
pub(super) async fn find(
    tx: &mut PgConnection,
    person: &OidcPerson<'_>,
    rules: OidcRules,
) -> Result<Result<Found, OidcRefusal>, Error> {
    let known = by_identity(tx, person).await?;
    if let (Some((row, _)), Some(linking)) = (&known, person.linking)
        && row.user_id != linking.user_id
    {
        return Ok(Err(OidcRefusal::Taken));
    }
    if let Some((row, identity)) = known {
        return Ok(counting(row).map(|row| Found {
            is_new: false,
            is_linked: identity.is_none(),
            user_id: row.user_id,
            name: row.name,
            identity,
        }));
    }
    let row = match person.linking {
        Some(linker) => by_id(tx, linker.user_id)
            .await?
            .ok_or(OidcRefusal::NoAccount),
        None => match by_email(tx, person, rules).await? {
            Ok(Some(row)) => Ok(row),
            Ok(None) if rules.allow_signup => return create(tx, person).await,
            Ok(None) => Err(OidcRefusal::NoAccount),
            Err(refusal) => Err(refusal),
        },
    };
    Ok(row.and_then(counting).map(|row| Found {
        is_new: false,
        is_linked: true,
        user_id: row.user_id,
        name: row.name,
        identity: None,
    }))
}

fn counting(row: Row) -> Result<Row, OidcRefusal> {
    if row.state == "active" {
        Ok(row)
    } else {
        Err(OidcRefusal::Disabled)
    }
}

/// The person of an identity, with its id where it is known with this very provider: two settings may name one issuer. They
/// cannot be deactivated before this is done.
async fn by_identity(
    tx: &mut PgConnection,
    person: &OidcPerson<'_>,
) -> Result<Option<(Row, Option<OidcIdentityId>)>, Error> {
    let row = sqlx::query!(
        r#"SELECT i.id, (i.provider = $3) AS "same!", u.id AS user_id, u.name, u.state
           FROM oidc_identities i
           JOIN users u ON u.id = i.user_id
           WHERE i.issuer = $1 AND i.subject = $2
           ORDER BY i.provider = $3 DESC, i.created_at
           LIMIT 1
           FOR NO KEY UPDATE OF u"#,
        person.issuer,
        person.subject,
        person.provider,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| {
        let identity = row.same.then(|| OidcIdentityId::new(row.id));
        let row = Row {
            user_id: UserId::new(row.user_id),
            name: row.name,
            state: row.state,
        };
        (row, identity)
    }))
}

async fn by_id(tx: &mut PgConnection, id: UserId) -> Result<Option<Row>, Error> {
    let row = sqlx::query!(
        "SELECT id, name, state FROM users WHERE id = $1 FOR NO KEY UPDATE",
        id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Row {
        user_id: UserId::new(row.id),
        name: row.name,
        state: row.state,
    }))
}

/// The account with the same verified address, if it may be taken. From then on its address counts as verified.
async fn by_email(
    tx: &mut PgConnection,
    person: &OidcPerson<'_>,
    rules: OidcRules,
) -> Result<Result<Option<Row>, OidcRefusal>, Error> {
    let Some(email) = person.verified_email else {
        return Ok(Ok(None));
    };
    let row = sqlx::query!(
        r#"SELECT u.id,
                  u.name,
                  u.state,
                  ((u.email_verified_at IS NOT NULL
                    AND NOT EXISTS (SELECT FROM oidc_identities i
                                    WHERE i.user_id = u.id AND i.provider = $2 AND i.issuer = $3))
                   OR (u.password_hash IS NULL
                       AND NOT EXISTS (SELECT FROM oidc_identities i WHERE i.user_id = u.id)
                       AND NOT EXISTS (SELECT FROM api_tokens t WHERE t.user_id = u.id)
                       AND NOT EXISTS (SELECT FROM sessions s WHERE s.user_id = u.id))) AS "theirs!"
           FROM users u
           WHERE u.email_key = lower($1)
           FOR NO KEY UPDATE OF u"#,
        email,
        person.provider,
        person.issuer,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(Ok(None)) };
    if !rules.link_by_email || !row.theirs {
        return Ok(Err(OidcRefusal::AccountExists));
    }
    sqlx::query!(
        "UPDATE users SET email_verified_at = COALESCE(email_verified_at, now()) WHERE id = $1",
        row.id,
    )
    .execute(tx)
    .await?;
    Ok(Ok(Some(Row {
        user_id: UserId::new(row.id),
        name: row.name,
        state: row.state,
    })))
}

/// A new account. It has an address only if that is known to be theirs.
async fn create(
    tx: &mut PgConnection,
    person: &OidcPerson<'_>,
) -> Result<Result<Found, OidcRefusal>, Error> {
    let done = sqlx::query!(
        "INSERT INTO users (id, name, email, email_verified_at)
         VALUES ($1, $2, $3, CASE WHEN $3::text IS NULL THEN NULL ELSE now() END)
         ON CONFLICT DO NOTHING",
        person.new_user.uuid(),
        person.name,
        person.verified_email,
    )
    .execute(tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(OidcRefusal::AccountExists));
    }
    Ok(Ok(Found {
        user_id: person.new_user,
        name: person.name.to_owned(),
        identity: None,
        is_new: true,
        is_linked: true,
    }))
}
