//! Single sign-on on the wire.

use chrono::{DateTime, Utc};
use mosaic_storage::OidcIdentity;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How a sign-in is to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct StartQuery {
    /// The path of the page to come back to. One of another site counts as `/`.
    pub return_to: Option<String>,
    /// Link the identity to the account that is signed in.
    pub link: Option<bool>,
}

/// What a provider sends along. Providers add parameters of their own, which are ignored.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// Which sign-in this belongs to.
    pub state: Option<String>,
    /// What the provider is shown for its word on who this is.
    #[param(value_type = Option<String>)]
    pub code: Option<SecretString>,
    /// Why there is no code.
    pub error: Option<String>,
    /// Who the provider is.
    pub iss: Option<String>,
}

/// Who the caller is at an identity provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityBody {
    /// Its id.
    pub id: Uuid,
    /// The provider's name.
    pub provider: String,
    /// What the provider is called.
    pub label: String,
    /// The address there, as of the last sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
    /// When it was last used to sign in.
    pub last_login_at: DateTime<Utc>,
}

impl IdentityBody {
    /// An identity with a provider of this label.
    pub(crate) fn new(identity: OidcIdentity, label: String) -> Self {
        let OidcIdentity {
            id,
            provider,
            email,
            created_at,
            last_login_at,
        } = identity;
        Self {
            id: id.uuid(),
            provider,
            label,
            email,
            created_at,
            last_login_at,
        }
    }
}

/// The caller's identities.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityListBody {
    /// In the order in which they were linked.
    pub items: Vec<IdentityBody>,
}
