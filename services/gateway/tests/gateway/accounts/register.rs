//! Accounts that people make for themselves.

use mosaic_config::Registration;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::super::stage::{Stage, problem};
use super::account::{PASSWORD, cookie_in, noted, sign_in};

async fn register(stage: &Stage, email: &str, password: &str) -> anyhow::Result<Response> {
    let request = stage.http.post(stage.url("/api/register"));
    let body = json!({"name": "Bob", "email": email, "password": password});
    Ok(request.json(&body).send().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn where_registration_is_open_whoever_comes_is_a_member_at_home() -> anyhow::Result<()> {
    let stage = Stage::set_with(|config| config.auth.registration = Registration::Open).await?;
    let answer = register(&stage, "bob@example.org", PASSWORD).await?;
    assert_eq!(answer.status(), 201);
    let cookie = cookie_in(&answer)?;
    let me: Value = answer.json().await?;
    assert_eq!(me["role"], "member");
    assert_eq!(me["home"], true);
    assert_eq!(me["emailVerified"], false);
    let create = stage.with_cookie(&cookie, Method::POST, "/api/conversations");
    assert_eq!(create.json(&json!({})).send().await?.status(), 201);
    let admin = stage.with_cookie(&cookie, Method::GET, "/api/audit");
    problem(admin.send().await?, 403, "permission_denied").await?;
    sign_in(&stage, "bob@example.org").await?;

    let taken = register(&stage, "BOB@example.org", PASSWORD).await?;
    problem(taken, 409, "conflict").await?;
    let weak = register(&stage, "eve@example.org", "password1234").await?;
    problem(weak, 422, "unprocessable").await?;
    assert_eq!(noted(&stage, "user.register", "done").await?, 1);
    let users = stage.database.number("SELECT count(*) FROM users").await?;
    assert_eq!(users, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn elsewhere_nobody_makes_an_account_and_nowhere_by_the_dozen() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let closed = register(&stage, "bob@example.org", PASSWORD).await?;
    problem(closed, 403, "permission_denied").await?;
    let users = stage.database.number("SELECT count(*) FROM users").await?;
    assert_eq!(users, 1);

    let stage = Stage::set_with(|config| config.auth.registration = Registration::Open).await?;
    let mut made = 0;
    let refused = loop {
        let email = format!("bob{made}@example.org");
        let answer = register(&stage, &email, PASSWORD).await?;
        if answer.status() == 429 {
            break answer;
        }
        assert_eq!(answer.status(), 201);
        made += 1;
        anyhow::ensure!(made < 60, "made on and on");
    };
    problem(refused, 429, "rate_limited").await?;
    assert!(made >= 20, "{made}");
    Ok(())
}
