//! Signing in with email and password. Whoever guesses learns nothing, not even from the time it takes: not whether there is such
//! an account, nor whether it has a password.

use std::net::IpAddr;
use std::time::Duration;

use http::request::Parts;
use mosaic_domain::{Scope, UserId, WorkspaceId};
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{EmailAddress, PasswordError, Verdict, WorkspaceRole};
use mosaic_storage::{Actor, Login, SessionOrigin};
use secrecy::SecretString;
use tokio::time::{Instant, sleep_until};

use super::{NewSignIn, SignedIn};
use crate::error::{ApiError, ApiResult};
use crate::state::Gateway;

/// A refusal takes at least this long. Longer than hashing by any method in use, so that none can be told from another.
const REFUSAL: Duration = Duration::from_millis(400);

/// Somebody who says who they are, and a password.
#[derive(Debug)]
pub(crate) struct PasswordLogin {
    /// Who they say they are.
    pub email: EmailAddress,
    /// What they show.
    pub password: SecretString,
    /// Where they want to go.
    pub workspace: Option<WorkspaceId>,
}

/// The password of somebody who is known already.
#[derive(Debug)]
pub(crate) struct PasswordOf<'a> {
    /// Who.
    pub login: &'a Login,
    /// What they show.
    pub password: SecretString,
    /// From where.
    pub address: IpAddr,
}

/// Whose password somebody did not know.
#[derive(Debug)]
enum Whose {
    /// Of whoever has this address, if anybody has.
    Address(EmailAddress),
    /// Of this person.
    Person(UserId),
}

impl Gateway {
    /// Signs somebody in with email and password.
    pub(crate) async fn sign_in_with_password(
        &self,
        parts: &Parts,
        address: IpAddr,
        shown: PasswordLogin,
    ) -> ApiResult<SignedIn> {
        if !self.auth.password && !self.auth.break_glass {
            return Err(switched_off());
        }
        let PasswordLogin {
            email,
            password,
            workspace,
        } = shown;
        let login = self.verified(address, &email, password).await?;
        let scope = self.scope_of(&login, workspace, address).await?;
        let origin = if self.auth.password {
            SessionOrigin::Password
        } else {
            tracing::warn!(user = %login.user_id, %address, "somebody signed in with a password although passwords are off (auth.break_glass)");
            SessionOrigin::BreakGlass
        };
        let signed_in = self.sign_in(NewSignIn {
            parts,
            address,
            scope,
            name: &login.name,
            origin,
            password_since: Some(login.password_since),
        });
        signed_in.await
    }

    /// Whose password this is. Everything else is one refusal.
    async fn verified(
        &self,
        address: IpAddr,
        email: &EmailAddress,
        password: SecretString,
    ) -> ApiResult<Login> {
        let began = Instant::now();
        let key = email.key();
        let attempt = self.sign_ins.attempt(address, &key);
        let attempt = attempt.await.map_err(|wait| self.too_many(address, wait))?;
        match self.judged(address, email, password).await {
            Ok(Some(login)) => {
                attempt.succeeded().await;
                return Ok(login);
            }
            Ok(None) => drop(attempt),
            Err(error) => {
                // Nobody was told whether it was right, so it was no guess.
                attempt.succeeded().await;
                return Err(error);
            }
        }
        // Before the wait: who hangs up in the middle of it has guessed as well.
        self.note_wrong(Whose::Address(email.clone()), address);
        sleep_until(began + REFUSAL).await;
        Err(wrong())
    }

    /// The account with this address and password, if it may come in with them.
    async fn judged(
        &self,
        address: IpAddr,
        email: &EmailAddress,
        password: SecretString,
    ) -> ApiResult<Option<Login>> {
        let login = self.storage.login_by_email(email.as_str()).await?;
        let right = self.is_right(address, login.as_ref(), password).await?;
        // Where only a few may, the right password of anybody else is a wrong one.
        let right = right && (self.auth.password || self.may_break_glass(login.as_ref()).await?);
        Ok(login.filter(|_| right))
    }

    /// Whether this is the password of an account; of none where there is none. One whose hash is outdated is hashed anew.
    async fn is_right(
        &self,
        address: IpAddr,
        login: Option<&Login>,
        password: SecretString,
    ) -> ApiResult<bool> {
        let stored = login.and_then(|login| login.password_hash.clone());
        let verdict = self
            .passwords
            .verify(address, password.clone(), stored.clone());
        match (verdict.await, login, stored) {
            (Ok(Verdict::Outdated), Some(login), Some(former)) => {
                // Whoever is right is let in; another time will do for the hash.
                if let Ok(hash) = self.passwords.hash(address, password).await {
                    self.storage
                        .rehash_password(login.user_id, &former, &hash)
                        .await?;
                }
                Ok(true)
            }
            (Ok(verdict), ..) => Ok(verdict != Verdict::Wrong),
            // Said to nobody: an account that gives another answer than others can be told from them.
            (Err(PasswordError::Unreadable(reason)), login, _) => {
                let user = login.map(|login| login.user_id.to_string());
                tracing::error!(user, %reason, "somebody cannot sign in with their password");
                Ok(false)
            }
            (Err(error), ..) => Err(error.into()),
        }
    }

