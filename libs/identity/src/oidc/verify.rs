//! Whether what a provider says of a person holds: the part that the crate leaves to its caller.

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IdToken, IdTokenClaims,
    IdTokenVerifier, JwsSigningAlgorithm as _, Nonce, SignatureVerificationError,
};

use super::claims::Extra;
use super::error::OidcError;

pub(super) type Token =
    IdToken<Extra, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
pub(super) type Claims = IdTokenClaims<Extra, CoreGenderClaim>;

/// How far the clocks of the two may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(60);

/// Why claims do not hold.
pub(super) enum Doubt {
    /// The key that signed is not known: a newer list of keys may have it.
    Keys(String),
    /// They do not.
    Final(String),
}

impl From<Doubt> for OidcError {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Keys(reason) | Doubt::Final(reason) => Self::Untrusted(reason),
        }
    }
}

impl From<ClaimsVerificationError> for Doubt {
    fn from(error: ClaimsVerificationError) -> Self {
        use SignatureVerificationError::{AmbiguousKeyId, CryptoError, NoMatchingKey};
        match error {
            ClaimsVerificationError::SignatureVerification(signature) => match signature {
                AmbiguousKeyId(_) | CryptoError(_) | NoMatchingKey => {
                    Self::Keys(format!("its signature: {signature}"))
                }
                other => Self::Final(format!("its signature: {other}")),
            },
            other => Self::Final(other.to_string()),
        }
    }
}

/// What a token is held to.
pub(super) struct Expected<'a> {
    pub(super) metadata: &'a CoreProviderMetadata,
    pub(super) client_id: &'a ClientId,
    /// None for a token that renews what was verified before.
    pub(super) nonce: Option<&'a Nonce>,
    pub(super) now: DateTime<Utc>,
}

impl Expected<'_> {
    /// A verifier that knows no shared secret: an HMAC made with the client's secret, or with a public key taken for
    /// one, counts for nothing, and neither does an unsigned token.
    fn verifier(&self) -> IdTokenVerifier<'_, CoreJsonWebKey> {
        let algorithms = self.metadata.id_token_signing_alg_values_supported();
        let asymmetric = algorithms
            .iter()
            .filter(|one| !one.uses_shared_secret() && **one != CoreJwsSigningAlgorithm::None);
        let (expiry, latest) = (self.now - SKEW, self.now + SKEW);
        IdTokenVerifier::new_public_client(
            self.client_id.clone(),
            self.metadata.issuer().clone(),
            self.metadata.jwks().clone(),
        )
        .set_allowed_algs(asymmetric.cloned())
        .set_time_fn(move || expiry)
        .set_issue_time_verifier_fn(move |issued| {
            if issued <= latest {
                Ok(())
            } else {
                Err("it was issued in the future".to_owned())
            }
        })
    }

    /// The claims of a token that holds in every respect. `access` is the token that came with it.
    pub(super) fn claims<'t>(
        &self,
        token: &'t Token,
        access: &AccessToken,
    ) -> Result<&'t Claims, Doubt> {
        let verifier = self.verifier();
        let claims = match self.nonce {
            Some(nonce) => token.claims(&verifier, nonce)?,
            None => token.claims(&verifier, |_: Option<&Nonce>| Ok(()))?,
        };
        let fails = |what: &str| Err(Doubt::Final(what.to_owned()));
        if claims
            .authorized_party()
            .is_some_and(|party| party != self.client_id)
        {
            return fails("it was issued to another client (azp)");
        }
        if claims.audiences().len() > 1 && claims.authorized_party().is_none() {
            return fails("it has several audiences and does not say for which client it is (azp)");
        }
        let latest = (self.now + SKEW).timestamp();
        let not_before = claims.additional_claims().not_before();
        if not_before.is_some_and(|from| from > latest) {
            return fails("it does not count yet (nbf)");
        }
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = token.signing_alg().map_err(refused)?;
            let key = token.signing_key(&verifier).map_err(refused)?;
            let actual = AccessTokenHash::from_token(access, algorithm, key)
                .map_err(|error| Doubt::Final(error.to_string()))?;
            if actual != *expected {
                return fails("it belongs to another access token (at_hash)");
            }
        }
        Ok(claims)
    }
}

fn refused(error: SignatureVerificationError) -> Doubt {
    Doubt::Final(format!("its signature: {error}"))
}
