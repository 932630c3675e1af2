//! What authentication takes inside of the gateway when it remembers who it is: reading the token, hashing it, looking it up, and
//! counting the request against the limits of its person and its token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use mosaic_bus::{Bus, BusOptions, Limit, Rate, RateLimits};
use mosaic_domain::{Scope, TokenId, UserId, WorkspaceId};
use mosaic_identity::{
    ApiToken, Authenticate as _, Authenticator, Caller, Credential, CredentialLookup, Known,
    LookupError, SessionHash, TokenHash, TokenScopes, WorkspaceRole,
};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::options::Options;
use crate::measure::per;
use crate::system::Engines;

/// Timed together: one takes about as long as looking at the clock.
const TOGETHER: u64 = 1_000;

/// One round, in microseconds each.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Micros {
    pub(super) authenticated: f64,
    pub(super) counted: f64,
}

/// What the gateway asks in each request.
pub(super) struct Cached {
    authenticator: Authenticator,
    headers: HeaderMap,
    limits: RateLimits,
    stop: CancellationToken,
    _tasks: TaskTracker,
}

/// Knows everybody at once.
struct Everybody(Caller);

#[async_trait]
impl CredentialLookup for Everybody {
    async fn token(&self, _: &TokenHash) -> Result<Option<Known>, LookupError> {
        Ok(Some(self.known()))
    }

    async fn session(&self, _: &SessionHash) -> Result<Option<Known>, LookupError> {
        Ok(Some(self.known()))
    }
}

impl Everybody {
    fn known(&self) -> Known {
        Known {
            caller: self.0.clone(),
            asked: Instant::now(),
        }
    }
}

impl Drop for Cached {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Cached {
    pub(super) async fn new(engines: &Engines) -> anyhow::Result<Self> {
        let bus = Bus::connect(BusOptions::new(engines.valkey_url.clone())).await?;
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let bearer = format!("Bearer {}", ApiToken::generate().expose());
        let bearer = HeaderValue::from_str(&bearer)?;
        Ok(Self {
            authenticator: Authenticator::new(Arc::new(Everybody(somebody()))),
            headers: HeaderMap::from_iter([(AUTHORIZATION, bearer)]),
            limits: bus.rate_limits(&tasks, stop.clone()),
            stop,
            _tasks: tasks,
        })
    }

    pub(super) async fn round(&self, options: &Options) -> anyhow::Result<Micros> {
        let (mut count, mut authenticated, mut counted) = (0, Duration::ZERO, Duration::ZERO);
        let began = Instant::now();
        while began.elapsed() < options.round() {
            let turn = Instant::now();
            for _ in 0..TOGETHER {
                self.authenticator.authenticate(&self.headers).await?;
            }
            authenticated += turn.elapsed();
            let turn = Instant::now();
            for _ in 0..TOGETHER {
                let admitted = self.limits.admit(&allowances());
                anyhow::ensure!(admitted.is_ok(), "a limit of the benchmark is used up");
            }
            counted += turn.elapsed();
            count += TOGETHER;
        }
        let micros = |time: Duration| 1e6 / per(count, time.as_secs_f64());
        Ok(Micros {
            authenticated: micros(authenticated),
            counted: micros(counted),
        })
    }
}

/// Named anew for each request, as the gateway does.
fn allowances() -> [Limit; 2] {
    let rate = Rate::new(1_000_000_000, Duration::from_micros(1));
    ["user", "token"].map(|kind| Limit::new(format!("bench:{kind}:{}", Uuid::nil()), rate))
}

fn somebody() -> Caller {
    Caller {
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
    }
}