    /// Whether somebody runs the installation, and so gets in with a password although passwords are off.
    async fn may_break_glass(&self, login: Option<&Login>) -> ApiResult<bool> {
        let home = self.storage.home_workspace().await?;
        let (Some(login), Some(home)) = (login, home) else {
            return Ok(false);
        };
        let member = self.storage.members(home, Some(login.user_id)).await?.pop();
        let role = member.and_then(|member| member.role.parse::<WorkspaceRole>().ok());
        Ok(role >= Some(WorkspaceRole::Admin))
    }

    /// Where somebody is signed in who has shown their password.
    async fn scope_of(
        &self,
        login: &Login,
        workspace: Option<WorkspaceId>,
        address: IpAddr,
    ) -> ApiResult<Scope> {
        let user_id = login.user_id;
        let found = self
            .storage
            .workspace_to_sign_in(user_id, workspace)
            .await?;
        let scope = found.map(|workspace_id| Scope {
            workspace_id,
            user_id,
        });
        if !login.active {
            if let Some(scope) = scope {
                let by = super::actor(scope, &login.name, address);
                self.note_refused(by, user_id.to_string(), "the account is not active");
            }
            return Err(inactive());
        }
        scope.ok_or_else(|| match workspace {
            Some(workspace) => ApiError::not_found("workspace", workspace),
            None => nowhere(),
        })
    }

    /// Verifies the password of somebody who is signed in; they are held to the same limits as strangers.
    pub(crate) async fn require_password(&self, of: PasswordOf<'_>) -> ApiResult<bool> {
        let PasswordOf {
            login,
            password,
            address,
        } = of;
        let account = login.user_id.to_string();
        let account = login.email.as_deref().unwrap_or(&account).to_lowercase();
        let attempt = self.sign_ins.attempt(address, &account);
        let attempt = attempt.await.map_err(|wait| self.too_many(address, wait))?;
        let right = self.is_right(address, Some(login), password).await;
        if let Ok(false) = right {
            self.note_wrong(Whose::Person(login.user_id), address);
        } else {
            attempt.succeeded().await;
        }
        right
    }

    fn too_many(&self, address: IpAddr, wait: Duration) -> ApiError {
        let detail =
            "There were too many attempts to sign in from your address, or to this account.";
        self.rates.refuse_sign_in(address, detail, wait)
    }

    /// Writes a refused attempt down: in the workspace of whoever it was about, else where the installation is run.
    fn note_wrong(&self, whose: Whose, address: IpAddr) {
        let gateway = self.clone();
        self.life.spawn(async move {
            let (target, workspace) = match gateway.whom(&whose).await {
                Ok(Some(found)) => found,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(%error, "a refused attempt to sign in could not be written down");
                    return;
                }
            };
            let by = Actor {
                workspace_id: workspace,
                user_id: None,
                name: "somebody".to_owned(),
                address: Some(address),
            };
            let reason = match whose {
                Whose::Address(_) => "wrong email or password",
                Whose::Person(_) => "wrong password",
            };
            gateway.note_refused(by, target, reason);
        });
    }

    /// What people typed is not written down where it belongs to nobody: it may be a password in the wrong place.
    async fn whom(
        &self,
        whose: &Whose,
    ) -> Result<Option<(String, WorkspaceId)>, mosaic_storage::Error> {
        let user_id = match whose {
            Whose::Address(email) => {
                let login = self.storage.login_by_email(email.as_str()).await?;
                login.map(|login| login.user_id)
            }
            Whose::Person(user_id) => Some(*user_id),
        };
        if let Some(user_id) = user_id {
            let workspace = self.storage.workspace_to_sign_in(user_id, None).await?;
            if let Some(workspace) = workspace {
                return Ok(Some((user_id.to_string(), workspace)));
            }
        }
        let home = self.storage.home_workspace().await?;
        Ok(home.map(|home| ("unknown".to_owned(), home)))
    }
}

fn wrong() -> ApiError {
    let detail = "The email address or the password is wrong.";
    Problem::new(ErrorCode::Unauthenticated, detail)
        .with_remedy("Try again, or ask an admin for a link with which you set a new password.")
        .into()
}

fn switched_off() -> ApiError {
    let detail = "Passwords are no way to sign in here.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Sign in at the identity provider, or with an API token.")
        .into()
}

/// Said only to who has shown the right password.
fn inactive() -> ApiError {
    let detail = "Your account is deactivated.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Ask an admin of this installation.")
        .into()
}

fn nowhere() -> ApiError {
    let detail = "You belong to no workspace any more.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Ask somebody to invite you into theirs.")
        .into()
}
