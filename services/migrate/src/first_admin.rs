//! The first admin, and another token for whoever has access to the host.

use mosaic_config::SecretString;
use mosaic_domain::{Scope, TokenId, UserId, WorkspaceId};
use mosaic_identity::ApiToken;
use mosaic_storage::{NewAdmin, Storage};
use uuid::Uuid;

use crate::Error;

/// An admin and a token that speaks for them. The token is known to nobody else and cannot be shown again.
#[derive(Debug)]
pub struct FirstAdmin {
    /// Who they are and where.
    pub scope: Scope,
    /// What they authenticate with.
    pub token: SecretString,
}

/// Creates the first workspace, its owner and their token. Refused when somebody exists, also when two try at once.
pub async fn bootstrap(
    storage: &Storage,
    name: &str,
    workspace: &str,
) -> Result<FirstAdmin, Error> {
    let token = ApiToken::generate();
    let admin = NewAdmin {
        user_id: UserId::new(Uuid::now_v7()),
        name: name.to_owned(),
        workspace_id: WorkspaceId::new(Uuid::now_v7()),
        workspace: workspace.to_owned(),
        token_id: TokenId::new(Uuid::now_v7()),
        token_hash: *token.hash().as_bytes(),
    };
    let created = storage.create_admin(&admin).await?;
    Ok(FirstAdmin {
        scope: created.scope,
        token: token.expose().into(),
    })
}

/// Gives the first admin another token; those they have stay valid.
pub async fn recover(storage: &Storage) -> Result<FirstAdmin, Error> {
    let token = ApiToken::generate();
    let id = TokenId::new(Uuid::now_v7());
    let scope = storage.recover_token(id, token.hash().as_bytes()).await?;
    Ok(FirstAdmin {
        scope: scope.ok_or(Error::NoAdmin)?,
        token: token.expose().into(),
    })
}
