//! Personal API tokens as a way to prove an identity, with a cache that forgets within a second.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use moka::future::Cache;

use crate::authenticate::{Authenticate, Denied, Identified, Proof, ProofKind};
use crate::caller::Caller;
use crate::token::{ApiToken, TokenHash};

/// How long an answer is believed; a revoked token is refused at most this much later.
pub const TOKEN_CACHE_TTL: Duration = Duration::from_secs(1);
/// Callers kept at once.
const KNOWN: u64 = 10_000;
/// Refused tokens kept at once. Apart from the known ones, so that a flood of wrong tokens pushes nobody out.
const UNKNOWN: u64 = 1_000;

/// Whatever looking up failed with. Shared, because several requests may wait for one lookup.
pub type LookupError = Arc<dyn std::error::Error + Send + Sync>;

/// Where tokens are kept.
#[async_trait]
pub trait TokenLookup: Send + Sync {
    /// The owner of the token with this hash, unless it has expired or was revoked.
    async fn find(&self, hash: &TokenHash) -> Result<Option<Caller>, LookupError>;
}

/// Identifies callers by their token. Cheap to clone.
#[derive(Clone)]
pub struct TokenAuthenticator {
    lookup: Arc<dyn TokenLookup>,
    known: Cache<TokenHash, Caller>,
    unknown: Cache<TokenHash, ()>,
}

impl std::fmt::Debug for TokenAuthenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenAuthenticator").finish_non_exhaustive()
    }
}

/// How a lookup ended without a caller.
enum Miss {
    Unknown,
    Failed(LookupError),
}

impl TokenAuthenticator {
    /// Looks tokens up in `lookup`.
    #[must_use]
    pub fn new(lookup: Arc<dyn TokenLookup>) -> Self {
        let known = Cache::builder()
            .max_capacity(KNOWN)
            .time_to_live(TOKEN_CACHE_TTL)
            .build();
        let unknown = Cache::builder()
            .max_capacity(UNKNOWN)
            .time_to_live(TOKEN_CACHE_TTL)
            .build();
        Self {
            lookup,
            known,
            unknown,
        }
    }

    /// The owner of the token with this hash. Many callers at once cause one lookup.
    async fn caller(&self, hash: TokenHash) -> Result<Caller, Denied> {
        if self.unknown.contains_key(&hash) {
            return Err(Denied::Invalid);
        }
        let found = self
            .known
            .try_get_with(hash, async {
                match self.lookup.find(&hash).await {
                    Ok(Some(caller)) => Ok(caller),
                    Ok(None) => Err(Miss::Unknown),
                    Err(error) => Err(Miss::Failed(error)),
                }
            })
            .await;
        match found.map_err(|miss| match &*miss {
            Miss::Unknown => Denied::Invalid,
            Miss::Failed(error) => Denied::Unavailable(Arc::clone(error)),
        }) {
            Err(Denied::Invalid) => {
                self.unknown.insert(hash, ()).await;
                Err(Denied::Invalid)
            }
            answer => answer,
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
impl Authenticate for TokenAuthenticator {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Identified, Denied> {
        self.authenticate_token(bearer(headers)?).await
    }

    async fn authenticate_token(&self, token: &str) -> Result<Identified, Denied> {
        let hash = ApiToken::parse(token)?.hash();
        let caller = self.caller(hash).await?;
        let proof = Proof(ProofKind::Token(hash));
        Ok(Identified { caller, proof })
    }

    async fn renew(&self, proof: &Proof) -> Result<Caller, Denied> {
        match proof.0 {
            ProofKind::Token(hash) => self.caller(hash).await,
        }
    }
}

#[cfg(test)]
mod tests;
