//! The small door for those who run the installation, for the day on which their identity provider is down.

use mosaic_identity::hash_password;
use reqwest::{Method, Response};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::stage::{Person, Stage, problem};

const PASSWORD: &str = "correct horse battery staple";

async fn set(break_glass: bool) -> anyhow::Result<Stage> {
    Stage::set_with(move |config| {
        config.auth.password = false;
        config.auth.break_glass = break_glass;
    })
    .await
}

/// Gives somebody an address and the password.
async fn equip(stage: &Stage, who: &Person, email: &str) -> anyhow::Result<()> {
    let hash = hash_password(&SecretString::from(PASSWORD))?;
    let user = who.scope.user_id;
    let statement =
        format!("UPDATE users SET email = '{email}', password_hash = '{hash}' WHERE id = '{user}'");
    stage.database.execute(&statement).await
}

async fn sign_in(stage: &Stage, email: &str, password: &str) -> anyhow::Result<Response> {
    let url = stage.url("/api/session");
    let body = json!({"email": email, "password": password});
    Ok(stage.http.post(url).json(&body).send().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_run_the_installation_get_in_for_an_hour() -> anyhow::Result<()> {
    let stage = set(true).await?;
    equip(&stage, &stage.ada, "ada@example.org").await?;
    let ways = stage.read("/api/login").await?;
    assert_eq!(ways["password"], false);
    assert_eq!(ways["breakGlass"], true);

    let wrong = sign_in(&stage, "ada@example.org", "another").await?;
    problem(wrong, 401, "unauthenticated").await?;
    let right = sign_in(&stage, "ada@example.org", PASSWORD).await?;
    assert_eq!(right.status(), 201);
    let cookie = right.headers()["set-cookie"].to_str()?.to_owned();
    assert!(cookie.contains("Max-Age=3600;"), "{cookie}");
    let me: Value = right.json().await?;
    assert_eq!(me["method"], "break_glass");
    let hour = "SELECT (expires_at <= now() + interval '1 hour')::text FROM sessions";
    assert_eq!(stage.database.text(hour).await?, "true");
    let entry = "SELECT action || ' ' || reason FROM audit_log ORDER BY id DESC LIMIT 1";
    assert_eq!(
        stage.database.text(entry).await?,
        "session.begin break_glass"
    );

    // What lasts longer than the session is not handed out.
    let asked = stage.http.post(stage.url("/api/login-requests"));
    let asked: Value = asked
        .json(&json!({"name": "x"}))
        .send()
        .await?
        .json()
        .await?;
    let (pair, _) = cookie.split_once(';').unwrap_or_default();
    let path = "/api/login-requests/approve";
    let approve = stage.with_cookie(pair, Method::POST, path);
    let approve = approve.json(&json!({"code": asked["code"]})).send().await?;
    problem(approve, 403, "permission_denied").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_gets_in_with_a_right_password_nor_learns_that_it_is() -> anyhow::Result<()> {
    let stage = set(true).await?;
    let member = stage.colleague("Mary", "member").await?;
    equip(&stage, &member, "mary@example.org").await?;
    let elsewhere = stage.stranger().await?;
    equip(&stage, &elsewhere, "bob@example.org").await?;
    for email in ["mary@example.org", "bob@example.org", "nobody@example.org"] {
        let refused = sign_in(&stage, email, PASSWORD).await?;
        let told = problem(refused, 401, "unauthenticated").await?;
        let detail = told["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("or the password is wrong"), "{detail}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_is_shut_unless_it_was_opened() -> anyhow::Result<()> {
    let stage = set(false).await?;
    equip(&stage, &stage.ada, "ada@example.org").await?;
    let refused = sign_in(&stage, "ada@example.org", PASSWORD).await?;
    problem(refused, 403, "permission_denied").await?;
    Ok(())
}
