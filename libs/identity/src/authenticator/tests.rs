use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use mosaic_domain::{Scope, TokenId, UserId, WorkspaceId};
use uuid::Uuid;

use super::*;
use crate::caller::{Credential, WorkspaceRole};
use crate::token_scope::TokenScopes;

/// Knows one token and counts how often it is asked.
struct OneToken {
    hash: Mutex<Option<TokenHash>>,
    session: Mutex<Option<SessionHash>>,
    asked: AtomicUsize,
    down: bool,
    /// How long an answer is on its way.
    slow: Duration,
}

fn ada(asked: Instant) -> Known {
    let caller = Caller {
        scope: Scope {
            workspace_id: WorkspaceId::new(Uuid::from_u128(1)),
            user_id: UserId::new(Uuid::from_u128(2)),
        },
        role: WorkspaceRole::Member,
        home: true,
        name: Arc::from("Ada"),
        email: None,
        credential: Credential::Token {
            id: TokenId::new(Uuid::from_u128(3)),
            scopes: TokenScopes::ALL,
        },
    };
    Known { caller, asked }
}

#[async_trait]
impl CredentialLookup for OneToken {
    async fn token(&self, hash: &TokenHash) -> Result<Option<Known>, LookupError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.down {
            return Err(Arc::new(std::io::Error::other("no database")));
        }
        let asked = Instant::now();
        let known = *self.hash.lock().unwrap() == Some(*hash);
        tokio::time::sleep(self.slow).await;
        Ok(known.then(|| ada(asked)))
    }

    async fn session(&self, hash: &SessionHash) -> Result<Option<Known>, LookupError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let known = *self.session.lock().unwrap() == Some(*hash);
        Ok(known.then(|| ada(Instant::now())))
    }
}

fn set_up(token: &ApiToken, down: bool) -> (Arc<OneToken>, Authenticator) {
    with_answers(token, down, Duration::ZERO)
}

fn with_answers(token: &ApiToken, down: bool, slow: Duration) -> (Arc<OneToken>, Authenticator) {
    let lookup = Arc::new(OneToken {
        hash: Mutex::new(Some(token.hash())),
        session: Mutex::new(None),
        asked: AtomicUsize::new(0),
        down,
        slow,
    });
    (Arc::clone(&lookup), Authenticator::new(lookup))
}

fn headers(value: &str) -> HeaderMap {
    HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
}

#[tokio::test]
async fn the_owner_of_a_token_is_found_once_for_many_requests() {
    let token = ApiToken::generate();
    let (lookup, authenticator) = set_up(&token, false);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let header = headers(&format!("{scheme} {}", token.expose()));
        let found = authenticator.authenticate(&header).await.unwrap();
        assert_eq!(&*found.caller.name, "Ada");
    }
    assert_eq!(lookup.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_the_refusal_is_remembered_briefly() {
    let (lookup, authenticator) = set_up(&ApiToken::generate(), false);
    let stranger = ApiToken::generate();
    for _ in 0..3 {
        let denied = authenticator.authenticate_token(stranger.expose()).await;
        assert!(matches!(denied, Err(Denied::Invalid)));
    }
    assert_eq!(lookup.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_is_no_token_is_refused_without_a_lookup() {
    let (lookup, authenticator) = set_up(&ApiToken::generate(), false);
    let denied = authenticator.authenticate(&HeaderMap::new()).await;
    assert!(matches!(denied, Err(Denied::Missing)));
    let denied = authenticator.authenticate(&headers("Basic dTpw")).await;
    assert!(matches!(denied, Err(Denied::Scheme)));
    let denied = authenticator.authenticate(&headers("Bearer mos_x")).await;
    assert!(matches!(denied, Err(Denied::Malformed(_))));
    assert_eq!(lookup.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn what_was_asked_before_a_token_was_revoked_is_not_believed_for_longer_when_the_answer_is_slow()
 {
    let token = ApiToken::generate();
    let (lookup, authenticator) = with_answers(&token, false, CACHE_TTL);
    let asked = authenticator.authenticate_token(token.expose());
    let revoked = async {
        while lookup.asked.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        *lookup.hash.lock().unwrap() = None;
    };
    let (found, ()) = tokio::join!(asked, revoked);
    let proof = found.unwrap().proof;
    assert!(matches!(
        authenticator.renew(&proof).await,
        Err(Denied::Invalid)
    ));
}

#[tokio::test]
async fn a_revoked_token_is_refused_within_a_second() {
    let token = ApiToken::generate();
    let (lookup, authenticator) = set_up(&token, false);
    let found = authenticator
        .authenticate_token(token.expose())
        .await
        .unwrap();
    *lookup.hash.lock().unwrap() = None;
    tokio::time::sleep(CACHE_TTL + Duration::from_millis(50)).await;
    assert!(matches!(
        authenticator.renew(&found.proof).await,
        Err(Denied::Invalid)
    ));
}

#[tokio::test]
async fn a_lookup_that_fails_is_not_a_refusal() {
    let token = ApiToken::generate();
    let (_, authenticator) = set_up(&token, true);
    let denied = authenticator.authenticate_token(token.expose()).await;
    assert!(matches!(denied, Err(Denied::Unavailable(_))));
}

#[tokio::test]
async fn a_session_that_is_ended_here_is_refused_at_once() {
    let (lookup, authenticator) = set_up(&ApiToken::generate(), false);
    let secret = SessionSecret::generate();
    *lookup.session.lock().unwrap() = Some(secret.hash());
    let found = authenticator
        .authenticate_session(secret.expose())
        .await
        .unwrap();
    assert_eq!(found.proof.session(), Some(&secret.hash()));
    *lookup.session.lock().unwrap() = None;
    assert!(authenticator.renew(&found.proof).await.is_ok());
    authenticator.forget(UserId::new(Uuid::now_v7()));
    assert!(authenticator.renew(&found.proof).await.is_ok());
    authenticator.forget(found.caller.scope.user_id);
    let denied = authenticator.authenticate_session(secret.expose()).await;
    assert!(matches!(denied, Err(Denied::Ended)));
}

#[tokio::test]
async fn a_token_is_no_session_and_a_session_no_token() {
    let token = ApiToken::generate();
    let (lookup, authenticator) = set_up(&token, false);
    let denied = authenticator.authenticate_session(token.expose()).await;
    assert!(matches!(denied, Err(Denied::MalformedSession(_))));
    let secret = SessionSecret::generate();
    let denied = authenticator.authenticate_token(secret.expose()).await;
    assert!(matches!(denied, Err(Denied::Malformed(_))));
    assert_eq!(lookup.asked.load(Ordering::Relaxed), 0);
}
