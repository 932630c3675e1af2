//! Single sign-on: the providers of this installation, and what a sign-in at one of them leads to.

mod browser;
mod problem;
mod renew;
mod sign_in;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mosaic_config::{AuthConfig, OidcProviderConfig, SecretsConfig};
use mosaic_identity::{GroupRoles, OidcProvider, OidcSettings, Sealer, WorkspaceRole};
use mosaic_runtime::StartError;
use mosaic_storage::OidcRules;

pub(crate) use problem::SignInProblem;
pub(crate) use renew::Renewer;
pub(crate) use sign_in::{Answer, Begin};

/// How long somebody has at the provider.
pub(crate) const HOLDS: Duration = Duration::from_mins(10);

/// The providers by name, and the key under which lies what they gave.
#[derive(Debug)]
pub(crate) struct Oidc {
    providers: BTreeMap<String, Provider>,
    sealer: Option<Sealer>,
}

/// A provider, and what its word is worth here.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) client: OidcProvider,
    pub(crate) label: String,
    rules: OidcRules,
    roles: GroupRoles,
    refresh: Duration,
    offline: Duration,
}

impl Oidc {
    /// The providers that are set up.
    pub(crate) fn new(
        config: &AuthConfig,
        secrets: &SecretsConfig,
    ) -> Result<Arc<Self>, StartError> {
        let sealer = match &secrets.key {
            Some(key) => Some(
                Sealer::new(key, &secrets.previous_keys)
                    .map_err(|error| unusable("secrets.key", error))?,
            ),
            None => None,
        };
        let mut providers = BTreeMap::new();
        for (name, config) in &config.oidc {
            if let Some((issuer, client_id)) = config.set_up() {
                let provider = Provider::new(name, issuer, client_id, config)?;
                providers.insert(name.clone(), provider);
            }
        }
        Ok(Arc::new(Self { providers, sealer }))
    }

    /// The provider of this name.
    pub(crate) fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers.get(name)
    }

    /// Names and labels, for the sign-in page.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.providers.iter();
        all.map(|(name, provider)| (name.as_str(), provider.label.as_str()))
    }
}

impl Provider {
    fn new(
        name: &str,
        issuer: &str,
        client_id: &str,
        config: &OidcProviderConfig,
    ) -> Result<Self, StartError> {
        let place = format!("auth.oidc.{name}");
        let authorities = match &config.ca_file {
            Some(path) => Some(
                std::fs::read(path)
                    .map_err(|error| unusable(&format!("{place}.ca_file"), error))?,
            ),
            None => None,
        };
        let client = OidcProvider::new(OidcSettings {
            name: name.to_owned(),
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: config.client_secret.clone(),
            scopes: config.scopes.clone(),
            prompt: config.prompt.clone(),
            groups_claim: config.groups_claim.clone(),
            authorities,
        })
        .map_err(|error| unusable(&place, error))?;
        let default = config
            .default_role
            .as_deref()
            .map(str::parse::<WorkspaceRole>)
            .transpose()
            .map_err(|error| unusable(&place, error))?;
        let roles = GroupRoles::parse(&config.group_roles, default)
            .map_err(|error| unusable(&place, error))?;
        Ok(Self {
            client,
            label: config.label.clone().unwrap_or_else(|| name.to_owned()),
            rules: OidcRules {
                allow_signup: config.allow_signup,
                link_by_email: config.link_by_email,
            },
            roles,
            refresh: config.refresh(),
            offline: config.offline(),
        })
    }
}

fn unusable(setting: &str, error: impl std::fmt::Display) -> StartError {
    StartError::new(
        format!("{setting} cannot be used"),
        error,
        format!("Correct {setting}; docs/guides/single-sign-on.md says what belongs there."),
    )
    .misconfigured()
}
