//! Somebody with a token and a password.

use mosaic_identity::{ApiToken, hash_password};
use mosaic_storage::NewAdmin;
use secrecy::SecretString;
use uuid::Uuid;

use crate::system::Engines;

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "nine horses under a green moon";

/// Somebody who signs in.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) token: String,
    pub(super) email: &'static str,
    pub(super) password: &'static str,
    /// Of the password, as it is stored.
    pub(super) hash: String,
}

impl Person {
    /// Makes them, with a workspace of their own.
    pub(super) async fn create(engines: &Engines) -> anyhow::Result<Self> {
        let token = ApiToken::generate();
        let new = NewAdmin {
            user_id: Uuid::now_v7().into(),
            name: "Ada".to_owned(),
            workspace_id: Uuid::now_v7().into(),
            workspace: "Ada's".to_owned(),
            token_id: Uuid::now_v7().into(),
            token_hash: *token.hash().as_bytes(),
        };
        let scope = engines.storage.create_member(&new).await?.scope;
        let hash = hash_password(&SecretString::from(PASSWORD))?;
        let set = "UPDATE users SET email = $1, password_hash = $2, password_set_at = now() WHERE id = $3";
        sqlx::query(set)
            .bind(EMAIL)
            .bind(&hash)
            .bind(scope.user_id.uuid())
            .execute(&engines.pool)
            .await?;
        Ok(Self {
            token: token.expose().to_owned(),
            email: EMAIL,
            password: PASSWORD,
            hash,
        })
    }
}
