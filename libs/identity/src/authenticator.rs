//! Personal API tokens and sessions as ways to prove an identity, with a cache that forgets within a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use moka::Expiry;
use moka::future::Cache;
use mosaic_domain::UserId;

use crate::authenticate::{Authenticate, Denied, Identified, Proof, ProofKind};
use crate::caller::Caller;
use crate::session::{SessionHash, SessionSecret};
use crate::token::{ApiToken, TokenHash};

/// How long an answer is believed, from the moment it was asked for; a revoked token or ended session is refused at most this
/// much later. Less than the second that is promised, so that the refusal arrives within it.
pub const CACHE_TTL: Duration = Duration::from_millis(800);
/// Callers kept at once.
const KNOWN: u64 = 10_000;
/// Refused proofs kept at once. Apart from the known ones, so that a flood of wrong ones pushes nobody out.
const UNKNOWN: u64 = 1_000;

/// Whatever looking up failed with. Shared, because several requests may wait for one lookup.
pub type LookupError = Arc<dyn std::error::Error + Send + Sync>;

/// Where tokens and sessions are kept.
#[async_trait]
pub trait CredentialLookup: Send + Sync {
    /// The owner of the token with this hash, unless it has expired or was revoked.
    async fn token(&self, hash: &TokenHash) -> Result<Option<Known>, LookupError>;

    /// The person of the session with this hash, unless it has ended.
    async fn session(&self, hash: &SessionHash) -> Result<Option<Known>, LookupError>;
}

/// Identifies callers by their token or session. Cheap to clone.
#[derive(Clone)]
pub struct Authenticator {
    lookup: Arc<dyn CredentialLookup>,
    known: Cache<ProofKind, Known>,
    unknown: Cache<ProofKind, ()>,
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}

/// Who was found behind a proof.
#[derive(Debug, Clone)]
pub struct Known {
    /// Who it is.
    pub caller: Caller,
    /// A moment before that was read: what has changed since then may be missing.
    pub asked: Instant,
}

/// Forgets what was found when it was asked for too long ago, however long the answer took.
struct SinceAsked;

impl SinceAsked {
    fn left(known: &Known, now: Instant) -> Duration {
        CACHE_TTL.saturating_sub(now.saturating_duration_since(known.asked))
    }
}

impl Expiry<ProofKind, Known> for SinceAsked {
    fn expire_after_create(&self, _: &ProofKind, known: &Known, now: Instant) -> Option<Duration> {
        Some(Self::left(known, now))
    }

    fn expire_after_update(
        &self,
        _: &ProofKind,
        known: &Known,
        now: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(Self::left(known, now))
    }
}

/// How a lookup ended without a caller.
enum Miss {
    Unknown,
    Failed(LookupError),
}

impl Authenticator {
    /// Looks tokens and sessions up in `lookup`.
    #[must_use]
    pub fn new(lookup: Arc<dyn CredentialLookup>) -> Self {
        let known = Cache::builder()
            .max_capacity(KNOWN)
            .expire_after(SinceAsked)
            .support_invalidation_closures()
            .build();
        let unknown = Cache::builder()
            .max_capacity(UNKNOWN)
            .time_to_live(CACHE_TTL)
            .build();
        Self {
            lookup,
            known,
            unknown,
        }
    }

    /// Who is behind a proof. Many callers at once cause one lookup.
    async fn caller(&self, proof: ProofKind) -> Result<Caller, Denied> {
        if self.unknown.contains_key(&proof) {
            return Err(proof.denied());
        }
        let found = self
            .known
            .try_get_with(proof, async {
                let found = match &proof {
                    ProofKind::Token(hash) => self.lookup.token(hash).await,
                    ProofKind::Session(hash) => self.lookup.session(hash).await,
                };
                match found {
                    Ok(Some(known)) => Ok(known),
                    Ok(None) => Err(Miss::Unknown),
                    Err(error) => Err(Miss::Failed(error)),
                }
            })
            .await;
        match found {
            Ok(known) => Ok(known.caller),
            Err(miss) => match &*miss {
                Miss::Unknown => {
                    self.unknown.insert(proof, ()).await;
                    Err(proof.denied())
                }
                Miss::Failed(error) => Err(Denied::Unavailable(Arc::clone(error))),
            },
        }
    }

    async fn identify(&self, proof: ProofKind) -> Result<Identified, Denied> {
        let caller = self.caller(proof).await?;
        Ok(Identified {
            caller,
            proof: Proof(proof),
        })
    }
}

impl ProofKind {
    /// What somebody is told whose proof counts for nothing.
    const fn denied(&self) -> Denied {
        match self {
            Self::Token(_) => Denied::Invalid,
            Self::Session(_) => Denied::Ended,
        }
    }
}

/// The token in an `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Result<&str, Denied> {
    let header = headers.get(AUTHORIZATION).ok_or(Denied::Missing)?;
    let text = header.to_str().map_err(|_| Denied::Scheme)?;
    let (scheme, token) = text.split_once(' ').ok_or(Denied::Scheme)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Denied::Scheme);
    }
    Ok(token.trim())
}

#[async_trait]
impl Authenticate for Authenticator {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Identified, Denied> {
        self.authenticate_token(bearer(headers)?).await
    }

    async fn authenticate_token(&self, token: &str) -> Result<Identified, Denied> {
        let hash = ApiToken::parse(token)?.hash();
        self.identify(ProofKind::Token(hash)).await
    }

    async fn authenticate_session(&self, secret: &str) -> Result<Identified, Denied> {
        let hash = SessionSecret::parse(secret)?.hash();
        self.identify(ProofKind::Session(hash)).await
    }

    fn forget(&self, user_id: UserId) {
        let theirs = move |_: &ProofKind, known: &Known| known.caller.scope.user_id == user_id;
        if self.known.invalidate_entries_if(theirs).is_err() {
            self.known.invalidate_all();
        }
    }

    async fn renew(&self, proof: &Proof) -> Result<Caller, Denied> {
        self.caller(proof.0).await
    }
}

#[cfg(test)]
mod tests;
