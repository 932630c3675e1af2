//! The first admin, and another token for whoever has access to the host.

use mosaic_config::{ExposeSecret as _, SecretString, environment};
use mosaic_domain::{Scope, TokenId, UserId, WorkspaceId};
use mosaic_identity::{ApiToken, EmailAddress, PasswordRules, hash_password};
use mosaic_storage::{AdminLogin, NewAdmin, Storage};
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

/// With what the first admin signs in on the web page.
#[derive(Debug)]
pub struct FirstLogin {
    email: EmailAddress,
    password: Option<SecretString>,
}

impl FirstLogin {
    /// Takes the password from the first line of standard input or from the environment, if there is one, and holds it to the
    /// same rules as every other: at least so many characters, and none that is tried first.
    pub fn read(
        email: EmailAddress,
        name: &str,
        least: usize,
        from_input: bool,
    ) -> Result<Self, Error> {
        let password = if from_input {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            Some(SecretString::from(line.trim_end_matches(['\r', '\n'])))
        } else {
            environment::bootstrap_password()
        };
        if let Some(password) = &password {
            let rules = PasswordRules { least };
            let checked = rules.check(password.expose_secret(), name, Some(&email));
            checked.map_err(Error::Password)?;
        }
        Ok(Self { email, password })
    }

    fn hashed(&self) -> Result<AdminLogin, Error> {
        let hash = self.password.as_ref().map(hash_password).transpose()?;
        Ok(AdminLogin {
            email: self.email.to_string(),
            password_hash: hash,
        })
    }
}

/// Creates the first workspace, its owner and their token. Refused when somebody exists, also when two try at once.
pub async fn bootstrap(
    storage: &Storage,
    name: &str,
    workspace: &str,
) -> Result<FirstAdmin, Error> {
    bootstrap_as(storage, name, workspace, None).await
}

/// The same for an admin who signs in on the web page too.
pub async fn bootstrap_as(
    storage: &Storage,
    name: &str,
    workspace: &str,
    login: Option<&FirstLogin>,
) -> Result<FirstAdmin, Error> {
    let login = login.map(FirstLogin::hashed).transpose()?;
    let token = ApiToken::generate();
    let admin = NewAdmin {
        user_id: UserId::new(Uuid::now_v7()),
        name: name.to_owned(),
        workspace_id: WorkspaceId::new(Uuid::now_v7()),
        workspace: workspace.to_owned(),
        token_id: TokenId::new(Uuid::now_v7()),
        token_hash: *token.hash().as_bytes(),
    };
    let created = storage.set_up(&admin, login.as_ref(), None).await?;
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
