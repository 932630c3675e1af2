//! A gateway with a provider that lies when it is asked to.

use mosaic_config::{Config, OidcProviderConfig};
use mosaic_testkit::Issuer;
use mosaic_testkit::issuer::{CLIENT_ID, CLIENT_SECRET};
use reqwest::{Method, Response};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::browser::{Browser, location};
use crate::gateway::stage::Stage;

/// The key under which secrets lie in the record.
pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(crate) struct SsoStage {
    pub(crate) stage: Stage,
    pub(crate) issuer: Issuer,
}

/// Settings of a provider at this address.
pub(crate) fn configure(config: &mut Config, issuer: &str, more: impl Fn(&mut OidcProviderConfig)) {
    config.secrets.key = Some(SecretString::from(KEY));
    let mut provider = OidcProviderConfig::new(issuer, CLIENT_ID);
    provider.client_secret = Some(SecretString::from(CLIENT_SECRET));
    more(&mut provider);
    config.auth.oidc.insert("sso".to_owned(), provider);
}

impl SsoStage {
    pub(crate) async fn set(
        more: impl Fn(&mut OidcProviderConfig) + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let issuer = Issuer::start().await?;
        let url = issuer.url().to_owned();
        let stage = Stage::set_with(move |config| configure(config, &url, &more)).await?;
        Ok(Self { stage, issuer })
    }

    /// Goes to the provider and comes back, up to the answer of the callback.
    pub(crate) async fn come_back(&self, browser: &mut Browser) -> anyhow::Result<Response> {
        self.come_back_from(browser, "").await
    }

    pub(crate) async fn come_back_from(
        &self,
        browser: &mut Browser,
        query: &str,
    ) -> anyhow::Result<Response> {
        let callback = self.callback(browser, query).await?;
        browser.get(&callback).await
    }

    /// Goes to the provider; where that sends the browser back to.
    pub(crate) async fn callback(
        &self,
        browser: &mut Browser,
        query: &str,
    ) -> anyhow::Result<String> {
        let start = self.stage.url(&format!("/api/auth/oidc/sso/start{query}"));
        let left = browser.get(&start).await?;
        let there = location(&left)?;
        anyhow::ensure!(
            there.as_str().starts_with(self.issuer.url()),
            "not led to the provider but to {there}"
        );
        let back = browser.get(there.as_str()).await?;
        anyhow::ensure!(back.status() == 303, "{}", back.text().await?);
        Ok(location(&back)?.to_string())
    }

    /// Signs a person in; what they are told of themselves.
    pub(crate) async fn signed_in(&self, claims: Value) -> anyhow::Result<(Browser, Value)> {
        self.issuer.person(claims);
        let mut browser = Browser::new()?;
        let answer = self.come_back(&mut browser).await?;
        let place = location(&answer)?;
        anyhow::ensure!(place.path() == "/", "led to {place}");
        let me = self.me(&browser).await?;
        Ok((browser, me))
    }

    /// Fails to sign a person in; the problem.
    pub(crate) async fn refused(&self, claims: Value) -> anyhow::Result<String> {
        self.issuer.person(claims);
        let mut browser = Browser::new()?;
        let answer = self.come_back(&mut browser).await?;
        let told = problem_of(&answer)?;
        let session = browser.cookie(&self.stage.url("/"), "mosaic_session");
        anyhow::ensure!(session.is_err(), "there is a session although {told}");
        Ok(told)
    }

    pub(crate) async fn me(&self, browser: &Browser) -> anyhow::Result<Value> {
        let cookie = browser.cookie(&self.stage.url("/"), "mosaic_session")?;
        let request = self.stage.with_cookie(&cookie, Method::GET, "/api/me");
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// The status of a request with the session of a browser.
    pub(crate) async fn status(&self, browser: &Browser) -> anyhow::Result<u16> {
        let cookie = browser.cookie(&self.stage.url("/"), "mosaic_session")?;
        let request = self.stage.with_cookie(&cookie, Method::GET, "/api/me");
        Ok(request.send().await?.status().as_u16())
    }

    pub(crate) async fn number(&self, query: &str) -> anyhow::Result<String> {
        self.stage.database.text(query).await
    }
}

/// The problem that an answer leads to.
pub(crate) fn problem_of(answer: &Response) -> anyhow::Result<String> {
    anyhow::ensure!(answer.status() == 303, "{}", answer.status());
    let place = location(answer)?;
    let problem = place
        .query()
        .and_then(|query| query.strip_prefix("problem="));
    match (place.path(), problem) {
        ("/sign-in", Some(problem)) => Ok(problem.to_owned()),
        _ => anyhow::bail!("led to {place}"),
    }
}

/// Somebody with a verified address.
pub(crate) fn person(subject: &str) -> Value {
    json!({
        "sub": subject, "name": format!("{subject} of the provider"),
        "email": format!("{subject}@example.org"), "email_verified": true,
    })
}
