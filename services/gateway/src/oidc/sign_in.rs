//! The two halves of a sign-in: the browser is sent to the provider, and comes back.

use std::net::IpAddr;

use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use mosaic_domain::OidcIdentityId;
use mosaic_identity::{
    EmailAddress, KeptRefresh, LinkSecret, LoginSecrets, OidcAnswer, ProvenIdentity, ReturnTo,
    RoleDecision, SealedColumn, Sealer, WorkspaceRole,
};
use mosaic_runtime::clock;
use mosaic_storage::{
    Linker, NewOidcLogin, OidcBegun, OidcLogin, OidcPerson, OidcSignIn, OidcSignedIn, RoleVerdict,
    SessionOrigin,
};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use url::Url;

use super::{HOLDS, Provider, SignInProblem, browser};
use crate::sign_in::NewSignIn;
use crate::state::Gateway;

/// The longest name that is taken over from a provider.
const NAME_CHARS: usize = 100;

/// A sign-in that is to begin.
pub(crate) struct Begin<'a> {
    pub(crate) provider: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) return_to: ReturnTo,
    /// Who links the identity to their account.
    pub(crate) linking: Option<Linker>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) secure: bool,
}

/// What a browser brings back from the provider.
pub(crate) struct Answer<'a> {
    pub(crate) provider: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) state: Option<&'a str>,
    pub(crate) code: Option<SecretString>,
    pub(crate) error: Option<&'a str>,
    pub(crate) issuer: Option<String>,
    pub(crate) address: IpAddr,
    pub(crate) parts: &'a Parts,
    pub(crate) secure: bool,
}

