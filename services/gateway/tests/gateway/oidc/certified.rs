//! With `oidc-provider`, which is certified: what it does is what OpenID Connect says. Left out where it is not installed.

use mosaic_testkit::OpenIdProvider;
use mosaic_testkit::service::eventually;
use reqwest::{Response, Url};
use serde_json::{Value, json};

use super::browser::{Browser, location};
use super::stage::{configure, person, problem_of};
use crate::gateway::stage::Stage;

/// A gateway and a certified provider; nothing where there is none.
async fn set() -> anyhow::Result<Option<(Stage, OpenIdProvider)>> {
    let Some(provider) = OpenIdProvider::start().await? else {
        println!("left out: run `cargo xtask setup` with node installed");
        return Ok(None);
    };
    let url = provider.url();
    let stage = Stage::set_with(move |config| {
        configure(config, &url, |sso| {
            sso.label = Some("The office".to_owned());
            sso.allow_signup = true;
            sso.scopes.push("groups".to_owned());
            sso.groups_claim = Some("groups".to_owned());
            sso.group_roles = vec!["bosses=admin".to_owned()];
        });
    })
    .await?;
    Ok(Some((stage, provider)))
}

/// Signs in as a person does: leaves, says who they are, agrees, comes back. The answer of the callback.
async fn sign_in(stage: &Stage, browser: &mut Browser, claims: &Value) -> anyhow::Result<Response> {
    const END: &str = "/callback";
    let start = stage.url("/api/auth/oidc/sso/start?returnTo=/c/1");
    let left = browser.get(&start).await?;
    let mut page = browser.follow(left, END).await?;
    let claims = claims.to_string();
    for form in [
        &[
            ("prompt", "login"),
            ("login", claims.as_str()),
            ("password", "any"),
        ][..],
        &[("prompt", "consent")],
    ] {
        if page.url().path().ends_with(END) {
            break;
        }
        anyhow::ensure!(page.status() == 200, "{}: {}", page.url(), page.status());
        let form_url = page.url().to_string();
        let sent = browser.submit(&form_url, form).await?;
        page = browser.follow(sent, END).await?;
    }
    anyhow::ensure!(page.url().path().ends_with(END), "ended at {}", page.url());
    Ok(page)
}

async fn me(stage: &Stage, browser: &Browser) -> anyhow::Result<Response> {
    let cookie = browser.cookie(&stage.url("/"), "mosaic_session")?;
    let request = stage.with_cookie(&cookie, reqwest::Method::GET, "/api/me");
    Ok(request.send().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_provider_lets_people_in() -> anyhow::Result<()> {
    let Some((stage, _provider)) = set().await? else {
        return Ok(());
    };
    let mut browser = Browser::new()?;
    let mut bob = person("bob");
    bob["groups"] = json!(["bosses"]);
    let answer = sign_in(&stage, &mut browser, &bob).await?;
    assert_eq!(location(&answer)?.path(), "/c/1");
    let told: Value = me(&stage, &browser).await?.json().await?;
    assert_eq!(told["name"], "bob of the provider");
    assert_eq!(told["email"], "bob@example.org");
    assert_eq!(told["emailVerified"], true);
    assert_eq!(told["method"], "oidc");
    assert_eq!(told["role"], "admin");
    // They are known there still, and come back at once.
    let answer = sign_in(&stage, &mut browser, &bob).await?;
    assert_eq!(location(&answer)?.path(), "/c/1");
    let again: Value = me(&stage, &browser).await?.json().await?;
    assert_eq!(again["userId"], told["userId"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_provider_demands_pkce_and_gets_it() -> anyhow::Result<()> {
    let Some((stage, _provider)) = set().await? else {
        return Ok(());
    };
    let mut browser = Browser::new()?;
    let left = browser.get(&stage.url("/api/auth/oidc/sso/start")).await?;
    let there = location(&left)?;
    let part = |name: &str| {
        let found = there.query_pairs().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    assert_eq!(part("code_challenge_method"), "S256");
    assert_eq!(part("scope"), "openid profile email groups");
    for random in ["state", "nonce", "code_challenge"] {
        assert_eq!(part(random).len(), 43, "{random}");
    }
    // The same without it.
    let kept = there
        .query_pairs()
        .filter(|(key, _)| !key.starts_with("code_challenge"));
    let mut without = Url::parse(there.as_str())?;
    without.set_query(None);
    without.query_pairs_mut().extend_pairs(kept);
    let refused = browser.get(without.as_str()).await?;
    let back = location(&refused)?;
    assert!(back.as_str().contains("error=invalid_request"), "{back}");
    let answer = browser.get(back.as_str()).await?;
    assert_eq!(problem_of(&answer)?, "cancelled");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_last_as_long_as_the_provider_grants_them_and_its_keys_may_change()
-> anyhow::Result<()> {
    let Some((stage, provider)) = set().await? else {
        return Ok(());
    };
    let mut browser = Browser::new()?;
    sign_in(&stage, &mut browser, &person("bob")).await?;
    let long_ago = "UPDATE oidc_identities SET refreshed_at = now() - interval '1 hour'";
    let asked = "SELECT (refreshed_at > now() - interval '10 minutes')::text FROM oidc_identities";
    for _ in 0..2 {
        stage.database.execute(long_ago).await?;
        eventually("the provider to be asked", async || {
            (stage.database.text(asked).await.ok()? == "true").then_some(())
        })
        .await?;
        assert_eq!(me(&stage, &browser).await?.status(), 200);
    }
    // It has forgotten what it granted, and signs with another key.
    let _provider = provider.restart().await?;
    stage.database.execute(long_ago).await?;
    eventually("the session to end", async || {
        (me(&stage, &browser).await.ok()?.status() == 401).then_some(())
    })
    .await?;
    let mut browser = Browser::new()?;
    sign_in(&stage, &mut browser, &person("bob")).await?;
    assert_eq!(me(&stage, &browser).await?.status(), 200);
    Ok(())
}
