//! Signing in: whoever has proved who they are gets a session, which the browser keeps as a cookie that no script can read.

mod password;

use std::net::IpAddr;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::header::{SET_COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use mosaic_domain::Scope;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{Caller, Credential, Denied, SessionSecret, SignInMethod};
use mosaic_runtime::clock;
use mosaic_storage::{Actor, AuditOutcome, MadeWith, NewAudit, NewSession, SessionOrigin};

use crate::cookie;
use crate::error::{ApiError, ApiResult};
use crate::extract::{cookie_of, own_page};
use crate::state::Gateway;
use crate::wire::{MeBody, browser};

pub(crate) use password::{PasswordLogin, PasswordOf};

/// The longest session of somebody who signs in with a password although passwords are off.
const BREAK_GLASS: Duration = Duration::from_hours(1);

/// Somebody who is to be signed in.
#[derive(Debug)]
pub(crate) struct NewSignIn<'a> {
    /// The request by which they come.
    pub parts: &'a Parts,
    /// From where.
    pub address: IpAddr,
    /// Who, and in which workspace.
    pub scope: Scope,
    /// What they are called.
    pub name: &'a str,
    /// How they proved it.
    pub origin: SessionOrigin,
    /// Since when the password counted that they have shown, if it was one that they had before.
    pub password_since: Option<DateTime<Utc>>,
}

/// Somebody who is signed in now.
#[derive(Debug)]
pub(crate) struct SignedIn {
    /// Who.
    pub caller: Caller,
    /// What the browser is to keep, as the value of `Set-Cookie`.
    pub cookie: Option<HeaderValue>,
}

impl SignedIn {
    /// Puts the cookie into an answer.
    pub(crate) fn hand_over(self, headers: &mut HeaderMap) {
        if let Some(cookie) = self.cookie {
            headers.append(SET_COOKIE, cookie);
        }
    }
}

impl Gateway {
    /// Begins a session, in the place of the one that this browser had.
    pub(crate) async fn sign_in(&self, new: NewSignIn<'_>) -> ApiResult<SignedIn> {
        let NewSignIn {
            parts,
            address,
            scope,
            name,
            origin,
            password_since,
        } = new;
        let secret = SessionSecret::generate();
        let lifetime = match origin {
            SessionOrigin::BreakGlass => BREAK_GLASS.min(self.auth.session_lifetime()),
            _ => self.auth.session_lifetime(),
        };
        let session = NewSession {
            id: clock::id(),
            secret_hash: *secret.hash().as_bytes(),
            scope,
            origin,
            password_since,
            user_agent: browser(parts.headers.get(USER_AGENT)),
            lifetime,
            idle: self.auth.session_idle(),
        };
        let by = actor(scope, name, address);
        let begun = self.storage.begin_session(&session, &by).await?;
        begun.ok_or_else(|| ApiError::from(Denied::Ended))?;
        // What every later request will find: who may not come in is not signed in.
        let identified = self.authenticator.authenticate_session(secret.expose());
        let caller = identified.await?.caller;
        tracing::info!(session = %session.id, user = %scope.user_id, browser = ?session.user_agent, "somebody signed in");
        self.end_former(parts, address).await;
        let secure = own_page::is_secure(parts, &self.limits);
        Ok(SignedIn {
            caller,
            cookie: cookie::set(&secret, lifetime, secure),
        })
    }

    /// What somebody who has just signed in is answered.
    pub(crate) async fn welcome(&self, signed_in: SignedIn) -> ApiResult<Response> {
        let me = self.me(&signed_in.caller).await?;
        let mut response = (StatusCode::CREATED, Json(me)).into_response();
        signed_in.hand_over(response.headers_mut());
        Ok(response)
    }

    /// Who somebody is and what they may do.
    pub(crate) async fn me(&self, caller: &Caller) -> ApiResult<MeBody> {
        let profile = self.storage.profile(caller.scope).await?;
        let profile = profile.ok_or_else(|| ApiError::from(Denied::Invalid))?;
        Ok(MeBody::new(caller, profile))
    }

