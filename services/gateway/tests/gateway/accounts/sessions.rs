//! Where somebody is signed in.

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::stage::{Stage, problem};
use super::account::{FORGOTTEN, noted, sign_in, with_password};

async fn list(stage: &Stage, cookie: &str) -> anyhow::Result<Vec<Value>> {
    let list = stage.with_cookie(cookie, Method::GET, "/api/sessions");
    let list: Value = list.send().await?.error_for_status()?.json().await?;
    Ok(list["items"].as_array().context("items")?.clone())
}

async fn status(stage: &Stage, cookie: &str) -> anyhow::Result<u16> {
    let me = stage.with_cookie(cookie, Method::GET, "/api/me");
    Ok(me.send().await?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended_one_by_one() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let (here, _) = sign_in(&stage, "ada@example.org").await?;
    let there = stage.sign_in(&stage.ada).await?;
    let items = list(&stage, &here).await?;
    assert_eq!(items.len(), 2);
    let methods: Vec<_> = items.iter().map(|one| one["method"].clone()).collect();
    assert!(methods.contains(&"token".into()) && methods.contains(&"password".into()));
    assert!(items.iter().all(|one| one["address"] == "127.0.0.1"));
    let is_current = |one: &&Value| one["current"] == true;
    let current = items.iter().find(is_current).context("the current one")?;
    assert_eq!(current["method"], "password");
    let other = items.iter().find(|one| !is_current(one));
    let other = other.context("another one")?["id"].clone();

    let path = format!("/api/sessions/{}", other.as_str().unwrap_or_default());
    let end = stage.with_cookie(&here, Method::DELETE, &path);
    assert_eq!(end.send().await?.status(), 204);
    tokio::time::sleep(FORGOTTEN).await;
    assert_eq!(status(&stage, &there).await?, 401);
    assert_eq!(status(&stage, &here).await?, 200);
    let again = stage.with_cookie(&here, Method::DELETE, &path);
    problem(again.send().await?, 404, "not_found").await?;
    assert_eq!(noted(&stage, "session.end", "done").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_others_are_not_there() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.colleague("Bob", "owner").await?;
    let ada = stage.sign_in(&stage.ada).await?;
    let bob = stage.sign_in(&bob).await?;
    let own = list(&stage, &ada).await?;
    let id = own[0]["id"].as_str().context("an id")?.to_owned();
    assert_eq!(list(&stage, &bob).await?.len(), 1);
    for id in [id, Uuid::now_v7().to_string()] {
        let path = format!("/api/sessions/{id}");
        let refused = stage.with_cookie(&bob, Method::DELETE, &path);
        problem(refused.send().await?, 404, "not_found").await?;
    }
    assert_eq!(status(&stage, &ada).await?, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_may_take_the_tokens_along() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let (first, _) = sign_in(&stage, "ada@example.org").await?;
    let end = stage.with_cookie(&first, Method::DELETE, "/api/sessions");
    let ended: Value = end.send().await?.json().await?;
    assert_eq!(
        (ended["ended"].clone(), ended["revoked"].clone()),
        (1.into(), 0.into())
    );
    assert_eq!(stage.get("/api/me").await?.status(), 200);

    let (second, _) = sign_in(&stage, "ada@example.org").await?;
    let end = stage.with_cookie(&second, Method::DELETE, "/api/sessions?tokens=true");
    let ended: Value = end.send().await?.json().await?;
    assert_eq!(
        (ended["ended"].clone(), ended["revoked"].clone()),
        (1.into(), 1.into())
    );
    tokio::time::sleep(FORGOTTEN).await;
    for cookie in [first, second] {
        assert_eq!(status(&stage, &cookie).await?, 401);
    }
    problem(stage.get("/api/me").await?, 401, "unauthenticated").await?;
    sign_in(&stage, "ada@example.org").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_makes_nothing_that_lasts_while_it_is_still_believed()
-> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let other = stage.add_gateway().await?;
    let host = format!("http://{}", stage.host(other)?);
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let (stolen, _) = sign_in(&stage, "ada@example.org").await?;
    let there = |method: Method, path: &str| {
        let request = stage.http.request(method, format!("{host}{path}"));
        request.header("cookie", &stolen).header("origin", &host)
    };
    let asked = stage.http.post(stage.url("/api/login-requests"));
    let asked = asked.json(&json!({"name": "x"})).send().await?;
    let asked: Value = asked.error_for_status()?.json().await?;
    // The other gateway has just looked.
    let me = there(Method::GET, "/api/me").send().await?;
    assert_eq!(me.status(), 200);
    let path = "/api/sessions?tokens=true";
    let end = stage.with_cookie(&stolen, Method::DELETE, path);
    assert_eq!(end.send().await?.status(), 200);

    let token = there(Method::POST, "/api/tokens").json(&json!({"name": "kept"}));
    problem(token.send().await?, 401, "unauthenticated").await?;
    let approve = there(Method::POST, "/api/login-requests/approve");
    let approve = approve.json(&json!({"code": asked["code"]}));
    problem(approve.send().await?, 401, "unauthenticated").await?;
    let counting = "SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL";
    assert_eq!(stage.database.number(counting).await?, 0);
    Ok(())
}
