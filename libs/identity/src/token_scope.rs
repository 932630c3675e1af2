//! What a token may be used for, whatever its person may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One thing that a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Read what belongs to its person.
    Read,
    /// Talk to agents, and read.
    Converse,
    /// Look into the operation and command it, and read.
    Operate,
    /// Everything, people and tokens included.
    Admin,
}

impl TokenScope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Converse, Self::Operate, Self::Admin];

    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Converse => "converse",
            Self::Operate => "operate",
            Self::Admin => "admin",
        }
    }

    /// Itself and what it includes.
    const fn bits(self) -> u8 {
        match self {
            Self::Read => 0b0001,
            Self::Converse => 0b0011,
            Self::Operate => 0b0101,
            Self::Admin => 0b1111,
        }
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a scope; the scopes are read, converse, operate and admin")]
pub struct UnknownScope(pub String);

impl FromStr for TokenScope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// Everything that a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TokenScopes(u8);

impl TokenScopes {
    /// Whatever its person may do.
    pub const ALL: Self = Self(TokenScope::Admin.bits());

    /// Whether this is among them.
    #[must_use]
    pub const fn contains(self, scope: TokenScope) -> bool {
        self.includes(Self(scope.bits()))
    }

    /// Whether all of these are among them.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Reads them as storage keeps them.
    pub fn parse<T: AsRef<str>>(names: &[T]) -> Result<Self, UnknownScope> {
        names.iter().map(|name| name.as_ref().parse()).collect()
    }

    /// The fewest that say the same, in the order of [`TokenScope::ALL`].
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        let there = TokenScope::ALL
            .into_iter()
            .filter(|scope| self.contains(*scope));
        let there: Vec<_> = there.collect();
        let implied = |scope: &TokenScope| {
            let bits = scope.bits();
            let includes = |other: &TokenScope| other != scope && other.bits() & bits == bits;
            there.iter().any(includes)
        };
        there
            .iter()
            .filter(|scope| !implied(scope))
            .map(|scope| scope.as_str())
            .collect()
    }
}

impl From<TokenScope> for TokenScopes {
    fn from(scope: TokenScope) -> Self {
        Self(scope.bits())
    }
}

impl FromIterator<TokenScope> for TokenScopes {
    fn from_iter<I: IntoIterator<Item = TokenScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, one| bits | one.bits()))
    }
}

#[cfg(test)]
mod tests {
    use super::TokenScope::{Admin, Converse, Operate, Read};
    use super::*;

    #[test]
    fn larger_scopes_include_smaller_ones() {
        for (scopes, includes, lacks) in [
            (vec![Read], vec![Read], vec![Converse, Operate, Admin]),
            (vec![Converse], vec![Read, Converse], vec![Operate, Admin]),
            (vec![Operate], vec![Read, Operate], vec![Converse, Admin]),
            (
                vec![Converse, Operate],
                vec![Read, Converse, Operate],
                vec![Admin],
            ),
            (vec![Admin], TokenScope::ALL.to_vec(), vec![]),
            (vec![], vec![], TokenScope::ALL.to_vec()),
        ] {
            let held: TokenScopes = scopes.iter().copied().collect();
            assert!(includes.into_iter().all(|one| held.contains(one)));
            assert!(!lacks.into_iter().any(|one| held.contains(one)));
            assert_eq!(held.is_empty(), scopes.is_empty());
        }
    }

    #[test]
    fn scopes_are_written_without_what_they_imply_and_read_again() {
        for (given, written) in [
            (vec!["admin", "read", "converse"], vec!["admin"]),
            (vec!["read", "converse"], vec!["converse"]),
            (vec!["operate", "converse"], vec!["converse", "operate"]),
            (vec!["read"], vec!["read"]),
        ] {
            let scopes = TokenScopes::parse(&given).unwrap();
            assert_eq!(scopes.names(), written);
            assert_eq!(TokenScopes::parse(&written).unwrap(), scopes);
        }
        assert!(TokenScopes::parse(&["root"]).is_err());
    }
}
