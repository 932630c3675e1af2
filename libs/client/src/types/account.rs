//! What the API says of signing in, and of what lets people in: sessions, tokens, identities.

use chrono::{DateTime, Utc};
use mosaic_domain::{LoginRequestId, OidcIdentityId, SessionId, TokenId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::Secret;

/// How one may sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginStatus {
    /// Nobody is there yet: the first admin is to be made.
    #[serde(default)]
    pub needs_setup: bool,
    /// Who may make an account: `closed`, `invited` or `open`.
    #[serde(default)]
    pub registration: String,
    /// Whether passwords are taken.
    #[serde(default)]
    pub password: bool,
    /// Where else one may sign in.
    #[serde(default)]
    pub providers: Vec<LoginProvider>,
}

/// A place at which one may sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoginProvider {
    /// Its configured name.
    pub name: String,
    /// As people call it.
    #[serde(default)]
    pub label: String,
}

/// Who somebody is, and what they may do with what they showed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The person.
    pub user_id: UserId,
    /// The workspace they act in.
    pub workspace_id: WorkspaceId,
    /// Their name.
    #[serde(default)]
    pub name: Option<String>,
    /// Where mail reaches them.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether that was shown to be theirs.
    #[serde(default)]
    pub email_verified: bool,
    /// What the workspace is called.
    #[serde(default)]
    pub workspace: Option<String>,
    /// Their role there.
    #[serde(default)]
    pub role: Option<String>,
    /// Whether it is the workspace from which the installation is looked after.
    #[serde(default)]
    pub home: bool,
    /// `token` or `session`.
    #[serde(default)]
    pub credential: Option<String>,
    /// How the session was begun.
    #[serde(default)]
    pub method: Option<String>,
    /// What the token may do.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// What is allowed, all in all.
    #[serde(default)]
    pub may: Vec<String>,
    /// Whether they have a password.
    #[serde(default)]
    pub has_password: bool,
}

/// Who signs in, with a password.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordLogin {
    /// Where mail reaches them.
    pub email: String,
    /// Their password.
    pub password: Secret,
    /// The workspace to act in; the usual one otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

/// A new account.
#[derive(Debug, Clone, Serialize)]
pub struct NewAccount {
    /// What the person is called.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Their password.
    pub password: Secret,
}

/// The first admin of an installation.
#[derive(Debug, Clone, Serialize)]
pub struct FirstAccount {
    /// The person.
    #[serde(flatten)]
    pub account: NewAccount,
    /// What the workspace is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The setup code, where one is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Secret>,
}

/// The first admin that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MadeSetup {
    /// Who they are.
    pub me: Me,
    /// Their token; the only time that it is shown.
    pub token: Secret,
}

/// A session: somewhere a person is signed in with a browser.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// How it was begun: `token`, `password`, `oidc` or `break_glass`.
    #[serde(default)]
    pub method: String,
    /// The browser and the system, in words; empty where they are not known.
    #[serde(default)]
    pub browser: String,
    /// From where it was begun.
    #[serde(default)]
    pub address: Option<String>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    #[serde(default)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it ends by itself.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it is the one that asks.
    #[serde(default)]
    pub current: bool,
}

/// An API token, without what is secret of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// What it may do: `read`, `converse`, `operate`, `admin`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How it begins or ends, to be recognised by.
    #[serde(default)]
    pub hint: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    #[serde(default)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it ends by itself.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it is the one that asks.
    #[serde(default)]
    pub current: bool,
}

/// A token to be made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do; to look and to talk otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// After how many days it ends; never otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_days: Option<u32>,
}

/// A token that was made; the only time that it is shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MadeToken {
    /// What there is to know about it.
    #[serde(flatten)]
    pub about: Token,
    /// The token.
    pub token: Secret,
}

/// A program asks for a token, which its person approves in a browser.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginRequest {
    /// Its id.
    pub id: LoginRequestId,
    /// What the person types.
    pub code: String,
    /// What the program shows to fetch the token.
    pub secret: Secret,
    /// Where the person types it.
    pub url: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// How long to wait between two looks.
    #[serde(default)]
    pub interval_seconds: u64,
}

/// Another password for oneself.
#[derive(Debug, Clone, Serialize)]
pub struct PasswordChange {
    /// The one that one has, where one has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Secret>,
    /// The one that one wants.
    pub new: Secret,
    /// The address to sign in with, for those whose account has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// What signing out everywhere ended.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SignedOut {
    /// Sessions.
    pub ended: u64,
    /// Tokens.
    pub revoked: u64,
}

/// A login request that was approved.
#[derive(Debug, Clone)]
pub struct Approved {
    /// The token.
    pub token: Secret,
    /// Whose it is.
    pub me: Me,
}

/// Who somebody is at an identity provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Its id.
    pub id: OidcIdentityId,
    /// The provider's configured name.
    pub provider: String,
    /// As people call the provider.
    #[serde(default)]
    pub label: Option<String>,
    /// The address there.
    #[serde(default)]
    pub email: Option<String>,
    /// Since when it is linked.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// When one last signed in there.
    #[serde(default)]
    pub last_login_at: Option<DateTime<Utc>>,
}
