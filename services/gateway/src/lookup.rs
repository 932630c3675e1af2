//! Where the gateway looks tokens and sessions up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use mosaic_domain::{Scope, WorkspaceId};
use mosaic_identity::{
    Caller, Credential, CredentialLookup, Known, LookupError, SessionHash, SignInMethod, TokenHash,
    TokenScopes,
};
use mosaic_storage::{SessionOwner, Storage, TokenOwner};
use tokio::sync::OnceCell;

use crate::oidc::Oidc;
use crate::turns::Turns;

/// The tokens and sessions in the record.
#[derive(Debug)]
pub(crate) struct StoredCredentials {
    storage: Storage,
    /// A session ends after this time without use.
    idle: Duration,
    /// Whose word counts.
    oidc: Arc<Oidc>,
    /// The first workspace, which stays the first.
    home: OnceCell<WorkspaceId>,
    turns: Turns,
}

/// Who was found, by whatever.
struct Found {
    scope: Scope,
    role: String,
    name: String,
    email: Option<String>,
    credential: Credential,
}

impl StoredCredentials {
    pub(crate) fn new(storage: Storage, idle: Duration, oidc: Arc<Oidc>) -> Self {
        Self {
            storage,
            idle,
            oidc,
            home: OnceCell::const_new(),
            turns: Turns::of_lookups(),
        }
    }

    async fn known(&self, found: Found, asked: Instant) -> Result<Known, LookupError> {
        let home = self.home(found.scope.workspace_id).await.map_err(failed)?;
        let caller = Caller {
            scope: found.scope,
            role: found.role.parse().map_err(failed)?,
            home: home == found.scope.workspace_id,
            name: found.name.into(),
            email: found.email.map(Into::into),
            credential: found.credential,
        };
        Ok(Known { caller, asked })
    }

    /// The home workspace. There is one as soon as there is `some` workspace.
    async fn home(&self, some: WorkspaceId) -> Result<WorkspaceId, mosaic_storage::Error> {
        let first = async || Ok(self.storage.home_workspace().await?.unwrap_or(some));
        self.home.get_or_try_init(first).await.copied()
    }
}

#[async_trait]
impl CredentialLookup for StoredCredentials {
    async fn token(&self, hash: &TokenHash) -> Result<Option<Known>, LookupError> {
        let _turn = self.turns.wait().await;
        // Not before: whoever waited long would be forgotten at once, and wait again.
        let asked = Instant::now();
        let owner = self.storage.token_owner(hash.as_bytes()).await;
        let Some(owner) = owner.map_err(failed)? else {
            return Ok(None);
        };
        self.known(of_token(owner)?, asked).await.map(Some)
    }

    async fn session(&self, hash: &SessionHash) -> Result<Option<Known>, LookupError> {
        let _turn = self.turns.wait().await;
        let asked = Instant::now();
        let owner = self.storage.session_owner(hash.as_bytes(), self.idle).await;
        let Some(owner) = owner.map_err(failed)? else {
            return Ok(None);
        };
        // Nobody asks any more whether they still may. With the provider back in the settings the session counts again.
        if let Some(provider) = &owner.provider
            && self.oidc.provider(provider).is_none()
        {
            return Ok(None);
        }
        self.known(of_session(owner)?, asked).await.map(Some)
    }
}

fn of_token(owner: TokenOwner) -> Result<Found, LookupError> {
    let scopes = TokenScopes::parse(&owner.scopes).map_err(failed)?;
    Ok(Found {
        scope: owner.scope,
        role: owner.role,
        name: owner.name,
        email: owner.email,
        credential: Credential::Token {
            id: owner.token_id,
            scopes,
        },
    })
}

fn of_session(owner: SessionOwner) -> Result<Found, LookupError> {
    let method: SignInMethod = owner.method.parse().map_err(failed)?;
    let scopes = match owner.token_scopes {
        Some(names) => TokenScopes::parse(&names).map_err(failed)?,
        None => TokenScopes::ALL,
    };
    Ok(Found {
        scope: owner.scope,
        role: owner.role,
        name: owner.name,
        email: owner.email,
        credential: Credential::Session {
            id: owner.session_id,
            method,
            token: owner.token_id,
            scopes,
        },
    })
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> LookupError {
    Arc::new(error)
}
