//! The columns of the record whose values are sealed. A new one is added here; sealing, storing and sealing anew follow from it.

use std::fmt;

/// A column whose values are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SealedColumn {
    /// `oidc_identities.refresh_token`
    OidcRefreshToken,
    /// `oidc_logins.secrets`
    OidcLoginSecrets,
}

impl SealedColumn {
    /// Every sealed column.
    pub const ALL: [Self; 2] = [Self::OidcRefreshToken, Self::OidcLoginSecrets];

    /// `table.column`. Part of its key, so it stays when the column is renamed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OidcRefreshToken => "oidc_identities.refresh_token",
            Self::OidcLoginSecrets => "oidc_logins.secrets",
        }
    }
}

impl fmt::Display for SealedColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