impl Gateway {
    /// Sends a browser to a provider.
    pub(crate) async fn begin_oidc(&self, begin: Begin<'_>) -> Result<Response, SignInProblem> {
        let provider = self.oidc.provider(begin.provider);
        let provider = provider.ok_or(SignInProblem::Unknown)?;
        let sealer = self.oidc.sealer()?;
        let redirect = callback(begin.origin, begin.provider)?;
        let begun = provider.client.begin(&redirect).await;
        let begun = begun.map_err(|error| SignInProblem::of(&error, begin.provider))?;
        // Two tabs of one browser may sign in at the same time.
        let kept = browser::find(begin.headers, begin.secure);
        let kept = kept.unwrap_or_else(LinkSecret::generate);
        let id = clock::id();
        let new = NewOidcLogin {
            id,
            state_hash: begun.state.hash(),
            browser_hash: kept.hash(),
            provider: begin.provider,
            secrets: sealer.seal(
                SealedColumn::OidcLoginSecrets,
                id,
                &begun.secrets.to_bytes(),
            ),
            return_to: begin.return_to.as_str(),
            linking: begin.linking,
            holds: HOLDS,
        };
        if self.storage.begin_oidc_login(&new).await? == OidcBegun::SignedOut {
            return Err(SignInProblem::SignedOut);
        }
        let mut response = see_other(begun.url.as_str())?;
        if let Some(cookie) = browser::set(&kept, begin.secure) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// Lets somebody in who comes back from a provider, or links what they proved to their account. Whatever becomes of it, the
    /// same answer counts only once.
    pub(crate) async fn finish_oidc(&self, answer: Answer<'_>) -> Result<Response, SignInProblem> {
        let provider = self.oidc.provider(answer.provider);
        let provider = provider.ok_or(SignInProblem::Unknown)?;
        let login = self.login_of(&answer).await?;
        let secrets = self.secrets_of(&login)?;
        if let Some(error) = answer.error {
            tracing::info!(
                provider = answer.provider,
                ?error,
                "somebody was not let in by the provider"
            );
            return Err(SignInProblem::Cancelled);
        }
        let code = answer.code.clone().ok_or(SignInProblem::Invalid)?;
        let redirect = callback(answer.origin, answer.provider)?;
        let said = OidcAnswer {
            code,
            issuer: answer.issuer.clone(),
        };
        let proven = provider
            .client
            .finish(said, &redirect, &secrets, clock::now());
        let proven = proven.await;
        let proven = proven.map_err(|error| SignInProblem::of(&error, answer.provider))?;
        let done = self.account_of(provider, &answer, &login, &proven).await?;
        let mut response = see_other(&login.return_to)?;
        if login.linking.is_none() {
            let signed_in = self.sign_in(NewSignIn {
                parts: answer.parts,
                address: answer.address,
                scope: done.scope,
                name: &done.name,
                origin: SessionOrigin::Oidc(done.identity.uuid()),
                password_since: None,
            });
            signed_in.await?.hand_over(response.headers_mut());
        }
        Ok(response)
    }

    /// The sign-in that an answer belongs to, if this browser began it.
    async fn login_of(&self, answer: &Answer<'_>) -> Result<OidcLogin, SignInProblem> {
        let expired = SignInProblem::Expired;
        let state = LinkSecret::parse(answer.state.ok_or(expired)?).map_err(|_| expired)?;
        let login = self
            .storage
            .take_oidc_login(&state.hash(), answer.provider)
            .await?
            .ok_or(expired)?;
        let kept = browser::find(&answer.parts.headers, answer.secure).ok_or(expired)?;
        let same = kept.hash().as_slice().ct_eq(&login.browser_hash);
        if bool::from(same) {
            Ok(login)
        } else {
            Err(expired)
        }
    }

    fn secrets_of(&self, login: &OidcLogin) -> Result<LoginSecrets, SignInProblem> {
        let column = SealedColumn::OidcLoginSecrets;
        let opened = self.oidc.sealer()?.open(column, login.id, &login.secrets);
        let opened = opened.map_err(|error| {
            tracing::error!(%error, "what was kept of a sign-in cannot be opened");
            SignInProblem::Unavailable
        })?;
        LoginSecrets::from_bytes(opened.expose_secret()).map_err(|_| SignInProblem::Unavailable)
    }

    /// The account of somebody, found, linked or made.
    async fn account_of(
        &self,
        provider: &Provider,
        answer: &Answer<'_>,
        login: &OidcLogin,
        proven: &ProvenIdentity,
    ) -> Result<OidcSignedIn, SignInProblem> {
        let email = proven.email.as_deref();
        let email = email.and_then(|email| EmailAddress::parse(email).ok());
        let name = name_of(proven, email.as_ref());
        let person = OidcPerson {
            provider: answer.provider,
            issuer: &proven.issuer,
            subject: &proven.subject,
            email: email.as_ref().map(EmailAddress::as_str),
            verified_email: email
                .as_ref()
                .filter(|_| proven.email_verified)
                .map(EmailAddress::as_str),
            name: &name,
            address: Some(answer.address),
            linking: login.linking,
            new_identity: clock::id(),
            new_user: clock::id(),
        };
        let sealer = self.oidc.sealer()?;
        let seal = |id: OidcIdentityId| {
            let kept = KeptRefresh::new(proven.refresh_token.clone()?);
            let column = SealedColumn::OidcRefreshToken;
            Some(sealer.seal(column, id.uuid(), &kept.to_bytes()))
        };
        let role = |held: Option<&str>| provider.role(held, proven.groups.as_deref());
        let signed_in = self
            .storage
            .sign_in_by_oidc(&person, provider.rules, role, seal)
            .await?;
        match signed_in {
            OidcSignIn::Done(done) => {
                if done.created {
                    tracing::info!(user = %done.scope.user_id, provider = answer.provider, "an account was made");
                }
                Ok(done)
            }
            OidcSignIn::Refused(refusal) => {
                tracing::info!(
                    provider = answer.provider,
                    ?refusal,
                    "somebody was not let in"
                );
                Err(refusal.into())
            }
        }
    }
}

impl Provider {
    fn role(&self, held: Option<&str>, groups: Option<&[String]>) -> RoleVerdict {
        // A role that this version does not know is not for a provider to change.
        let Ok(held) = held.map(str::parse::<WorkspaceRole>).transpose() else {
            return RoleVerdict::Keep;
        };
        match self.roles.decide(held, groups) {
            RoleDecision::Keep => RoleVerdict::Keep,
            RoleDecision::Set(role) => RoleVerdict::Set(role.as_str()),
            RoleDecision::Refuse => RoleVerdict::Refuse,
        }
    }
}

impl super::Oidc {
    fn sealer(&self) -> Result<&Sealer, SignInProblem> {
        // The configuration is refused that has providers and no key.
        self.sealer.as_ref().ok_or(SignInProblem::Unavailable)
    }
}

/// Where the provider sends somebody back to. It must be told of this address beforehand.
fn callback(origin: &str, provider: &str) -> Result<Url, SignInProblem> {
    let text = format!("{origin}/api/auth/oidc/{provider}/callback");
    Url::parse(&text).map_err(|_| SignInProblem::Unavailable)
}

fn see_other(place: &str) -> Result<Response, SignInProblem> {
    let place = HeaderValue::from_str(place).map_err(|_| SignInProblem::Unavailable)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response())
}

/// What a new account is called.
fn name_of(proven: &ProvenIdentity, email: Option<&EmailAddress>) -> String {
    let said = proven.name.as_deref().unwrap_or_default();
    let said = said.chars().filter(|letter| !letter.is_control());
    let said: String = said.take(NAME_CHARS).collect();
    match (said.trim(), email) {
        ("", Some(email)) => email.local().to_owned(),
        ("", None) => "Somebody".to_owned(),
        (name, _) => name.to_owned(),
    }
}
