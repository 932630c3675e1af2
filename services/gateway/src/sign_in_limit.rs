//! How often somebody may fail to sign in: from one address, and to one account, over all gateways together.
//!
//! With tokens and links only failures are refused: nobody guesses 256 bits, and so nobody keeps those out who have one. They are
//! counted without anybody waiting for it. A password can be guessed, so who has failed too often is not even asked for one, and
//! that is counted exactly ([`RateLimits::take`]): more gateways give no more guesses. An account at which too many fail is
//! guarded: each address has one attempt there in a long time. Whoever never failed there gets in with the right password at the
//! first attempt, however many others try at the same time.

use std::net::IpAddr;
use std::time::Duration;

use mosaic_bus::{Limit, Rate, RateLimits};
use uuid::Uuid;

use crate::places::network;

/// From one address: this many at once, then one in this time.
const PER_ADDRESS: (u32, Duration) = (20, Duration::from_secs(3));
/// To one account, from wherever.
const PER_ACCOUNT: (u32, Duration) = (10, Duration::from_mins(1));
/// To one account from one address, once the account is guarded.
const GUARDED: (u32, Duration) = (1, Duration::from_mins(15));

/// Counts failures. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SignInLimit {
    limits: RateLimits,
    what: &'static str,
}

/// One attempt to sign in with a password, which counts as failed until it is known to have succeeded.
#[derive(Debug)]
#[must_use = "an attempt that is not said to have succeeded has failed"]
pub(crate) struct Attempt {
    limits: RateLimits,
    taken: [Limit; 2],
}

impl SignInLimit {
    /// Failures of this kind.
    #[must_use]
    pub(crate) const fn new(limits: RateLimits, what: &'static str) -> Self {
        Self { limits, what }
    }

    /// One more failure from this address; if it comes too soon, how long to wait.
    pub(crate) fn failure(&self, address: IpAddr) -> Result<(), Duration> {
        let admitted = self.limits.admit(&[self.of_address(address)]);
        admitted.map_err(|refused| refused.wait)
    }

    /// Whether somebody at this address may try a password of this account now, else how long to wait. Whether there is such an
    /// account makes no difference.
    pub(crate) async fn attempt(
        &self,
        address: IpAddr,
        account: &str,
    ) -> Result<Attempt, Duration> {
        let account = nameless(account);
        let by_address = self.of_address(address);
        let to_account = self.limit("account", &account, PER_ACCOUNT);
        let taken = [by_address.clone(), to_account];
        let Err(refused) = self.limits.take(&taken).await else {
            return Ok(self.begun(taken));
        };
        if refused.which == 0 {
            return Err(refused.wait);
        }
        let pair = format!("{}:{account}", network(address));
        let taken = [by_address, self.limit("guarded", &pair, GUARDED)];
        match self.limits.take(&taken).await {
            Ok(()) => Ok(self.begun(taken)),
            Err(refused) => Err(refused.wait),
        }
    }

    fn begun(&self, taken: [Limit; 2]) -> Attempt {
        let limits = self.limits.clone();
        Attempt { limits, taken }
    }

    fn of_address(&self, address: IpAddr) -> Limit {
        self.limit("address", &network(address).to_string(), PER_ADDRESS)
    }

    fn limit(&self, kind: &str, whose: &str, (burst, every): (u32, Duration)) -> Limit {
        let who = format!("{}:{kind}:{whose}", self.what);
        Limit::new(who, Rate::new(burst, every))
    }
}

impl Attempt {
    /// It did not fail.
    pub(crate) async fn succeeded(self) {
        self.limits.give_back(&self.taken).await;
    }
}

/// What stands for an account in Valkey: whatever was typed there, which may be a password in the wrong place, is no name of a
/// key, and is as short as any other.
fn nameless(account: &str) -> String {
    /// Drawn once; another one would begin every count anew.
    const NAMESPACE: Uuid = Uuid::from_u128(0x2b7d_91c4_0e5f_4a38_b6a1_7c93_d8e2_4f60);
    Uuid::new_v5(&NAMESPACE, account.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use mosaic_bus::{Bus, BusOptions};
    use mosaic_testkit::TestValkey;
    use tokio_util::sync::CancellationToken;
    use tokio_util::task::TaskTracker;

    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    /// What gateways on one Valkey count.
    async fn gateways<const N: usize>() -> anyhow::Result<(TestValkey, [SignInLimit; N])> {
        let valkey = TestValkey::start().await?;
        let bus = Bus::connect(BusOptions::new(valkey.url().clone())).await?;
        let tracker = TaskTracker::new();
        let limits = std::array::from_fn(|_| {
            let limits = bus.rate_limits(&tracker, CancellationToken::new());
            SignInLimit::new(limits, "sign-in")
        });
        Ok((valkey, limits))
    }

    #[tokio::test]
    async fn an_account_at_which_many_fail_stays_open_to_who_never_failed_there()
    -> anyhow::Result<()> {
        let (_valkey, [limit]) = gateways().await?;
        for attacker in 1..=100 {
            // Each comes back until it is refused.
            while let Ok(attempt) = limit.attempt(address(attacker), "ada@example.org").await {
                drop(attempt);
            }
        }
        let ada = address(250);
        for _ in 0..50 {
            let attempt = limit.attempt(ada, "ada@example.org").await.unwrap();
            attempt.succeeded().await;
        }
        // She mistypes it once, and is in line with the others.
        drop(limit.attempt(ada, "ada@example.org").await.unwrap());
        let wait = limit.attempt(ada, "ada@example.org").await.unwrap_err();
        assert!(wait <= GUARDED.1 && wait > GUARDED.1 / 2, "{wait:?}");
        // At other accounts nothing has happened.
        let bob = limit.attempt(ada, "bob@example.org").await.unwrap();
        bob.succeeded().await;
        Ok(())
    }

    #[tokio::test]
    async fn many_gateways_give_no_more_guesses_than_one() -> anyhow::Result<()> {
        let (_valkey, limits) = gateways::<4>().await?;
        let mut guesses = 0;
        'all: loop {
            for limit in &limits {
                if limit.attempt(address(1), "ada").await.is_err() {
                    break 'all;
                }
                guesses += 1;
            }
        }
        // The account's own allowance, and the one of the address there.
        assert_eq!(guesses, 11);
        // What was refused was not counted to the address.
        for _ in 0..9 {
            let other = limits[0].attempt(address(1), "bob").await;
            assert!(other.is_ok());
        }
        Ok(())
    }

    #[tokio::test]
    async fn one_address_cannot_try_many_accounts() -> anyhow::Result<()> {
        let (_valkey, [limit]) = gateways().await?;
        let mut tried = 0;
        while let Ok(attempt) = limit.attempt(address(1), &tried.to_string()).await {
            drop(attempt);
            tried += 1;
        }
        assert!((20..=21).contains(&tried), "{tried}");
        assert!(limit.failure(address(1)).is_err());
        assert!(limit.attempt(address(2), "0").await.is_ok());
        Ok(())
    }

    #[tokio::test]
    async fn who_succeeds_is_not_counted() -> anyhow::Result<()> {
        let (_valkey, [limit]) = gateways().await?;
        for _ in 0..100 {
            let attempt = limit.attempt(address(1), "ada").await.unwrap();
            attempt.succeeded().await;
        }
        assert!(limit.failure(address(1)).is_ok());
        Ok(())
    }

    #[test]
    fn what_was_typed_is_no_part_of_a_key() {
        let name = nameless("hunter2@example.org");
        assert!(!name.contains("hunter2") && name.len() == 36, "{name}");
        assert_ne!(name, nameless("hunter3@example.org"));
    }
}
