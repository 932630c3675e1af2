//! The three things that are asked of a provider: to let somebody in, to say who they are, and whether that still holds.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthType, AuthorizationCode, Client, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    StandardErrorResponse, StandardTokenResponse, TokenResponse as _, UserInfoClaims,
    UserInfoError,
};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::claims::Extra;
use super::error::OidcError;
use super::http::{HttpError, chain};
use super::provider::OidcProvider;
use super::secrets::LoginSecrets;
use super::verify::{Claims, Doubt, Expected, Token};
use crate::link_secret::LinkSecret;

type Fields = IdTokenFields<
    Extra,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type RelyingParty = Client<
    Extra,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A sign-in that has begun: the browser goes to the provider, the rest is kept until it comes back.
#[derive(Debug)]
pub struct BegunLogin {
    /// Where the browser goes.
    pub url: Url,
    /// What it brings back.
    pub state: LinkSecret,
    /// What is to be sealed meanwhile.
    pub secrets: LoginSecrets,
}

/// What a browser brings back from the provider.
#[derive(Debug)]
pub struct OidcAnswer {
    /// The code.
    pub code: SecretString,
    /// Who the provider says it is (RFC 9207), where it does.
    pub issuer: Option<String>,
}

/// Who somebody is at a provider, verified.
#[derive(Debug, Clone)]
pub struct ProvenIdentity {
    /// The provider's issuer.
    pub issuer: String,
    /// Who they are there, for ever.
    pub subject: String,
    /// Their address.
    pub email: Option<String>,
    /// Whether the provider has made sure that it is theirs.
    pub email_verified: bool,
    /// Their name.
    pub name: Option<String>,
    /// Their groups, where the provider says.
    pub groups: Option<Vec<String>>,
    /// With which the provider can be asked again whether all this holds.
    pub refresh_token: Option<SecretString>,
}

/// That an identity still holds.
#[derive(Debug)]
pub struct Refreshed {
    /// The token for the next time, if it is another.
    pub refresh_token: Option<SecretString>,
}

