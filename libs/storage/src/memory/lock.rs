//! The lock around one person's memory: whoever adds to it shares it, whoever forgets has it alone. Without it an answer
//! could be captured beside the forgetting of what it repeats, neither seeing the other.

use mosaic_domain::UserId;
use sqlx::PgConnection;

use crate::Error;

/// Distinguishes these locks from other advisory locks.
const SPACE: i64 = 0x6d65_6d6f;

/// Until the transaction ends nothing of this person is forgotten.
pub(super) async fn share(tx: &mut PgConnection, user: UserId) -> Result<(), Error> {
    sqlx::query!(
        r#"SELECT pg_advisory_xact_lock_shared(hashtextextended($1, $2)) AS "locked: ()""#,
        user.to_string(),
        SPACE,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Until the transaction ends nobody adds to the memory of this person.
pub(super) async fn seize(tx: &mut PgConnection, user: UserId) -> Result<(), Error> {
    sqlx::query!(
        r#"SELECT pg_advisory_xact_lock(hashtextextended($1, $2)) AS "locked: ()""#,
        user.to_string(),
        SPACE,
    )
    .execute(tx)
    .await?;
    Ok(())
}
