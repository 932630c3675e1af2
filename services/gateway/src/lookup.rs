//! Where the gateway looks tokens and sessions up.

use std::sync::Arc;

use async_trait::async_trait;
use mosaic_identity::{Caller, CredentialLookup, LookupError, SessionHash, TokenHash};
use mosaic_storage::{Storage, TokenOwner};

use crate::cookie;

/// The tokens and sessions in the record.
#[derive(Debug, Clone)]
pub(crate) struct StoredCredentials(pub Storage);

#[async_trait]
impl CredentialLookup for StoredCredentials {
    async fn token(&self, hash: &TokenHash) -> Result<Option<Caller>, LookupError> {
        caller(self.0.token_owner(hash.as_bytes()).await)
    }

    async fn session(&self, hash: &SessionHash) -> Result<Option<Caller>, LookupError> {
        caller(self.0.session_owner(hash.as_bytes(), cookie::IDLE).await)
    }
}

fn caller(
    found: Result<Option<TokenOwner>, mosaic_storage::Error>,
) -> Result<Option<Caller>, LookupError> {
    let Some(owner) = found.map_err(|error| Arc::new(error) as LookupError)? else {
        return Ok(None);
    };
    Ok(Some(Caller {
        scope: owner.scope,
        role: owner
            .role
            .parse()
            .map_err(|error| Arc::new(error) as LookupError)?,
        name: owner.name.into(),
        token_id: owner.token_id,
    }))
}
