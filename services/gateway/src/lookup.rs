//! Where the gateway looks tokens up.

use std::sync::Arc;

use async_trait::async_trait;
use mosaic_identity::{Caller, LookupError, TokenHash, TokenLookup};
use mosaic_storage::Storage;

/// The tokens in the record.
#[derive(Debug, Clone)]
pub(crate) struct StoredTokens(pub Storage);

#[async_trait]
impl TokenLookup for StoredTokens {
    async fn find(&self, hash: &TokenHash) -> Result<Option<Caller>, LookupError> {
        let owner = self.0.token_owner(hash.as_bytes()).await;
        let Some(owner) = owner.map_err(|error| Arc::new(error) as LookupError)? else {
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
}