impl OidcProvider {
    /// Begins a sign-in that comes back to `redirect`.
    pub async fn begin(&self, redirect: &Url) -> Result<BegunLogin, OidcError> {
        let metadata = self.metadata().await?;
        let party = self.party(&metadata, Some(redirect))?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = LinkSecret::generate();
        let csrf = CsrfToken::new(state.expose().to_owned());
        let nonce = Nonce::new(LinkSecret::generate().expose().to_owned());
        let expected = SecretString::from(nonce.secret().as_str());
        let mut request = party
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || csrf, || nonce)
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge);
        if let Some(prompt) = &self.settings.prompt {
            request = request.add_extra_param("prompt", prompt.clone());
        }
        let (url, _, _) = request.url();
        let secrets = LoginSecrets {
            nonce: expected,
            verifier: SecretString::from(verifier.into_secret()),
        };
        Ok(BegunLogin {
            url,
            state,
            secrets,
        })
    }

    /// Finds out who somebody is that came back to `redirect`. Every claim is verified.
    pub async fn finish(
        &self,
        answer: OidcAnswer,
        redirect: &Url,
        secrets: &LoginSecrets,
        now: DateTime<Utc>,
    ) -> Result<ProvenIdentity, OidcError> {
        if answer.issuer.is_some_and(|issuer| issuer != self.issuer()) {
            let reason = "the answer comes from another issuer (iss)";
            return Err(OidcError::Untrusted(reason.to_owned()));
        }
        let metadata = self.metadata().await?;
        let party = self.party(&metadata, Some(redirect))?;
        let code = AuthorizationCode::new(answer.code.expose_secret().to_owned());
        let verifier = PkceCodeVerifier::new(secrets.verifier.expose_secret().to_owned());
        let tokens = party
            .exchange_code(code)
            .map_err(|error| OidcError::Unavailable(error.to_string()))?
            .set_pkce_verifier(verifier)
            .request_async(&self.http)
            .await
            .map_err(refusal)?;
        let token = tokens
            .id_token()
            .ok_or_else(|| OidcError::Untrusted("it says nothing: no ID token".to_owned()))?;
        let nonce = Nonce::new(secrets.nonce.expose_secret().to_owned());
        let claims = self
            .verified(metadata, token, &tokens, Some(&nonce), now)
            .await?;
        let mut proven = self.proven(&claims);
        self.complete(&party, &tokens, &claims, &mut proven).await?;
        proven.refresh_token = tokens
            .refresh_token()
            .map(|token| SecretString::from(token.secret().as_str()));
        Ok(proven)
    }

    /// Asks whether what the provider granted still counts for this person.
    pub async fn refresh(
        &self,
        token: &SecretString,
        subject: &str,
        now: DateTime<Utc>,
    ) -> Result<Refreshed, OidcError> {
        let metadata = self.metadata().await?;
        let party = self.party(&metadata, None)?;
        let token = RefreshToken::new(token.expose_secret().to_owned());
        let tokens = party
            .exchange_refresh_token(&token)
            .map_err(|error| OidcError::Unavailable(error.to_string()))?
            .request_async(&self.http)
            .await
            .map_err(refusal)?;
        if let Some(token) = tokens.id_token() {
            let claims = self.verified(metadata, token, &tokens, None, now).await?;
            if claims.subject().as_str() != subject {
                let reason = "the renewed token is of somebody else (sub)";
                return Err(OidcError::Untrusted(reason.to_owned()));
            }
        }
        let next = tokens.refresh_token();
        Ok(Refreshed {
            refresh_token: next.map(|token| SecretString::from(token.secret().as_str())),
        })
    }

    /// Mosaic as the provider knows it.
    fn party(
        &self,
        metadata: &CoreProviderMetadata,
        redirect: Option<&Url>,
    ) -> Result<RelyingParty, OidcError> {
        let secret = self.settings.client_secret.as_ref();
        let secret = secret.map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
        let mut party =
            RelyingParty::from_provider_metadata(metadata.clone(), self.client_id.clone(), secret);
        // Basic is what every provider must know; some only take the secret in the body.
        if let Some(methods) = metadata.token_endpoint_auth_methods_supported()
            && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
            && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        {
            party = party.set_auth_type(AuthType::RequestBody);
        }
        if let Some(redirect) = redirect {
            let redirect = RedirectUrl::new(redirect.to_string())
                .map_err(|error| OidcError::Settings(error.to_string()))?;
            party = party.set_redirect_uri(redirect);
        }
        Ok(party)
    }

    /// The verified claims of a token; with newer keys if it was signed by one that is not known.
    async fn verified(
        &self,
        metadata: Arc<CoreProviderMetadata>,
        token: &Token,
        tokens: &Tokens,
        nonce: Option<&Nonce>,
        now: DateTime<Utc>,
    ) -> Result<Claims, OidcError> {
        let verify = |metadata: &CoreProviderMetadata| {
            let expected = Expected {
                metadata,
                client_id: &self.client_id,
                nonce,
                now,
            };
            expected.claims(token, tokens.access_token()).cloned()
        };
        match verify(&metadata) {
            Ok(claims) => Ok(claims),
            Err(doubt @ Doubt::Final(_)) => Err(doubt.into()),
            Err(doubt @ Doubt::Keys(_)) => match self.with_new_keys().await {
                Some(renewed) => Ok(verify(&renewed)?),
                None => Err(doubt.into()),
            },
        }
    }

    fn proven(&self, claims: &Claims) -> ProvenIdentity {
        let named = claims.name().and_then(|name| name.get(None));
        let short = || claims.preferred_username().map(|name| name.to_string());
        ProvenIdentity {
            issuer: self.settings.issuer.clone(),
            subject: claims.subject().to_string(),
            email: claims.email().map(|email| email.to_string()),
            email_verified: claims.email_verified().unwrap_or_default(),
            name: named.map(|name| name.to_string()).or_else(short),
            groups: self.groups(claims.additional_claims()),
            refresh_token: None,
        }
    }

    /// Asks for what the token does not say, where the provider has a place to ask. Only what it says of the same subject counts.
    async fn complete(
        &self,
        party: &RelyingParty,
        tokens: &Tokens,
        claims: &Claims,
        proven: &mut ProvenIdentity,
    ) -> Result<(), OidcError> {
        let lacks_groups = self.settings.groups_claim.is_some() && proven.groups.is_none();
        let lacks_email = proven.email.is_none() || claims.email_verified().is_none();
        if !lacks_email && proven.name.is_some() && !lacks_groups {
            return Ok(());
        }
        let subject = claims.subject().clone();
        let Ok(request) = party.user_info(tokens.access_token().clone(), Some(subject)) else {
            return Ok(());
        };
        let info: UserInfoClaims<Extra, CoreGenderClaim> = request
            .request_async(&self.http)
            .await
            .map_err(unanswered)?;
        // What the token says itself is never overruled.
        let told = info.email().map(|email| email.to_string());
        if lacks_email && (proven.email.is_none() || proven.email == told) {
            proven.email = told;
            proven.email_verified = info.email_verified().unwrap_or_default();
        }
        if proven.name.is_none() {
            let named = info.name().and_then(|name| name.get(None));
            let short = || info.preferred_username().map(|name| name.to_string());
            proven.name = named.map(|name| name.to_string()).or_else(short);
        }
        if proven.groups.is_none() {
            proven.groups = self.groups(info.additional_claims());
        }
        Ok(())
    }

    fn groups(&self, extra: &Extra) -> Option<Vec<String>> {
        extra.groups(self.settings.groups_claim.as_deref()?)
    }
}

/// What the token endpoint's error means.
fn refusal(
    error: RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>,
) -> OidcError {
    match error {
        RequestTokenError::ServerResponse(response) if is_passing(response.error()) => {
            OidcError::Unavailable(format!("it says {}", response.error().as_ref()))
        }
        RequestTokenError::ServerResponse(response) => OidcError::Refused {
            code: response.error().as_ref().to_owned(),
            description: response.error_description().cloned(),
        },
        // What does not parse may hold tokens, and the parser quotes it: only the place is told.
        RequestTokenError::Parse(error, _) => OidcError::Unavailable(format!(
            "its answer is not understood, at `{}`",
            error.path()
        )),
        other => OidcError::Unavailable(chain(&other)),
    }
}

/// Whether the provider says that it is not itself.
fn is_passing(code: &CoreErrorResponseType) -> bool {
    matches!(code.as_ref(), "server_error" | "temporarily_unavailable")
}

/// What an error of the place means that says more of a person.
fn unanswered(error: UserInfoError<HttpError>) -> OidcError {
    match error {
        UserInfoError::ClaimsVerification(doubt) => OidcError::Untrusted(doubt.to_string()),
        other => OidcError::Unavailable(format!("its userinfo: {}", chain(&other))),
    }
}
