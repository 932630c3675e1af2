//! Programs that ask for a token, on the wire.

use chrono::{DateTime, Utc};
use mosaic_identity::ShownOnce;
use mosaic_storage::LoginRequest;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::MeBody;

/// A program that asks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewLoginRequestBody {
    /// What it calls itself; the token will be called so.
    pub name: String,
}

/// A request that waits for its person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenLoginRequestBody {
    /// Its id.
    pub id: Uuid,
    /// What the person types.
    #[schema(example = "ABCDE-FGHJK")]
    pub code: String,
    /// With what the program fetches the token.
    #[schema(value_type = String)]
    pub secret: ShownOnce,
    /// Where the person goes and types the code.
    pub url: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// How long to wait between two looks.
    pub interval_seconds: u64,
}

/// With what the token is fetched.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct FetchTokenBody {
    /// As the request gave it.
    #[schema(value_type = String, format = Password)]
    pub secret: SecretString,
}

/// The token of a program that was let in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FetchedTokenBody {
    /// The token. It is not shown again.
    #[schema(value_type = String)]
    pub token: ShownOnce,
    /// Whose it is.
    pub me: MeBody,
}

/// Nobody has decided.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendingBody {
    /// `pending`.
    #[schema(value_type = String)]
    pub state: &'static str,
}

/// A code that a person typed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct CodeBody {
    /// As the program shows it; case, spaces and dashes do not matter.
    pub code: String,
}

/// A program that waits.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoginRequestBody {
    /// What it calls itself. Anybody can call themselves anything.
    pub name: String,
    /// From where it asks.
    pub address: String,
    /// When it asked.
    pub created_at: DateTime<Utc>,
    /// Until when it can be let in.
    pub expires_at: DateTime<Utc>,
}

impl From<LoginRequest> for LoginRequestBody {
    fn from(request: LoginRequest) -> Self {
        let LoginRequest {
            name,
            address,
            created_at,
            expires_at,
        } = request;
        Self {
            name,
            address,
            created_at,
            expires_at,
        }
    }
}
