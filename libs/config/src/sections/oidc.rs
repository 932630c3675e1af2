//! Identity providers where people sign in.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::auth::AuthConfig;
use super::secrets::SecretsConfig;
use super::unset;
use crate::errors::Faults;
use crate::redact;

const ROLES: [&str; 4] = ["guest", "member", "admin", "owner"];
/// The longest name of a provider.
const NAME: usize = 32;

/// `[auth.oidc.<name>]`: one identity provider.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct OidcProviderConfig {
    /// Its issuer, exactly as it calls itself; none: the provider is not used.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "unset::write"
    )]
    pub issuer: Option<String>,
    /// As which client Mosaic is known there.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "unset::write"
    )]
    pub client_id: Option<String>,
    /// The client's secret.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "redact::secret"
    )]
    pub client_secret: Option<SecretString>,
    /// What the sign-in page calls it.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "unset::write"
    )]
    pub label: Option<String>,
    /// What is asked for beyond `openid`.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// What it is to ask of the person.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "unset::write"
    )]
    pub prompt: Option<String>,
    /// The claim that lists the groups of a person.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "unset::write"
    )]
    pub groups_claim: Option<String>,
    /// Which groups mean which role, as `group=role`.
    #[serde(default)]
    pub group_roles: Vec<String>,
    /// The role of who is new, or in none of these groups; none: they are not let in.
    #[serde(
        default = "usual_role",
        deserialize_with = "unset::read",
        serialize_with = "unset::write"
    )]
    pub default_role: Option<String>,
    /// Whether whoever has no account gets one.
    #[serde(default)]
    pub allow_signup: bool,
    /// Whether accounts are found by their verified address.
    #[serde(default)]
    pub link_by_email: bool,
    /// How often it is asked whether somebody still may.
    #[serde(default = "usual_refresh")]
    pub refresh_minutes: u32,
    /// For how long sessions go on while it cannot be asked.
    #[serde(default = "usual_patience")]
    pub offline_hours: u32,
    /// Certificates of authorities that are trusted beyond the system's.
    #[serde(
        default,
        deserialize_with = "unset::read",
        serialize_with = "unset::write"
    )]
    pub ca_file: Option<PathBuf>,
}

fn usual_scopes() -> Vec<String> {
    vec!["profile".to_owned(), "email".to_owned()]
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "serde wants the type of the field"
)]
fn usual_role() -> Option<String> {
    Some("member".to_owned())
}

const fn usual_refresh() -> u32 {
    15
}

const fn usual_patience() -> u32 {
    24
}

impl OidcProviderConfig {
    /// A provider with everything else as usual.
    #[must_use]
    pub fn new(issuer: &str, client_id: &str) -> Self {
        Self {
            issuer: Some(issuer.to_owned()),
            client_id: Some(client_id.to_owned()),
            client_secret: None,
            label: None,
            scopes: usual_scopes(),
            prompt: None,
            groups_claim: None,
            group_roles: Vec::new(),
            default_role: usual_role(),
            allow_signup: false,
            link_by_email: false,
            refresh_minutes: usual_refresh(),
            offline_hours: usual_patience(),
            ca_file: None,
        }
    }

    /// Issuer and client, where it is set up so far that people can sign in there.
    #[must_use]
    pub fn set_up(&self) -> Option<(&str, &str)> {
        Some((self.issuer.as_deref()?, self.client_id.as_deref()?))
    }

    /// How often it is asked whether somebody still may.
    #[must_use]
    pub fn refresh(&self) -> Duration {
        Duration::from_mins(u64::from(self.refresh_minutes))
    }

    /// For how long sessions go on while it cannot be asked.
    #[must_use]
    pub fn offline(&self) -> Duration {
        Duration::from_hours(u64::from(self.offline_hours))
    }

    pub(crate) fn validate(&self, name: &str, faults: &mut Faults) {
        let key = |key: &str| format!("auth.oidc.{name}.{key}");
        let usable = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter)
        };
        if name.is_empty() || name.len() > NAME || !name.chars().all(usable) {
            faults.add(
                format!("auth.oidc.{name}"),
                "not a name that can stand in a path",
                "use up to 32 lower-case letters, digits, - and _",
            );
        }
        if self.issuer.is_some() != self.client_id.is_some() {
            let missing = if self.issuer.is_some() {
                "client_id"
            } else {
                "issuer"
            };
            faults.add(
                key(missing),
                "missing",
                "a provider needs both issuer and client_id",
            );
        }
        if let Some(issuer) = &self.issuer
            && !is_safe(issuer)
        {
            faults.add(
                key("issuer"),
                "not an https address",
                "write it exactly as the provider calls itself, like https://login.example.com/realms/main",
            );
        }
        for pair in &self.group_roles {
            let role = pair
                .rsplit_once('=')
                .map(|(group, role)| (group.trim(), role.trim()));
            if !role.is_some_and(|(group, role)| !group.is_empty() && ROLES.contains(&role)) {
                faults.add(
                    key("group_roles"),
                    format!("`{pair}` names no group and role"),
                    "write pairs like \"staff=member\"; the roles are owner, admin, member and guest",
                );
            }
        }
        if let Some(role) = &self.default_role
            && !["guest", "member", "admin"].contains(&role.as_str())
        {
            faults.add(
                key("default_role"),
                format!("`{role}` is not one of guest, member, admin"),
                "write it like \"member\"",
            );
        }
        if !self.group_roles.is_empty() && self.groups_claim.is_none() {
            faults.add(
                key("groups_claim"),
                "missing, so that group_roles means nothing",
                "name the claim that lists the groups, like \"groups\"",
            );
        }
        faults.range(key("refresh_minutes"), self.refresh_minutes, 1..=1_440);
        faults.range(key("offline_hours"), self.offline_hours, 1..=720);
    }
}

/// What waits between two steps of a sign-in is sealed, so there must be a key.
pub(crate) fn require_key(auth: &AuthConfig, secrets: &SecretsConfig, faults: &mut Faults) {
    let used = auth.oidc.iter().find(|(_, one)| one.set_up().is_some());
    if let (Some((name, _)), None) = (used, &secrets.key) {
        faults.add(
            "secrets.key",
            format!("missing, and auth.oidc.{name} needs it"),
            "make one with `openssl rand -base64 32`",
        );
    }
}

/// https, or http on this machine.
fn is_safe(issuer: &str) -> bool {
    let Ok(url) = Url::parse(issuer) else {
        return false;
    };
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}
