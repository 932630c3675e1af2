//! The first admin.

use futures::future::try_join_all;
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::super::stage::{Stage, problem};
use super::account::{PASSWORD, cookie_in, noted, sign_in};

const CODE: &str = "a code of some letters";

async fn nobody_yet(stage: &Stage) -> anyhow::Result<()> {
    let clear = "DELETE FROM users; DELETE FROM workspaces";
    stage.database.execute(clear).await
}

fn set_up(stage: &Stage, code: Option<&str>) -> RequestBuilder {
    let body = json!({
        "name": "Grace",
        "email": "grace@example.org",
        "password": PASSWORD,
        "workspace": "Compilers",
        "code": code,
    });
    let request = stage.http.post(stage.url("/api/bootstrap/setup"));
    request.json(&body)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_is_created_on_this_machine_and_signed_in() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    nobody_yet(&stage).await?;
    let login = stage.http.get(stage.url("/api/login")).send().await?;
    assert_eq!(login.json::<Value>().await?["needsSetup"], true);
    let weak = json!({"name": "", "email": "x", "password": "short"});
    let weak = stage
        .http
        .post(stage.url("/api/bootstrap/setup"))
        .json(&weak);
    problem(weak.send().await?, 422, "unprocessable").await?;

    let answer = set_up(&stage, None).send().await?;
    assert_eq!(answer.status(), 201);
    let cookie = cookie_in(&answer)?;
    let done: Value = answer.json().await?;
    assert_eq!(done["me"]["role"], "owner");
    assert_eq!(done["me"]["home"], true);
    assert_eq!(done["me"]["workspace"], "Compilers");
    assert_eq!(done["me"]["emailVerified"], true);
    let token = done["token"].as_str().unwrap_or_default();
    let by_token = stage.http.get(stage.url("/api/me")).bearer_auth(token);
    assert_eq!(by_token.send().await?.status(), 200);
    let by_cookie = stage.with_cookie(&cookie, Method::GET, "/api/me");
    assert_eq!(by_cookie.send().await?.status(), 200);
    sign_in(&stage, "grace@example.org").await?;

    let again = set_up(&stage, None).send().await?;
    problem(again, 409, "conflict").await?;
    let login = stage.http.get(stage.url("/api/login")).send().await?;
    assert_eq!(login.json::<Value>().await?["needsSetup"], false);
    assert_eq!(noted(&stage, "installation.setup", "done").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_guesses_the_code_without_end() -> anyhow::Result<()> {
    let stage = Stage::set_with(|config| {
        config.auth.setup_code = Some(SecretString::from(CODE));
    })
    .await?;
    nobody_yet(&stage).await?;
    let guess = |code: &str| set_up(&stage, Some(code)).header("host", "mosaic.example");
    let mut refused = 0;
    for number in 0..30 {
        let wrong = guess(&format!("a code of some letter{number}"))
            .send()
            .await?;
        if wrong.status() == 429 {
            break;
        }
        problem(wrong, 403, "permission_denied").await?;
        refused += 1;
    }
    assert!(refused < 30, "{refused}");
    // It is not even looked at.
    problem(guess(CODE).send().await?, 429, "rate_limited").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_that_does_not_say_for_whom_it_asks_sets_nothing_up() -> anyhow::Result<()>
{
    let stage = Stage::set_with(|config| {
        config.gateway.trusted_proxies = vec!["127.0.0.0/8".to_owned()];
    })
    .await?;
    nobody_yet(&stage).await?;
    let silent = set_up(&stage, None).send().await?;
    problem(silent, 403, "permission_denied").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_after_the_last_who_is_gone_runs_the_installation() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.database.execute("DELETE FROM users").await?;
    let answer = set_up(&stage, None).send().await?;
    assert_eq!(answer.status(), 201, "{}", answer.text().await?);
    let done: Value = answer.json().await?;
    assert_eq!(done["me"]["home"], true);
    assert_eq!(done["me"]["workspace"], "Compilers");
    let left = stage.database.number("SELECT count(*) FROM workspaces");
    assert_eq!(left.await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_set_up_at_once_one_is_the_admin() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    nobody_yet(&stage).await?;
    let all = (0..6).map(|_| set_up(&stage, None).send());
    let answers = try_join_all(all).await?;
    let made = answers.iter().filter(|one| one.status() == 201).count();
    let refused = answers.iter().filter(|one| one.status() == 409).count();
    assert_eq!((made, refused), (1, 5));
    let users = stage.database.number("SELECT count(*) FROM users").await?;
    assert_eq!(users, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_from_elsewhere_needs_the_code() -> anyhow::Result<()> {
    let stage = Stage::set_with(|config| {
        config.auth.setup_code = Some(SecretString::from(CODE));
    })
    .await?;
    nobody_yet(&stage).await?;
    // A proxy on this machine speaks for others, and so does a page of another site that names itself like this one.
    let elsewhere = |code: Option<&str>| set_up(&stage, code).header("x-forwarded-for", "10.9.8.7");
    let named = |code: Option<&str>| set_up(&stage, code).header("host", "mosaic.example");
    for refused in [
        elsewhere(None),
        elsewhere(Some("another code of letters")),
        named(None),
        set_up(&stage, None).header("origin", "https://evil.example"),
    ] {
        problem(refused.send().await?, 403, "permission_denied").await?;
    }
    let answer = elsewhere(Some(CODE)).send().await?;
    assert_eq!(answer.status(), 201, "{}", answer.text().await?);
    Ok(())
}
