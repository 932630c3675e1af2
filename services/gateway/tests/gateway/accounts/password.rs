//! Signing in with email and password.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::super::stage::{Stage, problem};
use super::account::{PASSWORD, noted, sign_in, try_password, with_password};

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_begins_a_session_with_every_right_of_its_person() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "Ada@Example.org").await?;
    let (cookie, me) = sign_in(&stage, " ada@example.ORG ").await?;
    assert_eq!(me["email"], "Ada@Example.org");
    assert_eq!(me["credential"], "session");
    assert_eq!(me["method"], "password");
    assert_eq!(me["hasPassword"], true);
    assert_eq!(me["home"], true);
    assert_eq!(me["scopes"], Value::Null);
    let allowed = me["may"].as_array().map(Vec::len);
    assert_eq!(allowed, Some(mosaic_identity::Action::ALL.len()));
    let create = stage.with_cookie(&cookie, Method::POST, "/api/conversations");
    assert_eq!(create.json(&json!({})).send().await?.status(), 201);
    assert_eq!(noted(&stage, "session.begin", "done").await?, 1);
    let stored = "SELECT string_agg(row_to_json(a)::text, '') FROM audit_log a";
    let stored = stage.database.text(stored).await?;
    assert!(!stored.contains(PASSWORD), "{stored}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_nothing_about_the_account_not_even_by_its_time() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let bob = stage.colleague("Bob", "member").await?;
    let bob = bob.scope.user_id;
    let without = format!("UPDATE users SET email = 'bob@example.org' WHERE id = '{bob}'");
    stage.database.execute(&without).await?;
    let mut told = Vec::new();
    for email in ["ada@example.org", "bob@example.org", "nobody@example.org"] {
        let began = Instant::now();
        let refused = try_password(&stage, email, "not the password").await?;
        let mut refused = problem(refused, 401, "unauthenticated").await?;
        assert!(began.elapsed() >= Duration::from_millis(400));
        for own in ["requestId", "traceId"] {
            refused[own] = Value::Null;
        }
        told.push(refused);
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    let deadline = Instant::now() + Duration::from_secs(5);
    while noted(&stage, "session.refused", "denied").await? < 3 {
        anyhow::ensure!(Instant::now() < deadline, "not written down");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let typed = "SELECT count(*) FROM audit_log WHERE row_to_json(audit_log)::text LIKE '%nobody%'";
    assert_eq!(stage.database.number(typed).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deactivated_is_not_let_in_and_learns_so_with_the_right_password_only()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let (cookie, _) = sign_in(&stage, "ada@example.org").await?;
    for state in ["deactivated", "banned"] {
        let change = format!("UPDATE users SET state = '{state}', state_at = now()");
        stage.database.execute(&change).await?;
        let right = try_password(&stage, "ada@example.org", PASSWORD).await?;
        assert!(!right.headers().contains_key("set-cookie"));
        problem(right, 403, "permission_denied").await?;
        let wrong = try_password(&stage, "ada@example.org", "another one of them").await?;
        problem(wrong, 401, "unauthenticated").await?;
    }
    tokio::time::sleep(super::account::FORGOTTEN).await;
    let session = stage.with_cookie(&cookie, Method::GET, "/api/me");
    problem(session.send().await?, 401, "unauthenticated").await?;
    problem(stage.get("/api/me").await?, 401, "unauthenticated").await?;
    let request = stage.http.post(stage.url("/api/session"));
    let token = request.json(&json!({"token": stage.ada.token.expose()}));
    problem(token.send().await?, 401, "unauthenticated").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_password_counts_and_is_hashed_anew() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    // Of `nine horses under a green moon`, as another system kept it.
    let imported = bcrypt::hash(PASSWORD, 4)?;
    let set = format!("UPDATE users SET email = 'ada@example.org', password_hash = '{imported}'");
    stage.database.execute(&set).await?;
    let wrong = try_password(&stage, "ada@example.org", "another one of them").await?;
    problem(wrong, 401, "unauthenticated").await?;
    let stored = "SELECT password_hash FROM users";
    assert_eq!(stage.database.text(stored).await?, imported);
    for _ in 0..2 {
        sign_in(&stage, "ada@example.org").await?;
        let stored = stage.database.text(stored).await?;
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_passwords_are_off_none_is_asked_for() -> anyhow::Result<()> {
    let stage = Stage::set_with(|config| config.auth.password = false).await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let refused = try_password(&stage, "ada@example.org", PASSWORD).await?;
    problem(refused, 403, "permission_denied").await?;
    let login = stage.http.get(stage.url("/api/login")).send().await?;
    let login: Value = login.error_for_status()?.json().await?;
    assert_eq!(login["password"], false);
    assert_eq!(login["needsSetup"], false);
    assert_eq!(login["registration"], "invited");
    stage.sign_in(&stage.ada).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_two_minds_is_refused() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for (body, status, code) in [
        (json!({}), 400, "invalid_argument"),
        (json!({"email": "ada@example.org"}), 400, "invalid_argument"),
        (
            json!({"token": "mos_x", "email": "ada@example.org", "password": "x"}),
            400,
            "invalid_argument",
        ),
        (
            json!({"email": "ada", "password": "x"}),
            422,
            "unprocessable",
        ),
        (
            json!({"email": "ada@example.org", "password": "x".repeat(1_025)}),
            422,
            "unprocessable",
        ),
        (
            json!({"email": "a@example.org", "password": "x", "admin": true}),
            400,
            "invalid_argument",
        ),
    ] {
        let request = stage.http.post(stage.url("/api/session")).json(&body);
        problem(request.send().await?, status, code).await?;
    }
    Ok(())
}
