//! One provider: what is set, what it says of itself, and how long that is believed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{CoreJsonWebKeySet, CoreProviderMetadata};
use openidconnect::{ClientId, IssuerUrl};
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::error::OidcError;
use super::http::{Http, Reach, chain};

/// How long metadata are believed without asking.
const FRESH: Duration = Duration::from_hours(1);
/// How long they are still used when asking fails.
const STALE: Duration = Duration::from_hours(24);
/// How long nobody asks again after a failure.
const REST: Duration = Duration::from_secs(5);
/// How often keys are asked for because one is not known. Whoever makes up key ids causes no more than this.
const KEYS_EVERY: Duration = Duration::from_mins(1);

/// How to reach a provider, and as whom.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// Its name in the settings and in paths.
    pub name: String,
    /// Its issuer, exactly as it calls itself.
    pub issuer: String,
    /// The client as which Mosaic is known there.
    pub client_id: String,
    /// The client's secret; none for a public client, which PKCE alone protects.
    pub client_secret: Option<SecretString>,
    /// What is asked for beyond `openid`.
    pub scopes: Vec<String>,
    /// What is asked of the person there, e.g. `consent`.
    pub prompt: Option<String>,
    /// The claim with the groups of a person.
    pub groups_claim: Option<String>,
    /// Certificates of authorities that are trusted beyond the system's (PEM).
    pub authorities: Option<Vec<u8>>,
}

/// A provider. Asked for its metadata when they are first needed.
pub struct OidcProvider {
    pub(super) settings: OidcSettings,
    pub(super) issuer: IssuerUrl,
    pub(super) client_id: ClientId,
    pub(super) http: Http,
    known: Mutex<Known>,
}

impl fmt::Debug for OidcProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcProvider")
            .field("name", &self.settings.name)
            .field("issuer", &self.settings.issuer)
            .finish_non_exhaustive()
    }
}

/// What is known of the provider. Locked while it is asked, so that many who wait cause one request.
#[derive(Default)]
struct Known {
    metadata: Option<(Arc<CoreProviderMetadata>, Instant)>,
    failure: Option<(String, Instant)>,
    keys_asked: Option<Instant>,
}

impl OidcProvider {
    /// A provider as it is set up; nothing is asked of it yet.
    pub fn new(settings: OidcSettings) -> Result<Self, OidcError> {
        let issuer = IssuerUrl::new(settings.issuer.clone())
            .map_err(|error| OidcError::Settings(format!("issuer: {error}")))?;
        let Some(reach) = Reach::of(issuer.url()) else {
            let reason = "issuer: it must begin with https://, or be on this machine";
            return Err(OidcError::Settings(reason.to_owned()));
        };
        let http = Http::new(reach, settings.authorities.as_deref())?;
        Ok(Self {
            client_id: ClientId::new(settings.client_id.clone()),
            issuer,
            http,
            settings,
            known: Mutex::default(),
        })
    }

    /// Its name in the settings and in paths.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Its issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// What it says of itself, at most an hour old; older, up to a day, if it cannot be asked.
    pub(super) async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, OidcError> {
        let mut known = self.known.lock().await;
        let held = known
            .metadata
            .as_ref()
            .map(|(metadata, since)| (Arc::clone(metadata), since.elapsed()));
        if let Some((metadata, age)) = &held
            && *age < FRESH
        {
            return Ok(Arc::clone(metadata));
        }
        let usable = held.filter(|(_, age)| *age < STALE);
        let rests = known.failure.as_ref();
        let reason = match rests.filter(|(_, since)| since.elapsed() < REST) {
            Some((reason, _)) => reason.clone(),
            None => match self.discover().await {
                Ok(metadata) => {
                    let metadata = Arc::new(metadata);
                    known.metadata = Some((Arc::clone(&metadata), Instant::now()));
                    known.failure = None;
                    return Ok(metadata);
                }
                Err(reason) => {
                    known.failure = Some((reason.clone(), Instant::now()));
                    reason
                }
            },
        };
        usable
            .map(|(metadata, _)| metadata)
            .ok_or(OidcError::Unavailable(reason))
    }

    async fn discover(&self) -> Result<CoreProviderMetadata, String> {
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| format!("its metadata: {}", chain(&error)))?;
        if !self.http.reaches(metadata.authorization_endpoint().url()) {
            return Err("its metadata: the authorization endpoint is not https".to_owned());
        }
        Ok(metadata)
    }

    /// The metadata with the keys it has now; none if they were asked for less than a minute ago, or cannot be had.
    pub(super) async fn with_new_keys(&self) -> Option<Arc<CoreProviderMetadata>> {
        let mut known = self.known.lock().await;
        if known.keys_asked.is_some_and(|at| at.elapsed() < KEYS_EVERY) {
            return None;
        }
        let (metadata, since) = known.metadata.clone()?;
        known.keys_asked = Some(Instant::now());
        let keys = CoreJsonWebKeySet::fetch_async(metadata.jwks_uri(), &self.http)
            .await
            .ok()?;
        let renewed = Arc::new(CoreProviderMetadata::clone(&metadata).set_jwks(keys));
        known.metadata = Some((Arc::clone(&renewed), since));
        Some(renewed)
    }
}
