//! Whether those who are signed in still may be.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use mosaic_config::OidcProviderConfig;
use mosaic_identity::{KeptRefresh, SealedColumn, Sealer};
use mosaic_runtime::clock;
use mosaic_testkit::Issuer;
use mosaic_testkit::service::eventually;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use super::stage::{KEY, SsoStage, configure, person};
use crate::gateway::stage::Stage;

/// As if the provider had been asked an hour ago, and the session used since.
const LONG_AGO: &str = "UPDATE oidc_identities SET refreshed_at = now() - interval '1 hour'";
/// Whether it was asked in the last minutes.
const ASKED: &str =
    "SELECT (refreshed_at > now() - interval '10 minutes')::text FROM oidc_identities";

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_is_asked_again_and_what_it_takes_back_ends_sessions() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let (browser, _) = sso.signed_in(person("bob")).await?;
    let token = "SELECT encode(refresh_token, 'escape') FROM oidc_identities";
    let before = sso.number(token).await?;
    assert!(!before.contains("token"), "sealed: {before}");

    for _ in 0..2 {
        sso.stage.database.execute(LONG_AGO).await?;
        eventually("the provider to be asked", async || {
            (sso.number(ASKED).await.ok()? == "true").then_some(())
        })
        .await?;
    }
    assert_eq!(
        sso.issuer.counts().refreshes,
        2,
        "with a new token each time"
    );
    assert_eq!(sso.status(&browser).await?, 200);

    sso.issuer.revoke_all();
    sso.stage.database.execute(LONG_AGO).await?;
    eventually("the session to end", async || {
        (sso.status(&browser).await.ok()? == 401).then_some(())
    })
    .await?;
    let entry = "SELECT actor || ': ' || action || ': ' || reason FROM audit_log
                 WHERE action = 'session.end' ORDER BY id DESC LIMIT 1";
    assert_eq!(
        sso.number(entry).await?,
        "sso: session.end: the provider does not let them in any more"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_ends_nothing_until_it_was_away_for_too_long() -> anyhow::Result<()>
{
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let (browser, _) = sso.signed_in(person("bob")).await?;
    let sealer = Sealer::new(&SecretString::from(KEY), &[])?;
    let column = SealedColumn::OidcRefreshToken;
    let id: Uuid = sso
        .number("SELECT id::text FROM oidc_identities")
        .await?
        .parse()?;
    let kept = async || -> anyhow::Result<KeptRefresh> {
        let hex = sso
            .number("SELECT encode(refresh_token, 'hex') FROM oidc_identities")
            .await?;
        let sealed = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16))
            .collect::<Result<Vec<_>, _>>()?;
        let opened = sealer.open(column, id, &sealed)?;
        Ok(KeptRefresh::from_bytes(opened.expose_secret())?)
    };
    assert_eq!(kept().await?.failing_since, None);

    sso.issuer.set_down(true);
    sso.stage.database.execute(LONG_AGO).await?;
    let failing = eventually("the failure to be noticed", async || {
        let kept = kept().await.ok()?;
        kept.failing_since.is_some().then_some(kept)
    })
    .await?;
    assert_eq!(sso.status(&browser).await?, 200);

    // Another gateway takes over much later.
    let long = KeptRefresh {
        token: failing.token,
        failing_since: Some(clock::now() - TimeDelta::hours(25)),
    };
    let sealed = sealer.seal(column, id, &long.to_bytes());
    let digits = sealed.iter().map(|byte| format!("{byte:02x}"));
    let hex = digits.collect::<Vec<_>>().concat();
    let set = format!("UPDATE oidc_identities SET refresh_token = decode('{hex}', 'hex')");
    sso.stage.database.execute(&set).await?;
    let ended = tokio::time::timeout(std::time::Duration::from_mins(1), async {
        while sso.status(&browser).await? != 401 {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        Ok::<_, anyhow::Error>(())
    });
    ended.await??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_about_who_is_not_there() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    sso.signed_in(person("bob")).await?;
    let unused = "UPDATE sessions SET last_used_at = now() - interval '2 hours'";
    sso.stage.database.execute(unused).await?;
    sso.stage.database.execute(LONG_AGO).await?;
    tokio::time::sleep(std::time::Duration::from_secs(8)).await;
    assert_eq!(sso.issuer.counts().refreshes, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_takes_its_time_takes_none_of_the_others() -> anyhow::Result<()> {
    // Connections are made, and nothing is ever said.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let away = format!("http://{}", silent.local_addr()?);
    let issuer = Issuer::start().await?;
    let url = issuer.url().to_owned();
    let stage = Stage::set_with(move |config| {
        configure(config, &url, |provider| provider.allow_signup = true);
        // It comes first.
        let provider = OidcProviderConfig::new(&away, "mosaic");
        config.auth.oidc.insert("away".to_owned(), provider);
    })
    .await?;
    let sso = SsoStage { stage, issuer };
    sso.signed_in(person("bob")).await?;
    let id = Uuid::now_v7();
    let kept = KeptRefresh {
        token: SecretString::from("a token"),
        failing_since: None,
    };
    let sealer = Sealer::new(&SecretString::from(KEY), &[])?;
    let sealed = sealer.seal(SealedColumn::OidcRefreshToken, id, &kept.to_bytes());
    let digits = sealed.iter().map(|byte| format!("{byte:02x}"));
    let hex = digits.collect::<Vec<_>>().concat();
    let both_due = format!(
        "INSERT INTO oidc_identities (id, user_id, provider, issuer, subject, refresh_token)
         SELECT '{id}', user_id, 'away', 'http://away', subject, decode('{hex}', 'hex') FROM oidc_identities;
         INSERT INTO sessions (id, secret_hash, workspace_id, user_id, method, oidc_identity_id, idle_until, expires_at)
         SELECT gen_random_uuid(), sha256('away'), workspace_id, user_id, 'oidc', '{id}', idle_until, expires_at
         FROM sessions WHERE method = 'oidc';
         {LONG_AGO}"
    );
    sso.stage.database.execute(&both_due).await?;
    eventually("the other provider to be asked", async || {
        let asked = format!("{ASKED} WHERE provider = 'sso'");
        (sso.number(&asked).await.ok()? == "true").then_some(())
    })
    .await?;
    // The first request to the silent one has not even run out of time: that would have been noted.
    let held =
        format!("SELECT encode(refresh_token, 'hex') FROM oidc_identities WHERE id = '{id}'");
    assert_eq!(sso.number(&held).await?, hex);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_a_provider_that_was_taken_out_of_the_settings_count_no_more()
-> anyhow::Result<()> {
    let issuer = Issuer::start().await?;
    let url = issuer.url().to_owned();
    let taken_out = Arc::new(AtomicBool::new(false));
    let out = Arc::clone(&taken_out);
    let stage = Stage::set_with(move |config| {
        configure(config, &url, |provider| provider.allow_signup = true);
        if out.load(Ordering::SeqCst) {
            config.auth.oidc.clear();
        }
    })
    .await?;
    let mut sso = SsoStage { stage, issuer };
    let (browser, _) = sso.signed_in(person("bob")).await?;
    taken_out.store(true, Ordering::SeqCst);
    let without = sso.stage.add_gateway().await?;
    let cookie = browser.cookie(&sso.stage.url("/"), "mosaic_session")?;
    let there = format!("http://{}", sso.stage.host(without)?);
    let me = async |cookie: &str| {
        let request = sso.stage.http.get(format!("{there}/api/me"));
        let request = request.header("cookie", cookie).header("origin", &there);
        anyhow::Ok(request.send().await?.status().as_u16())
    };
    assert_eq!(me(&cookie).await?, 401);
    // Others go on there, and this one where the provider is still known.
    let adas = sso.stage.sign_in(&sso.stage.ada).await?;
    assert_eq!(me(&adas).await?, 200);
    assert_eq!(sso.status(&browser).await?, 200);
    Ok(())
}

/// Somebody about whom the provider answers like this when it is asked again.
fn refused_later(subject: &str, code: &str) -> Value {
    let mut claims = person(subject);
    claims["at_refresh"] = json!(code);
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_locked_out_is_signed_out_whatever_the_provider_calls_it() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let (browser, _) = sso.signed_in(refused_later("eve", "access_denied")).await?;
    sso.stage.database.execute(LONG_AGO).await?;
    eventually("the session to end", async || {
        (sso.status(&browser).await.ok()? == 401).then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn about_whom_the_provider_will_not_answer_keeps_it_from_nobody_else() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let (eves, _) = sso
        .signed_in(refused_later("eve", "invalid_request"))
        .await?;
    let (bobs, _) = sso.signed_in(person("bob")).await?;
    // She is asked about first.
    let due = "UPDATE oidc_identities
               SET refreshed_at = now() - CASE subject WHEN 'eve' THEN interval '2 hours' ELSE interval '1 hour' END";
    sso.stage.database.execute(due).await?;
    eventually("the provider to be asked about both", async || {
        let late = "SELECT count(*)::text FROM oidc_identities WHERE refreshed_at < now() - interval '10 minutes'";
        (sso.number(late).await.ok()? == "0").then_some(())
    })
    .await?;
    for browser in [&eves, &bobs] {
        assert_eq!(sso.status(browser).await?, 200);
    }
    Ok(())
}
