//! Where the gateway looks tokens and sessions up.

use std::sync::Arc;

use async_trait::async_trait;
use mosaic_domain::WorkspaceId;
use mosaic_identity::{Caller, CredentialLookup, LookupError, SessionHash, TokenHash};
use mosaic_storage::{Storage, TokenOwner};
use tokio::sync::OnceCell;

use crate::cookie;

/// The tokens and sessions in the record.
#[derive(Debug)]
pub(crate) struct StoredCredentials {
    storage: Storage,
    /// The first workspace, which stays the first.
    home: OnceCell<WorkspaceId>,
}

impl StoredCredentials {
    pub(crate) const fn new(storage: Storage) -> Self {
        Self {
            storage,
            home: OnceCell::const_new(),
        }
    }

    async fn caller(
        &self,
        found: Result<Option<TokenOwner>, mosaic_storage::Error>,
    ) -> Result<Option<Caller>, LookupError> {
        let Some(owner) = found.map_err(failed)? else {
            return Ok(None);
        };
        let home = self.home(owner.scope.workspace_id).await.map_err(failed)?;
        Ok(Some(Caller {
            scope: owner.scope,
            role: owner
                .role
                .parse()
                .map_err(|error| Arc::new(error) as LookupError)?,
            home: home == owner.scope.workspace_id,
            name: owner.name.into(),
            token_id: owner.token_id,
        }))
    }

    /// The home workspace. There is one as soon as there is `some` workspace.
    async fn home(&self, some: WorkspaceId) -> Result<WorkspaceId, mosaic_storage::Error> {
        let first = async || Ok(self.storage.home_workspace().await?.unwrap_or(some));
        self.home.get_or_try_init(first).await.copied()
    }
}

#[async_trait]
impl CredentialLookup for StoredCredentials {
    async fn token(&self, hash: &TokenHash) -> Result<Option<Caller>, LookupError> {
        self.caller(self.storage.token_owner(hash.as_bytes()).await)
            .await
    }

    async fn session(&self, hash: &SessionHash) -> Result<Option<Caller>, LookupError> {
        let found = self.storage.session_owner(hash.as_bytes(), cookie::IDLE);
        self.caller(found.await).await
    }
}

fn failed(error: mosaic_storage::Error) -> LookupError {
    Arc::new(error)
}
