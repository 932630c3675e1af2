//! The calls about one's own account: how to sign in, sessions, tokens, the password.

use chrono::{DateTime, Utc};
use mosaic_domain::{LoginRequestId, OidcIdentityId, SessionId, TokenId};
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::{
    Approved, Client, Error, Identity, Items, LoginRequest, LoginStatus, MadeToken, Me, NewToken,
    PasswordChange, Result, Secret, Session, SignedOut, Token,
};

/// What came of a look at a login request.
#[derive(Deserialize)]
struct Looked {
    #[serde(default)]
    token: Option<Secret>,
    #[serde(default)]
    me: Option<Me>,
}

impl Client {
    /// How one may sign in; needs no token.
    pub async fn login_status(&self) -> Result<LoginStatus> {
        self.get(self.route(&["api", "login"])).await
    }

    /// Who the token belongs to.
    pub async fn me(&self) -> Result<Me> {
        self.get(self.route(&["api", "me"])).await
    }

    /// Gives oneself another name.
    pub async fn rename_me(&self, name: &str) -> Result<Me> {
        let body = json!({ "name": name });
        self.call(Method::PATCH, self.route(&["api", "me"]), Some(&body))
            .await
    }

    /// Deletes one's own account with everything in it; `confirm` is its address or name.
    pub async fn delete_me(&self, confirm: &str) -> Result<()> {
        let body = json!({ "confirm": confirm });
        self.call_nothing(Method::DELETE, self.route(&["api", "me"]), &body)
            .await
    }

    /// Sets one's own password.
    pub async fn set_password(&self, change: &PasswordChange) -> Result<()> {
        let url = self.route(&["api", "me", "password"]);
        self.call_nothing(Method::PUT, url, change).await
    }

    /// Sets the password of whoever the link was made for; needs no token.
    pub async fn use_password_link(&self, secret: &Secret, password: &Secret) -> Result<()> {
        let body = json!({ "secret": secret, "password": password });
        let url = self.route(&["api", "password-link"]);
        self.call_nothing(Method::POST, url, &body).await
    }

    /// Who one is at identity providers.
    pub async fn identities(&self) -> Result<Items<Identity>> {
        self.get(self.route(&["api", "me", "identities"])).await
    }

    /// Unlinks an identity.
    pub async fn unlink_identity(&self, id: OidcIdentityId) -> Result<()> {
        let url = self.route(&["api", "me", "identities", &id.to_string()]);
        self.call_empty(Method::DELETE, url).await
    }

    /// One's own sessions.
    pub async fn sessions(&self) -> Result<Items<Session>> {
        self.get(self.route(&["api", "sessions"])).await
    }

    /// Ends one of one's own sessions.
    pub async fn end_one_session(&self, id: SessionId) -> Result<()> {
        let url = self.route(&["api", "sessions", &id.to_string()]);
        self.call_empty(Method::DELETE, url).await
    }

    /// Ends all of one's own sessions, and revokes all of one's tokens where that is wanted.
    pub async fn end_sessions(&self, tokens: bool) -> Result<SignedOut> {
        let mut url = self.route(&["api", "sessions"]);
        if tokens {
            url.query_pairs_mut().append_pair("tokens", "true");
        }
        self.call(Method::DELETE, url, None::<&()>).await
    }

    /// One's own tokens.
    pub async fn tokens(&self) -> Result<Items<Token>> {
        self.get(self.route(&["api", "tokens"])).await
    }

    /// Makes a token.
    pub async fn create_token(&self, new: &NewToken) -> Result<MadeToken> {
        self.call(Method::POST, self.route(&["api", "tokens"]), Some(new))
            .await
    }

    /// Revokes a token.
    pub async fn revoke_token(&self, id: TokenId) -> Result<()> {
        let url = self.route(&["api", "tokens", &id.to_string()]);
        self.call_empty(Method::DELETE, url).await
    }

    /// Asks for a token of this name, which somebody is to approve in a browser; needs no token.
    pub async fn request_login(&self, name: &str) -> Result<LoginRequest> {
        let body = json!({ "name": name });
        let url = self.route(&["api", "login-requests"]);
        self.call(Method::POST, url, Some(&body)).await
    }

    /// The token, once it is approved. What is denied or over is not found.
    pub async fn look_at_login(&self, request: &LoginRequest) -> Result<Option<Approved>> {
        let url = self.of_login(request.id);
        let what = format!("POST {}", url.path());
        let body = json!({ "secret": request.secret });
        let looked: Looked = self.call(Method::POST, url, Some(&body)).await?;
        match (looked.token, looked.me) {
            (Some(token), Some(me)) => Ok(Some(Approved { token, me })),
            (None, _) => Ok(None),
            (Some(_), None) => Err(Error::Malformed {
                what,
                reason: "it does not say whose token it is".to_owned(),
            }),
        }
    }

    /// Approves the login request with this code: whoever waits for it becomes whoever this client is. Needs a session.
    pub async fn approve_login(&self, code: &str) -> Result<()> {
        self.decide_login("approve", code).await
    }

    /// Denies the login request with this code. Needs a session.
    pub async fn deny_login(&self, code: &str) -> Result<()> {
        self.decide_login("deny", code).await
    }

    async fn decide_login(&self, what: &str, code: &str) -> Result<()> {
        let url = self.route(&["api", "login-requests", what]);
        self.call_nothing(Method::POST, url, &json!({ "code": code }))
            .await
    }

    fn of_login(&self, id: LoginRequestId) -> Url {
        self.route(&["api", "login-requests", &id.to_string(), "token"])
    }
}

impl LoginRequest {
    /// Whether it is of no use any more.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.expires_at <= now
    }
}