    /// Ends the session that this browser had: its cookie is replaced, so nobody could sign out of it any more.
    async fn end_former(&self, parts: &Parts, address: IpAddr) {
        let Some(secret) = cookie_of(parts, self) else {
            return;
        };
        if let Err(error) = self.sign_out(secret, address).await {
            tracing::debug!(
                cause = error.cause.as_deref(),
                "the former session of a browser could not be ended; it ends by disuse"
            );
        }
    }

    /// Ends the session of this secret, if there is one. Fails when that could not be found out: who signs out must not believe
    /// it while their session lives.
    pub(crate) async fn sign_out(&self, secret: &str, address: IpAddr) -> ApiResult<()> {
        match self.authenticator.authenticate_session(secret).await {
            Ok(identified) => {
                let caller = &identified.caller;
                let Some(session) = caller.credential.session_id() else {
                    return Ok(());
                };
                let (scope, by) = (caller.scope, actor(caller.scope, &caller.name, address));
                self.storage
                    .end_own_session(scope.user_id, session, &by)
                    .await?;
                self.authenticator.forget(scope.user_id);
                tracing::info!(user = %scope.user_id, "somebody signed out");
                Ok(())
            }
            Err(unavailable @ Denied::Unavailable(_)) => Err(unavailable.into()),
            Err(_) => Ok(()),
        }
    }

    /// One more failure with a secret that nobody can guess, or too many: whatever others send from the same address, what
    /// counts is let in.
    pub(crate) fn refuse_secret(&self, address: IpAddr, error: ApiError) -> ApiError {
        let guessed = matches!(
            error.problem.code,
            ErrorCode::Unauthenticated | ErrorCode::NotFound | ErrorCode::PermissionDenied
        );
        if !guessed {
            return error;
        }
        match self.sign_ins.failure(address) {
            Ok(()) => error,
            Err(wait) => {
                let detail = "There were too many attempts to sign in from your address.";
                self.rates.refuse_sign_in(address, detail, wait)
            }
        }
    }

    /// Writes down that somebody was not let in, without whoever tried it waiting for that: the time must not tell whether there
    /// is such an account.
    fn note_refused(&self, by: Actor, target: String, reason: &'static str) {
        let gateway = self.clone();
        self.life.spawn(async move {
            let entry = NewAudit {
                by: &by,
                action: "session.refused",
                target: ("user", target),
                reason: Some(reason),
                outcome: AuditOutcome::Denied,
            };
            if let Err(error) = gateway.storage.audit(&entry).await {
                tracing::warn!(%error, "a refused attempt to sign in could not be written down");
            }
        });
    }
}

/// Somebody who comes to sign in, or goes.
pub(crate) fn actor(scope: Scope, name: &str, address: IpAddr) -> Actor {
    Actor {
        workspace_id: scope.workspace_id,
        user_id: Some(scope.user_id),
        name: name.to_owned(),
        address: Some(address),
    }
}

/// What a caller makes something with that may outlast what they came with.
pub(crate) fn made_with(caller: &Caller) -> MadeWith {
    match caller.credential {
        Credential::Token { id, .. } => MadeWith::Token(id),
        Credential::Session { id, .. } => MadeWith::Session(id),
    }
}

/// Refuses to hand out what lasts to a session that must not: one that was begun with a password although passwords are off.
pub(crate) fn refuse_borrowed(caller: &Caller) -> ApiResult<()> {
    match caller.credential {
        Credential::Session {
            method: SignInMethod::BreakGlass,
            ..
        } => Err(borrowed()),
        _ => Ok(()),
    }
}

/// This session ends before what it would hand out.
pub(crate) fn borrowed() -> ApiError {
    let detail = "What you came with ends before this would.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Sign in at your identity provider or with your password, and do it then.")
        .into()
}
