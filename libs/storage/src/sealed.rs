//! Sealed values as such, wherever they lie: read one after the other, and exchanged for the same sealed anew. Nothing here
//! can open them.

use mosaic_domain::SealedColumn;
use uuid::Uuid;

use crate::{Error, Purpose, Storage};

/// A sealed value and its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// The row, which the value is bound to.
    pub row: Uuid,
    /// The value as it lies there.
    pub sealed: Vec<u8>,
}

impl Storage {
    /// The next values of a column in the order of their rows, after this row.
    pub async fn sealed_values(
        &self,
        column: SealedColumn,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<SealedValue>, Error> {
        let mut tx = self.system(Purpose::Sealing).read().await?;
        let found = match column {
            SealedColumn::OidcRefreshToken => {
                sqlx::query_as!(
                    SealedValue,
                    r#"SELECT id AS "row",
                              refresh_token AS "sealed!"
                       FROM oidc_identities
                       WHERE id > $1 AND refresh_token IS NOT NULL
                       ORDER BY id
                       LIMIT $2"#,
                    after,
                    limit,
                )
                .fetch_all(&mut *tx)
                .await?
            }
            SealedColumn::OidcLoginSecrets => {
                sqlx::query_as!(
                    SealedValue,
                    r#"SELECT id AS "row",
                              secrets AS "sealed!"
                       FROM oidc_logins
                       WHERE id > $1
                       ORDER BY id
                       LIMIT $2"#,
                    after,
                    limit,
                )
                .fetch_all(&mut *tx)
                .await?
            }
        };
        Ok(found)
    }

    /// One value as it is now.
    pub async fn sealed_value(
        &self,
        column: SealedColumn,
        row: Uuid,
    ) -> Result<Option<Vec<u8>>, Error> {
        let mut tx = self.system(Purpose::Sealing).read().await?;
        let found = match column {
            SealedColumn::OidcRefreshToken => sqlx::query_scalar!(
                "SELECT refresh_token FROM oidc_identities WHERE id = $1",
                row
            )
            .fetch_optional(&mut *tx)
            .await?
            .flatten(),
            SealedColumn::OidcLoginSecrets => {
                sqlx::query_scalar!("SELECT secrets FROM oidc_logins WHERE id = $1", row)
                    .fetch_optional(&mut *tx)
                    .await?
            }
        };
        Ok(found)
    }

    /// Puts a value in the place of another, unless somebody else changed that meanwhile; then `false`. The statement holds
    /// the row while it compares.
    pub async fn exchange_sealed(
        &self,
        column: SealedColumn,
        old: &SealedValue,
        new: &[u8],
    ) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Sealing).await?;
        let done = match column {
            SealedColumn::OidcRefreshToken => {
                sqlx::query!(
                    "UPDATE oidc_identities SET refresh_token = $3 WHERE id = $1 AND refresh_token = $2",
                    old.row,
                    old.sealed.as_slice(),
                    new,
                )
                .execute(&mut *tx)
                .await?
            }
            SealedColumn::OidcLoginSecrets => {
                sqlx::query!(
                    "UPDATE oidc_logins SET secrets = $3 WHERE id = $1 AND secrets = $2",
                    old.row,
                    old.sealed.as_slice(),
                    new,
                )
                .execute(&mut *tx)
                .await?
            }
        };
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}
