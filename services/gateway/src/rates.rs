//! How often somebody may ask: each person, each token or session, and each address that proves no identity.
//!
//! Every request passes here, so nobody waits for anything: it is counted in this process, and [`RateLimits`] tells the other
//! gateways. Who is refused learns when to come back; that it happened is counted, and written into the audit log now and
//! then, with how often: refusing must cost less than asking.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mosaic_bus::{Limit, Rate, RateLimits};
use mosaic_config::LimitsConfig;
use mosaic_domain::Scope;
use mosaic_identity::Caller;
use mosaic_storage::{Actor, AuditOutcome, NewAudit, Storage};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::error::{ApiError, ApiResult};
use crate::metrics::Metrics;
use crate::places::network;

/// How often refusals are written down.
const NOTED_EVERY: Duration = Duration::from_secs(2);
/// Whose refusals are written down at once; those of others are only counted.
const NOTED: usize = 64;

/// What is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Allowance {
    User,
    Credential,
    Address,
    SignIn,
}

impl Allowance {
    const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Credential => "credential",
            Self::Address => "address",
            Self::SignIn => "sign_in",
        }
    }
}

/// Whose refusals are written down together.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Whose {
    scope: Option<Scope>,
    address: Option<IpAddr>,
    allowance: Allowance,
}

/// Refusals that are not written down yet.
#[derive(Debug)]
struct Unwritten {
    name: Arc<str>,
    count: u32,
}

/// Holds everybody to how often they may ask. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Rates {
    limits: RateLimits,
    user: Option<Rate>,
    credential: Option<Rate>,
    address: Option<Rate>,
    metrics: Metrics,
    unwritten: Arc<Mutex<HashMap<Whose, Unwritten>>>,
}

impl Rates {
    /// As configured.
    #[must_use]
    pub(crate) fn new(limits: RateLimits, config: &LimitsConfig, metrics: Metrics) -> Self {
        let rate = |per_minute| Rate::per_minute(per_minute, config.burst());
        Self {
            limits,
            user: rate(config.user_per_minute),
            credential: rate(config.credential_per_minute),
            address: rate(config.address_per_minute),
            metrics,
            unwritten: Arc::default(),
        }
    }

    /// One more request of somebody, from this address where it is known.
    pub(crate) fn caller(&self, caller: &Caller, address: Option<IpAddr>) -> ApiResult<()> {
        let (mut limits, mut kinds) = (Vec::with_capacity(2), Vec::with_capacity(2));
        if let Some(rate) = self.user {
            limits.push(Limit::new(format!("user:{}", caller.scope.user_id), rate));
            kinds.push(Allowance::User);
        }
        if let Some(rate) = self.credential {
            let who = caller.credential.id().to_string();
            limits.push(Limit::new(who, rate));
            kinds.push(Allowance::Credential);
        }
        let Err(refused) = self.limits.admit(&limits) else {
            return Ok(());
        };
        let allowance = kinds.get(refused.which).copied();
        let allowance = allowance.unwrap_or(Allowance::User);
        let whose = Whose {
            scope: Some(caller.scope),
            address,
            allowance,
        };
        self.note(whose, &caller.name);
        let detail = match allowance {
            Allowance::Credential => {
                "Too many requests were made with this token or session in too short a time."
            }
            _ => "You have sent too many requests in too short a time.",
        };
        Err(ApiError::too_often(detail, refused.wait))
    }

    /// One more request from this address that proves no identity.
    pub(crate) fn stranger(&self, address: IpAddr) -> ApiResult<()> {
        let Some(rate) = self.address else {
            return Ok(());
        };
        let address = network(address);
        let limit = Limit::new(format!("address:{address}"), rate);
        let Err(refused) = self.limits.admit(&[limit]) else {
            return Ok(());
        };
        self.note_stranger(address, Allowance::Address);
        let detail = "Too many requests came from your address in too short a time.";
        Err(ApiError::too_often(detail, refused.wait))
    }

    /// Somebody at this address has failed too often to become somebody.
    pub(crate) fn refuse_sign_in(&self, address: IpAddr, detail: &str, wait: Duration) -> ApiError {
        self.note_stranger(network(address), Allowance::SignIn);
        ApiError::too_often(detail, wait)
    }

    fn note_stranger(&self, network: IpAddr, allowance: Allowance) {
        let whose = Whose {
            scope: None,
            address: Some(network),
            allowance,
        };
        self.note(whose, &Arc::from("somebody"));
    }

    /// Counts a refusal, and remembers it to be written down.
    fn note(&self, whose: Whose, name: &Arc<str>) {
        self.metrics.refused(whose.allowance.name());
        let mut unwritten = self.unwritten();
        let known = unwritten.get_mut(&whose);
        if let Some(known) = known {
            known.count = known.count.saturating_add(1);
        } else if unwritten.len() < NOTED {
            let name = Arc::clone(name);
            unwritten.insert(whose, Unwritten { name, count: 1 });
        }
    }

    /// Writes refusals down, until the stop and once more then.
    pub(crate) async fn write_down(self, storage: Storage, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(NOTED_EVERY) => {}
            }
            if let Err(error) = self.write(&storage).await {
                tracing::warn!(%error, "refused requests could not be written down");
            }
        }
    }

    async fn write(&self, storage: &Storage) -> Result<(), mosaic_storage::Error> {
        let unwritten = std::mem::take(&mut *self.unwritten());
        for (whose, Unwritten { name, count }) in unwritten {
            let workspace_id = match whose.scope {
                Some(scope) => scope.workspace_id,
                None => match storage.home_workspace().await? {
                    Some(home) => home,
                    None => continue,
                },
            };
            let by = Actor {
                workspace_id,
                user_id: whose.scope.map(|scope| scope.user_id),
                name: name.to_string(),
                address: whose.address,
            };
            let entry = NewAudit {
                by: &by,
                action: "request.refused",
                target: ("limit", whose.allowance.name().to_owned()),
                reason: Some("too many requests"),
                outcome: AuditOutcome::Denied,
            };
            storage.audit_times(&entry, count).await?;
        }
        Ok(())
    }

    fn unwritten(&self) -> MutexGuard<'_, HashMap<Whose, Unwritten>> {
        // Nothing between the statements can panic, so counts are whole whatever happens elsewhere.
        let unwritten = self.unwritten.lock();
        unwritten.unwrap_or_else(PoisonError::into_inner)
    }
}
