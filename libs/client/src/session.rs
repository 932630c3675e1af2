//! Acting with a session, as a browser does: what a token cannot do, and how one gets a token with a password.

use mosaic_domain::WorkspaceId;
use reqwest::Method;
use reqwest::header::{COOKIE, HeaderMap, HeaderValue, ORIGIN, SET_COOKIE};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use crate::{
    Acceptor, Client, Error, FirstAccount, MadeSetup, Me, NewAccount, PasswordLogin, Result,
};

/// What the cookie of a session is called at its end; before that stands what browsers make of the connection.
const COOKIE_NAME: &str = "mosaic_session";

/// A session that was begun.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// A client that acts with it.
    pub client: Client,
    /// Who it is.
    pub me: Me,
}

impl Client {
    /// Begins a session with a password.
    pub async fn sign_in(&self, login: &PasswordLogin) -> Result<SignedIn> {
        self.begin(Method::POST, &["api", "session"], login).await
    }

    /// Begins a session for a new account, where anybody may make one.
    pub async fn register(&self, account: &NewAccount) -> Result<SignedIn> {
        self.begin(Method::POST, &["api", "register"], account)
            .await
    }

    /// Takes an invitation: as who this client is, or as who is told of.
    pub async fn accept_invitation(&self, acceptor: &Acceptor) -> Result<SignedIn> {
        let path = ["api", "invitations", "accept"];
        self.begin(Method::POST, &path, acceptor).await
    }

    /// Makes the first admin of an installation; the only time that their token is shown.
    pub async fn set_up(&self, first: &FirstAccount) -> Result<MadeSetup> {
        let path = ["api", "bootstrap", "setup"];
        let (made, cookie) = self.begun(Method::POST, &path, first).await?;
        if let Some(cookie) = cookie {
            // A session begins, too, which is for browsers. Not ended, it ends by disuse.
            drop(self.with_cookie(&cookie)?.end_session().await);
        }
        Ok(made)
    }

    /// Has the session act in another workspace.
    pub async fn act_in(&self, workspace: WorkspaceId) -> Result<SignedIn> {
        let body = json!({ "workspaceId": workspace });
        self.begin(Method::PUT, &["api", "session", "workspace"], &body)
            .await
    }

    /// Ends the session that this client acts with.
    pub async fn end_session(&self) -> Result<()> {
        self.call_empty(Method::DELETE, self.route(&["api", "session"]))
            .await
    }

    async fn begin(
        &self,
        method: Method,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<SignedIn> {
        let (me, cookie) = self.begun(method.clone(), path, body).await?;
        let client = match cookie {
            Some(cookie) => self.with_cookie(&cookie)?,
            None if self.has_session() => self.clone(),
            None => {
                return Err(Error::Malformed {
                    what: format!("{method} {}", self.route(path).path()),
                    reason: "it begins no session".to_owned(),
                });
            }
        };
        Ok(SignedIn { client, me })
    }

    /// What is answered, and the cookie of the session that begins with it.
    async fn begun<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<(T, Option<SecretString>)> {
        let url = self.route(path);
        let what = format!("{method} {}", url.path());
        let response = self.respond(method, url, Some(body)).await?;
        let cookie = cookie(response.headers());
        let bytes = response
            .bytes()
            .await
            .map_err(|error| self.failed(&error))?;
        let answer = serde_json::from_slice(&bytes).map_err(|error| Error::Malformed {
            what,
            reason: error.to_string(),
        })?;
        Ok((answer, cookie))
    }

    fn with_cookie(&self, cookie: &SecretString) -> Result<Self> {
        let mut headers = HeaderMap::new();
        let mut value = HeaderValue::from_str(cookie.expose_secret()).map_err(|_| Error::Token)?;
        value.set_sensitive(true);
        headers.insert(COOKIE, value);
        // Whoever has a cookie must say that they ask on behalf of no other site.
        let origin = origin(self.base());
        headers.insert(
            ORIGIN,
            HeaderValue::from_str(&origin).map_err(|_| Error::Token)?,
        );
        self.with_headers(headers)
    }
}

fn origin(base: &Url) -> String {
    base.origin().ascii_serialization()
}

/// The session in an answer, as it is sent back.
fn cookie(headers: &HeaderMap) -> Option<SecretString> {
    let cookies = headers.get_all(SET_COOKIE).iter();
    let mut pairs = cookies.filter_map(|value| value.to_str().ok()?.split(';').next());
    let pair = pairs.find(|pair| {
        pair.split_once('=')
            .is_some_and(|(name, value)| name.trim().ends_with(COOKIE_NAME) && !value.is_empty())
    })?;
    Some(pair.trim().to_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_the_cookies_of_an_answer() {
        let mut headers = HeaderMap::new();
        for value in [
            "other=1; Path=/",
            "__Host-mosaic_session=abc=; Path=/; HttpOnly; Secure",
        ] {
            headers.append(SET_COOKIE, HeaderValue::from_static(value));
        }
        let found = cookie(&headers).unwrap();
        assert_eq!(found.expose_secret(), "__Host-mosaic_session=abc=");
        assert!(cookie(&HeaderMap::new()).is_none());
        let mut ended = HeaderMap::new();
        ended.insert(
            SET_COOKIE,
            HeaderValue::from_static("mosaic_session=; Max-Age=0"),
        );
        assert!(cookie(&ended).is_none());
    }

    #[test]
    fn an_origin_has_no_path_and_no_usual_port() {
        let url = Url::parse("https://example.org:443/mosaic/").unwrap();
        assert_eq!(origin(&url), "https://example.org");
    }
}
