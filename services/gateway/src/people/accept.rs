//! Accepting an invitation: who it is that accepts, and what they have to show for it.

use std::net::IpAddr;

use axum::response::Response;
use chrono::{DateTime, Utc};
use http::request::Parts;
use mosaic_domain::Scope;
use mosaic_error::{ErrorCode, FieldError, Problem};
use mosaic_identity::{Action, Credential, EmailAddress, LinkSecret, SignInMethod};
use mosaic_runtime::clock;
use mosaic_storage::{Accepted, Guest, Login, Newcomer, OpenInvitation, SessionOrigin};
use secrecy::{ExposeSecret as _, SecretString};

use super::password::no_passwords;
use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::sign_in::{NewSignIn, PasswordOf, SignedIn, actor};
use crate::state::Gateway;
use crate::wire::AcceptBody;
use crate::wire::check::Check;

/// Somebody accepts an invitation.
pub(crate) struct Acceptance<'a> {
    /// The request by which they do.
    pub parts: &'a Parts,
    /// From where.
    pub address: IpAddr,
    /// Who they are, if they are signed in.
    pub identity: Option<Identity>,
    /// What they say.
    pub body: AcceptBody,
}

impl Gateway {
    /// Makes somebody a member of the workspace that they are invited to, and answers who they are there.
    pub(crate) async fn accept(&self, acceptance: Acceptance<'_>) -> ApiResult<Response> {
        let Acceptance {
            parts,
            address,
            identity,
            body,
        } = acceptance;
        let missing = || self.refuse_secret(address, gone());
        let secret = LinkSecret::parse(body.secret.expose_secret()).map_err(|_| missing())?;
        let hash = secret.hash();
        if let Some(identity) = identity {
            return self.accept_known(parts, address, &identity, &hash).await;
        }
        let open = self.storage.open_invitation(&hash).await?;
        let open = open.ok_or_else(missing)?;
        let (email, password) = shown(&open, &body)?;
        let login = self.storage.login_by_email(email.as_str()).await?;
        let login = match login {
            Some(login) => self.proved(login, password, address).await?,
            None => {
                return self
                    .accept_new(parts, address, &hash, (body, email, password))
                    .await;
            }
        };
        let guest = Guest::Known(login.user_id);
        let scope = self.join(&hash, &guest, address).await?;
        let since = Some(login.password_since);
        self.enter(parts, address, (scope, &login.name), since)
            .await
    }

    /// Somebody who is signed in. Their session goes with them; a token, and a session that was begun with one, stays.
    async fn accept_known(
        &self,
        parts: &Parts,
        address: IpAddr,
        identity: &Identity,
        hash: &[u8; 32],
    ) -> ApiResult<Response> {
        identity.allow(Action::ManageSelf)?;
        let caller = &identity.caller;
        let guest = Guest::Known(caller.scope.user_id);
        let scope = self.join(hash, &guest, address).await?;
        let movable = match caller.credential {
            Credential::Session { id, method, .. } => (method != SignInMethod::Token).then_some(id),
            Credential::Token { .. } => None,
        };
        let by = actor(caller.scope, &caller.name, address);
        let moved = match movable {
            Some(id) => {
                self.storage
                    .switch_session(id, scope.workspace_id, &by)
                    .await?
            }
            None => false,
        };
        let caller = if moved {
            self.authenticator.forget(identity.caller.scope.user_id);
            self.authenticator.renew(&identity.proof).await?
        } else {
            caller.clone()
        };
        tracing::info!(user = %scope.user_id, workspace = %scope.workspace_id, request = %parts.uri.path(), "an invitation was accepted");
        self.welcome(SignedIn {
            caller,
            cookie: None,
        })
        .await
    }

