//! How people sign in.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::oidc::OidcProviderConfig;
use super::unset;
use crate::errors::Faults;
use crate::redact;

/// `[auth]`: how people sign in, and who may make an account.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AuthConfig {
    /// Who may make an account for themselves.
    pub registration: Registration,
    /// Whether email and password are a way to sign in.
    pub password: bool,
    /// What has to be shown to create the first admin from another machine.
    #[serde(deserialize_with = "unset::read", serialize_with = "redact::secret")]
    pub setup_code: Option<SecretString>,
    /// A session ends after this time in any case.
    pub session_days: u32,
    /// A session ends after this time without use.
    pub session_idle_days: u32,
    /// The fewest characters of a new password.
    pub password_min_length: usize,
    /// Whether owners and admins of the first workspace may sign in with their password although that is off.
    pub break_glass: bool,
    /// The identity providers by name.
    pub oidc: BTreeMap<String, OidcProviderConfig>,
}

/// Who may make an account for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Nobody; admins make accounts.
    Closed,
    /// Whoever was invited.
    Invited,
    /// Everybody.
    Open,
}

impl Registration {
    /// The name used in the configuration and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Invited => "invited",
            Self::Open => "open",
        }
    }
}

impl AuthConfig {
    /// A session ends after this time in any case.
    #[must_use]
    pub fn session_lifetime(&self) -> Duration {
        days(self.session_days)
    }

    /// A session ends after this time without use.
    #[must_use]
    pub fn session_idle(&self) -> Duration {
        days(self.session_idle_days).min(self.session_lifetime())
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        faults.range("auth.session_days", self.session_days, 1..=365);
        faults.range("auth.session_idle_days", self.session_idle_days, 1..=365);
        faults.range(
            "auth.password_min_length",
            self.password_min_length,
            8..=128,
        );
        for (name, provider) in &self.oidc {
            provider.validate(name, faults);
        }
        if let Some(code) = &self.setup_code
            && code.expose_secret().len() < 16
        {
            faults.add(
                "auth.setup_code",
                "too short to keep strangers out",
                "use at least 16 random letters and digits",
            );
        }
    }
}

fn days(days: u32) -> Duration {
    Duration::from_hours(24 * u64::from(days))
}
