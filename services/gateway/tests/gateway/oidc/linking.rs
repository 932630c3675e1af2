//! Identities that somebody links to the account they have.

use reqwest::Method;
use serde_json::Value;

use super::browser::{Browser, location};
use super::stage::{SsoStage, person, problem_of};
use crate::gateway::stage::problem;

/// A browser in which Ada is signed in with her token.
async fn adas(sso: &SsoStage) -> anyhow::Result<Browser> {
    let mut browser = Browser::new()?;
    let cookie = sso.stage.sign_in(&sso.stage.ada).await?;
    browser.keep(&sso.stage.url("/"), &cookie)?;
    Ok(browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_links_an_identity_and_signs_in_with_it_then() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.label = Some("The office".to_owned())).await?;
    let mut browser = adas(&sso).await?;
    sso.issuer.person(person("ada"));
    let query = "?link=true&returnTo=/settings/sign-in";
    let answer = sso.come_back_from(&mut browser, query).await?;
    assert_eq!(location(&answer)?.path(), "/settings/sign-in");
    assert!(answer.headers().get("set-cookie").is_none());
    let (_, me) = sso.signed_in(person("ada")).await?;
    assert_eq!(me["userId"], sso.stage.ada.scope.user_id.to_string());

    let listed: Value = sso.stage.read("/api/me/identities").await?;
    assert_eq!(listed["items"][0]["label"], "The office");
    assert_eq!(listed["items"][0]["email"], "ada@example.org");
    let ways: Value = sso.stage.read("/api/login").await?;
    assert_eq!(ways["providers"][0]["name"], "sso");
    assert_eq!(ways["providers"][0]["label"], "The office");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_belongs_to_one_account() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    sso.signed_in(person("bob")).await?;
    let mut browser = adas(&sso).await?;
    let answer = sso.come_back_from(&mut browser, "?link=true").await?;
    assert_eq!(problem_of(&answer)?, "identity_taken");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_links_without_a_session_or_because_another_site_wants_it() -> anyhow::Result<()> {
    let sso = SsoStage::set(|_| {}).await?;
    let start = sso.stage.url("/api/auth/oidc/sso/start?link=true");
    let mut stranger = Browser::new()?;
    let answer = stranger.get(&start).await?;
    assert_eq!(problem_of(&answer)?, "signed_out");

    let cookie = sso.stage.sign_in(&sso.stage.ada).await?;
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    // From another site, and from a message that brought the address.
    for site in ["cross-site", "none"] {
        let lured = http
            .get(&start)
            .header("cookie", &cookie)
            .header("sec-fetch-site", site);
        assert_eq!(problem_of(&lured.send().await?)?, "signed_out", "{site}");
    }
    // A token is no session.
    let with_token = http.get(&start).bearer_auth(sso.stage.ada.token.expose());
    assert_eq!(problem_of(&with_token.send().await?)?, "signed_out");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn unlinking_ends_its_sessions_and_leaves_a_way_to_sign_in() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let (browser, _) = sso.signed_in(person("bob")).await?;
    let cookie = browser.cookie(&sso.stage.url("/"), "mosaic_session")?;
    let ask = |method: Method, path: &str| sso.stage.with_cookie(&cookie, method, path).send();
    let listed: Value = ask(Method::GET, "/api/me/identities").await?.json().await?;
    let id = listed["items"][0]["id"].as_str().unwrap_or_default();
    let path = format!("/api/me/identities/{id}");
    problem(ask(Method::DELETE, &path).await?, 409, "conflict").await?;
    // Nobody else's business.
    let others = sso.stage.request(Method::DELETE, &path).send().await?;
    problem(others, 404, "not_found").await?;

    let password = "UPDATE users SET password_hash = 'x' WHERE email = 'bob@example.org'";
    sso.stage.database.execute(password).await?;
    assert_eq!(ask(Method::DELETE, &path).await?.status(), 204);
    assert_eq!(sso.status(&browser).await?, 401);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_in_a_session_that_has_ended_links_nothing() -> anyhow::Result<()> {
    let sso = SsoStage::set(|_| {}).await?;
    let mut browser = adas(&sso).await?;
    sso.issuer.person(person("mallory"));
    let callback = sso.callback(&mut browser, "?link=true").await?;
    let cookie = browser.cookie(&sso.stage.url("/"), "mosaic_session")?;
    let end = sso
        .stage
        .with_cookie(&cookie, Method::DELETE, "/api/session");
    assert_eq!(end.send().await?.status(), 204);
    let answer = browser.get(&callback).await?;
    assert_eq!(problem_of(&answer)?, "expired");
    let linked = "SELECT count(*)::text FROM oidc_identities";
    assert_eq!(sso.number(linked).await?, "0");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_links_in_a_session_that_ends_before_the_identity_would() -> anyhow::Result<()> {
    let sso = SsoStage::set(|_| {}).await?;
    let short = "UPDATE api_tokens SET expires_at = now() + interval '1 day'";
    sso.stage.database.execute(short).await?;
    let mut browser = adas(&sso).await?;
    let start = sso.stage.url("/api/auth/oidc/sso/start?link=true");
    let answer = browser.get(&start).await?;
    assert_eq!(problem_of(&answer)?, "signed_out");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_links_with_a_token_of_one_workspace_what_lets_into_others() -> anyhow::Result<()> {
    let sso = SsoStage::set(|_| {}).await?;
    let bob = sso.stage.colleague("Bob", "guest").await?;
    let mut browser = Browser::new()?;
    let cookie = sso.stage.sign_in(&bob).await?;
    browser.keep(&sso.stage.url("/"), &cookie)?;
    let start = sso.stage.url("/api/auth/oidc/sso/start?link=true");
    let answer = browser.get(&start).await?;
    assert_eq!(problem_of(&answer)?, "signed_out");
    Ok(())
}