    /// Somebody new.
    async fn accept_new(
        &self,
        parts: &Parts,
        address: IpAddr,
        hash: &[u8; 32],
        (body, email, password): (AcceptBody, EmailAddress, SecretString),
    ) -> ApiResult<Response> {
        if !self.auth.password {
            return Err(no_passwords());
        }
        if self.auth.registration == mosaic_config::Registration::Closed {
            return Err(closed());
        }
        let mut check = Check::default();
        let name = crate::wire::name(&mut check, "name", body.name.as_deref().unwrap_or_default());
        check.done()?;
        let person = (name.as_str(), Some(email.as_str()));
        let password_hash = self.new_password(address, password, person).await?;
        let guest = Guest::New(Newcomer {
            id: clock::id(),
            name: &name,
            email: email.as_str(),
            password_hash: &password_hash,
        });
        let scope = self.join(hash, &guest, address).await?;
        self.enter(parts, address, (scope, &name), None).await
    }

    /// Somebody who has an account and shows its password.
    async fn proved(
        &self,
        login: Login,
        password: SecretString,
        address: IpAddr,
    ) -> ApiResult<Login> {
        if !self.auth.password {
            return Err(no_passwords());
        }
        let of = PasswordOf {
            login: &login,
            password,
            address,
        };
        if !self.require_password(of).await? {
            return Err(wrong());
        }
        Ok(login)
    }

    async fn join(&self, hash: &[u8; 32], guest: &Guest<'_>, address: IpAddr) -> ApiResult<Scope> {
        let accepted = self
            .storage
            .accept_invitation(hash, guest, Some(address))
            .await?;
        match accepted {
            Accepted::Done(scope) => Ok(scope),
            Accepted::Missing => Err(self.refuse_secret(address, gone())),
            Accepted::OtherEmail => Err(meant_for_others()),
            Accepted::MemberAlready => {
                let detail = "You belong to this workspace already.";
                Err(ApiError::new(ErrorCode::Conflict, detail))
            }
            Accepted::HasAccount => Err(has_account()),
        }
    }

    async fn enter(
        &self,
        parts: &Parts,
        address: IpAddr,
        (scope, name): (Scope, &str),
        password_since: Option<DateTime<Utc>>,
    ) -> ApiResult<Response> {
        let signed_in = self.sign_in(NewSignIn {
            parts,
            address,
            scope,
            name,
            origin: SessionOrigin::Password,
            password_since,
        });
        self.welcome(signed_in.await?).await
    }
}

/// The address and the password of whoever is not signed in. The address is known where the invitation is bound to one.
fn shown(open: &OpenInvitation, body: &AcceptBody) -> ApiResult<(EmailAddress, SecretString)> {
    let mut errors = Vec::new();
    let email = body.email.as_deref().or(open.email.as_deref());
    let email = match email.map(EmailAddress::parse) {
        Some(Ok(email)) => Some(email),
        Some(Err(malformed)) => {
            errors.push(FieldError::new("email", malformed.to_string()));
            None
        }
        None => {
            errors.push(FieldError::new("email", "is missing"));
            None
        }
    };
    if body.password.is_none() {
        errors.push(FieldError::new("password", "is missing"));
    }
    match (email, body.password.clone()) {
        (Some(email), Some(password)) => {
            let bound = open.email.as_deref().map(EmailAddress::parse);
            match bound {
                Some(Ok(bound)) if bound != email => Err(meant_for_others()),
                _ => Ok((email, password)),
            }
        }
        _ => Err(ApiError::unprocessable(errors)),
    }
}

/// There is no open invitation with this secret; why not is nobody's business.
pub(crate) fn gone() -> ApiError {
    let detail = "This invitation does not hold, or not any more.";
    Problem::new(ErrorCode::NotFound, detail)
        .with_remedy(
            "Check that the link was copied whole, or ask whoever sent it for another one.",
        )
        .into()
}

fn meant_for_others() -> ApiError {
    let detail = "This invitation is meant for another email address.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy(
            "Sign in with the account of that address, or ask for an invitation of your own.",
        )
        .into()
}

fn has_account() -> ApiError {
    let detail = "There is an account with this address already.";
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy("Send its password, or sign in and open the link again.")
        .into()
}

fn wrong() -> ApiError {
    let detail = "The email address or the password is wrong.";
    Problem::new(ErrorCode::Unauthenticated, detail)
        .with_remedy("Sign in and open the link again, or ask an admin for a link with which you set a new password.")
        .into()
}

fn closed() -> ApiError {
    let detail = "Nobody makes an account for themselves here.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Ask an admin of this installation to make one for you.")
        .into()
}
