//! The own name and the own password.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::super::stage::{Stage, problem};
use super::account::{FORGOTTEN, PASSWORD, noted, sign_in, token, try_password, with_password};

const ANOTHER: &str = "a kettle full of violins";

async fn change(stage: &Stage, cookie: &str, body: Value) -> anyhow::Result<Response> {
    let request = stage.with_cookie(cookie, Method::PUT, "/api/me/password");
    Ok(request.json(&body).send().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_learns_who_they_are_and_what_they_may_do() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let ada = stage.read("/api/me").await?;
    assert_eq!(ada["workspace"], "Ada's");
    assert_eq!(ada["credential"], "token");
    assert_eq!(ada["scopes"], json!(["admin"]));
    assert_eq!(ada["hasPassword"], false);
    assert_eq!(ada["email"], Value::Null);
    let guest = stage.colleague("Eve", "guest").await?;
    let guest = stage.request_by(&guest, Method::GET, "/api/me");
    let guest: Value = guest.send().await?.json().await?;
    assert_eq!(guest["role"], "guest");
    assert_eq!(guest["may"], json!(["read", "manage_self"]));
    let stranger = stage.stranger().await?;
    let stranger = stage.request_by(&stranger, Method::GET, "/api/me");
    let stranger: Value = stranger.send().await?.json().await?;
    assert_eq!(
        (stranger["role"].clone(), stranger["home"].clone()),
        ("owner".into(), false.into())
    );
    assert!(!stranger["may"].to_string().contains("manage_users"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_calls_oneself_otherwise() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let rename = |body: Value| stage.request(Method::PATCH, "/api/me").json(&body).send();
    let me: Value = rename(json!({"name": " Ada King "})).await?.json().await?;
    assert_eq!(me["name"], "Ada King");
    assert_eq!(stage.read("/api/me").await?["name"], "Ada King");
    problem(rename(json!({"name": " "})).await?, 422, "unprocessable").await?;
    let role = rename(json!({"name": "x", "role": "owner"})).await?;
    problem(role, 400, "invalid_argument").await?;
    let converse = token(&stage, &["converse"]).await?;
    let request = stage.http.patch(stage.url("/api/me")).bearer_auth(converse);
    let refused = request.json(&json!({"name": "x"})).send().await?;
    problem(refused, 403, "permission_denied").await?;
    assert_eq!(noted(&stage, "user.rename", "done").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_every_other_session() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let (here, _) = sign_in(&stage, "ada@example.org").await?;
    let (there, _) = sign_in(&stage, "ada@example.org").await?;
    let done = change(&stage, &here, json!({"current": PASSWORD, "new": ANOTHER})).await?;
    assert_eq!(done.status(), 204);
    tokio::time::sleep(FORGOTTEN).await;
    let stays = stage.with_cookie(&here, Method::GET, "/api/me");
    assert_eq!(stays.send().await?.status(), 200);
    let ended = stage.with_cookie(&there, Method::GET, "/api/me");
    problem(ended.send().await?, 401, "unauthenticated").await?;
    let former = try_password(&stage, "ada@example.org", PASSWORD).await?;
    problem(former, 401, "unauthenticated").await?;
    let now = try_password(&stage, "ada@example.org", ANOTHER).await?;
    assert_eq!(now.status(), 201);
    assert_eq!(noted(&stage, "password.change", "done").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_know_the_present_password_sets_no_other() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let (cookie, _) = sign_in(&stage, "ada@example.org").await?;
    for body in [
        json!({"new": ANOTHER}),
        json!({"current": "not the password", "new": ANOTHER}),
    ] {
        let refused = change(&stage, &cookie, body).await?;
        let refused = problem(refused, 403, "permission_denied").await?;
        assert_eq!(refused["errors"][0]["field"], "current");
    }
    for new in ["short", "password1234", "ada@example.org"] {
        let body = json!({"current": PASSWORD, "new": new});
        let weak = change(&stage, &cookie, body).await?;
        let weak = problem(weak, 422, "unprocessable").await?;
        assert_eq!(weak["errors"][0]["field"], "new");
    }
    let converse = token(&stage, &["converse", "operate"]).await?;
    let request = stage.http.put(stage.url("/api/me/password"));
    let body = json!({"current": PASSWORD, "new": ANOTHER});
    let refused = request.bearer_auth(converse).json(&body).send().await?;
    problem(refused, 403, "permission_denied").await?;
    // Guesses at it are counted as anywhere else.
    for _ in 0..12 {
        let guess = json!({"current": "not the password", "new": ANOTHER});
        change(&stage, &cookie, guess).await?;
    }
    let refused = change(
        &stage,
        &cookie,
        json!({"current": PASSWORD, "new": ANOTHER}),
    )
    .await?;
    problem(refused, 429, "rate_limited").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_password_gets_one_and_an_address_to_sign_in_with() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let bob = stage.colleague("Bob", "member").await?;
    with_password(&stage, &bob, "bob@example.org").await?;
    let set = |body: Value| {
        let request = stage.request(Method::PUT, "/api/me/password");
        request.json(&body).send()
    };
    let missing = problem(set(json!({"new": ANOTHER})).await?, 422, "unprocessable").await?;
    assert_eq!(missing["errors"][0]["field"], "email");
    let taken = set(json!({"new": ANOTHER, "email": "BOB@example.org"})).await?;
    problem(taken, 409, "conflict").await?;
    let done = set(json!({"new": PASSWORD, "email": "ada@example.org"})).await?;
    assert_eq!(done.status(), 204);
    let (_, me) = sign_in(&stage, "ada@example.org").await?;
    assert_eq!(me["emailVerified"], false);
    let other = json!({"current": PASSWORD, "new": ANOTHER, "email": "eve@example.org"});
    problem(set(other).await?, 422, "unprocessable").await?;
    Ok(())
}
