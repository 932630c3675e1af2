//! What no certified provider does: answers that are forged, replayed or brought by another browser.

use mosaic_identity::{OidcAnswer, OidcError, OidcProvider, OidcSettings};
use mosaic_runtime::clock;
use mosaic_testkit::Issuer;
use mosaic_testkit::issuer::{CLIENT_ID, CLIENT_SECRET, Forgery};
use reqwest::Url;
use secrecy::SecretString;

use super::browser::{Browser, location};
use super::stage::{SsoStage, person, problem_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_hold_in_every_respect_lets_nobody_in() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    for forgery in Forgery::ALL {
        sso.issuer.forge_next(forgery);
        let told = sso.refused(person("mallory")).await?;
        assert_eq!(told, "invalid_answer", "{forgery:?}");
    }
    let people = "SELECT count(*)::text FROM users WHERE email LIKE 'mallory%'";
    assert_eq!(sso.number(people).await?, "0");
    // The same person without a lie.
    let (_, me) = sso.signed_in(person("mallory")).await?;
    assert_eq!(me["email"], "mallory@example.org");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_once_and_only_in_the_browser_that_asked() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    sso.issuer.person(person("ada"));

    // Once.
    let mut browser = Browser::new()?;
    let callback = sso.callback(&mut browser, "").await?;
    let first = browser.get(&callback).await?;
    assert_eq!(location(&first)?.path(), "/");
    let again = browser.get(&callback).await?;
    assert_eq!(problem_of(&again)?, "expired");
    assert_eq!(sso.issuer.counts().codes, 1);

    // Only here; and whoever tries elsewhere has used it up.
    let callback = sso.callback(&mut browser, "").await?;
    let stolen = Browser::new()?.get(&callback).await?;
    assert_eq!(problem_of(&stolen)?, "expired");
    let late = browser.get(&callback).await?;
    assert_eq!(problem_of(&late)?, "expired");

    // The state of one sign-in with the code of another.
    let (one, other) = (
        sso.callback(&mut browser, "").await?,
        sso.callback(&mut browser, "").await?,
    );
    let part = |url: &str, name: &str| {
        let url = Url::parse(url).ok()?;
        let found = url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    let (code, state) = (part(&one, "code"), part(&other, "state"));
    let mixed = sso.stage.url(&format!(
        "/api/auth/oidc/sso/callback?code={}&state={}",
        code.unwrap_or_default(),
        state.unwrap_or_default()
    ));
    let mixed = browser.get(&mixed).await?;
    assert_eq!(problem_of(&mixed)?, "invalid_answer");
    // Two tabs may sign in at the same time.
    let first = browser.get(&one).await?;
    assert_eq!(problem_of(&first)?, "invalid_answer", "its code is used up");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_made_up_leads_to_a_problem() -> anyhow::Result<()> {
    let sso = SsoStage::set(|_| {}).await?;
    let mut browser = Browser::new()?;
    let mut told = async |path: &str| -> anyhow::Result<String> {
        let answer = browser.get(&sso.stage.url(path)).await?;
        problem_of(&answer)
    };
    let callback = "/api/auth/oidc/sso/callback";
    let unknown = "A".repeat(43);
    for query in [
        String::new(),
        "?code=x".to_owned(),
        "?code=x&state=x".to_owned(),
        format!("?code=x&state={unknown}"),
        format!("?error=access_denied&state={unknown}"),
    ] {
        let path = format!("{callback}{query}");
        assert_eq!(told(&path).await?, "expired", "{path}");
    }
    let elsewhere = "/api/auth/oidc/other";
    let path = format!("{elsewhere}/callback?code=x&state={unknown}");
    assert_eq!(told(&path).await?, "unknown_provider");
    let path = format!("{elsewhere}/start");
    assert_eq!(told(&path).await?, "unknown_provider");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_gives_up_there_and_an_answer_of_another_issuer_are_told_apart()
-> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    sso.issuer.person(person("ada"));
    let mut browser = Browser::new()?;
    let callback = sso.callback(&mut browser, "").await?;
    let (place, query) = callback.split_once('?').unwrap_or_default();
    let state = query.split('&').find(|pair| pair.starts_with("state="));
    let given_up = format!("{place}?error=access_denied&{}", state.unwrap_or_default());
    let answer = browser.get(&given_up).await?;
    assert_eq!(problem_of(&answer)?, "cancelled");

    let callback = sso.callback(&mut browser, "").await?;
    let answer = browser
        .get(&format!("{callback}&iss=https://evil.example"))
        .await?;
    assert_eq!(problem_of(&answer)?, "invalid_answer");
    assert_eq!(sso.issuer.counts().codes, 0, "nothing was shown to anybody");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_may_change_and_made_up_ones_are_not_asked_for_again_and_again() -> anyhow::Result<()>
{
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    sso.signed_in(person("ada")).await?;
    let before = sso.issuer.counts();
    assert_eq!((before.metadata, before.keys), (1, 1));
    sso.signed_in(person("ada")).await?;
    assert_eq!(sso.issuer.counts().keys, 1, "they are kept");

    sso.issuer.rotate()?;
    sso.signed_in(person("ada")).await?;
    let after = sso.issuer.counts();
    assert_eq!((after.metadata, after.keys), (1, 2));
    for _ in 0..3 {
        sso.issuer.forge_next(Forgery::UnknownKey);
        assert_eq!(sso.refused(person("ada")).await?, "invalid_answer");
    }
    assert_eq!(sso.issuer.counts().keys, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_said_to_be_and_asked_again_later() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    sso.issuer.set_down(true);
    let start = sso.stage.url("/api/auth/oidc/sso/start");
    let mut browser = Browser::new()?;
    let answer = browser.get(&start).await?;
    assert_eq!(problem_of(&answer)?, "provider_unavailable");
    sso.issuer.set_down(false);
    let led = mosaic_testkit::service::eventually("the provider to be asked again", async || {
        let answer = Browser::new().ok()?.get(&start).await.ok()?;
        problem_of(&answer).is_err().then_some(())
    });
    led.await?;
    sso.signed_in(person("ada")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_led_to_another_site() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    sso.issuer.person(person("ada"));
    for (wanted, place) in [
        ("/c/1%23x", "/c/1#x"),
        ("%2F%2Fevil.example", "/"),
        ("https:%2F%2Fevil.example", "/"),
        ("%2F%5Cevil.example", "/"),
        ("%2F%0A%2Fevil.example", "/"),
    ] {
        let mut browser = Browser::new()?;
        let query = format!("?returnTo={wanted}");
        let answer = sso.come_back_from(&mut browser, &query).await?;
        let led = answer.headers()["location"].to_str()?;
        assert_eq!(led, place, "{wanted}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_answer_is_sealed_and_goes_by_itself() -> anyhow::Result<()> {
    let sso = SsoStage::set(|_| {}).await?;
    let mut browser = Browser::new()?;
    let callback = sso.callback(&mut browser, "").await?;
    let state = callback.split("state=").nth(1).unwrap_or_default();
    let (state, _) = state.split_once('&').unwrap_or((state, ""));
    let row = "SELECT row_to_json(l)::text || encode(secrets, 'escape') FROM oidc_logins l";
    let row = sso.number(row).await?;
    assert!(!row.contains(state) && !row.contains("nonce"), "{row}");
    let ended = "UPDATE oidc_logins SET expires_at = now()";
    sso.stage.database.execute(ended).await?;
    let answer = browser.get(&callback).await?;
    assert_eq!(problem_of(&answer)?, "expired");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_begins_many_sign_ins_keeps_nobody_out() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let many = "INSERT INTO oidc_logins (id, state_hash, browser_hash, provider, secrets, return_to, expires_at)
                SELECT gen_random_uuid(), sha256(n::text::bytea), sha256('browser'), 'sso', 'sealed', '/',
                       now() + interval '9 minutes' + n * interval '1 millisecond'
                FROM generate_series(1, 20000) n";
    sso.stage.database.execute(many).await?;
    sso.signed_in(person("ada")).await?;
    // The oldest made room, and nobody else.
    let left = "SELECT count(*)::text FROM oidc_logins";
    assert_eq!(sso.number(left).await?, "19999");
    Ok(())
}

/// What the log says of a lie.
const fn told_of(forgery: Forgery) -> &'static str {
    match forgery {
        Forgery::Issuer => "Invalid issuer",
        Forgery::Audience => "Invalid audiences",
        Forgery::TwoAudiences => "not a trusted audience",
        Forgery::AuthorizedParty => "(azp)",
        Forgery::Expired => "Expired",
        Forgery::NotYet => "(nbf)",
        Forgery::Future => "in the future",
        Forgery::Nonce => "nonce mismatch",
        Forgery::NoNonce => "missing nonce",
        Forgery::AccessToken => "(at_hash)",
        Forgery::Unsigned => "signature: No signature",
        Forgery::SharedSecret | Forgery::PublicKeyAsSecret => "signature: Disallowed",
        Forgery::CutOff | Forgery::OtherKey => "signature: Crypto error",
        Forgery::UnknownKey => "signature: No matching key",
        Forgery::Missing => "no ID token",
    }
}

#[tokio::test]
async fn every_lie_is_refused_for_what_it_is() -> anyhow::Result<()> {
    mosaic_runtime::install_crypto();
    let issuer = Issuer::start().await?;
    let provider = OidcProvider::new(OidcSettings {
        name: "sso".to_owned(),
        issuer: issuer.url().to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(SecretString::from(CLIENT_SECRET)),
        scopes: Vec::new(),
        prompt: None,
        groups_claim: None,
        authorities: None,
    })?;
    let redirect = Url::parse("http://127.0.0.1:1/callback")?;
    let mut browser = Browser::new()?;
    for forgery in Forgery::ALL {
        let begun = provider.begin(&redirect).await?;
        let back = location(&browser.get(begun.url.as_str()).await?)?;
        let code = back.query_pairs().find(|(name, _)| name == "code");
        let answer = OidcAnswer {
            code: SecretString::from(code.map(|(_, code)| code.into_owned()).unwrap_or_default()),
            issuer: None,
        };
        issuer.forge_next(forgery);
        let finished = provider.finish(answer, &redirect, &begun.secrets, clock::now());
        match finished.await {
            Err(OidcError::Untrusted(reason)) => {
                assert!(reason.contains(told_of(forgery)), "{forgery:?}: {reason}");
            }
            other => anyhow::bail!("{forgery:?}: {other:?}"),
        }
    }
    Ok(())
}
