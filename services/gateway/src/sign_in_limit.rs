//! How often somebody may fail to sign in: from one address, and to one account. In constant memory, whoever asks and however many
//! they are.
//!
//! With tokens and links only failures are refused: nobody guesses 256 bits, and so nobody keeps those out who have one. A password
//! can be guessed, so who has failed too often is not even asked for one. An account at which too many fail is guarded: each
//! address has one attempt there in a long time. Whoever never failed there gets in with the right password at the first attempt,
//! however many others try at the same time.

mod allowance;

use std::net::IpAddr;
use std::time::Duration;

use crate::places::network;

use allowance::{Allowance, Taken};

/// From one address: this many at once, then one in this time.
const PER_ADDRESS: (u64, Duration) = (20, Duration::from_secs(3));
/// To one account, from wherever.
const PER_ACCOUNT: (u64, Duration) = (10, Duration::from_mins(1));
/// To one account from one address, once the account is guarded.
const GUARDED: (u64, Duration) = (1, Duration::from_mins(15));

/// Counts failures. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SignInLimit {
    addresses: Allowance,
    accounts: Allowance,
    pairs: Allowance,
}

/// One attempt to sign in with a password, which counts as failed until it is known to have succeeded.
#[derive(Debug)]
#[must_use = "an attempt that is not said to have succeeded has failed"]
pub(crate) struct Attempt {
    taken: [Taken; 2],
}

impl SignInLimit {
    /// Nobody has failed yet.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self {
            addresses: Allowance::new(PER_ADDRESS.0, PER_ADDRESS.1),
            accounts: Allowance::new(PER_ACCOUNT.0, PER_ACCOUNT.1),
            pairs: Allowance::new(GUARDED.0, GUARDED.1),
        }
    }

    /// One more failure from this address; if it comes too soon, how long to wait.
    pub(crate) fn failure(&self, address: IpAddr) -> Result<(), Duration> {
        self.addresses.take(network(address)).map(|_| ())
    }

    /// Whether somebody at this address may try a password of this account now, else how long to wait. Whether there is such an
    /// account makes no difference.
    pub(crate) fn attempt(&self, address: IpAddr, account: &str) -> Result<Attempt, Duration> {
        let address = network(address);
        let by_address = self.addresses.take(address)?;
        let second = match self.accounts.take(account) {
            Ok(taken) => Ok(taken),
            Err(_) => self.pairs.take((address, account)),
        };
        match second {
            Ok(taken) => Ok(Attempt {
                taken: [by_address, taken],
            }),
            Err(wait) => {
                // Nothing was tried.
                by_address.give_back();
                Err(wait)
            }
        }
    }
}

impl Attempt {
    /// It did not fail.
    pub(crate) fn succeeded(self) {
        self.taken.into_iter().for_each(Taken::give_back);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn an_account_at_which_many_fail_stays_open_to_who_never_failed_there() {
        let limit = SignInLimit::new();
        for attacker in 1..=200 {
            // Each comes back until it is refused.
            while let Ok(attempt) = limit.attempt(address(attacker), "ada@example.org") {
                drop(attempt);
            }
        }
        let ada = address(250);
        for _ in 0..50 {
            let attempt = limit.attempt(ada, "ada@example.org").unwrap();
            attempt.succeeded();
        }
        // She mistypes it once, and is in line with the others.
        drop(limit.attempt(ada, "ada@example.org").unwrap());
        let wait = limit.attempt(ada, "ada@example.org").unwrap_err();
        assert!(wait <= GUARDED.1 && wait > GUARDED.1 / 2, "{wait:?}");
        // At other accounts nothing has happened.
        limit.attempt(ada, "bob@example.org").unwrap().succeeded();
    }

    #[test]
    fn one_address_cannot_try_many_accounts() {
        let limit = SignInLimit::new();
        let tried = (0..100)
            .take_while(|account| limit.attempt(address(1), &account.to_string()).is_ok())
            .count();
        assert_eq!(tried, 20);
        assert!(limit.failure(address(1)).is_err());
        assert!(limit.attempt(address(2), "0").is_ok());
    }

    #[test]
    fn who_succeeds_is_not_counted() {
        let limit = SignInLimit::new();
        for _ in 0..1_000 {
            limit.attempt(address(1), "ada").unwrap().succeeded();
        }
        assert!(limit.failure(address(1)).is_ok());
    }

    #[test]
    fn an_account_is_guessed_at_only_so_often_from_one_place() {
        let limit = SignInLimit::new();
        let tried = (0..100)
            .take_while(|_| limit.attempt(address(1), "ada").is_ok())
            .count();
        // The account's own allowance, and the one of the address there.
        assert_eq!(tried, 11);
        // What was refused was not counted to the address.
        assert!((0..9).all(|_| limit.failure(address(1)).is_ok()));
    }
}
