//! Signing in with email and password.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use mosaic_runtime::clock;
use mosaic_storage::{Actor, NewSession, SessionOrigin};
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

#[tokio::test(flavor = "multi_thread")]
async fn who_showed_the_password_before_it_was_changed_is_not_let_in_after() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    // Verified, and about to begin a session.
    let shown = stage.storage.login_by_email("ada@example.org").await?;
    let shown = shown.context("no account")?;
    let new = |since| NewSession {
        id: clock::id(),
        secret_hash: [7; 32],
        scope: stage.ada.scope,
        origin: SessionOrigin::Password,
        password_since: Some(since),
        user_agent: "test".to_owned(),
        lifetime: Duration::from_hours(1),
        idle: Duration::from_hours(1),
    };
    let by = Actor {
        workspace_id: stage.ada.scope.workspace_id,
        user_id: Some(stage.ada.scope.user_id),
        name: "Ada".to_owned(),
        address: None,
    };
    with_password(&stage, &stage.ada, "ada@example.org").await?;
    let late = new(shown.password_since);
    assert_eq!(stage.storage.begin_session(&late, &by).await?, None);
    let now = stage.storage.login(stage.ada.scope.user_id).await?;
    let since = now.context("no account")?.password_since;
    let in_time = new(since);
    assert!(stage.storage.begin_session(&in_time, &by).await?.is_some());
    let shut = "UPDATE users SET state = 'banned', state_at = now(); DELETE FROM sessions";
    stage.database.execute(shut).await?;
    let banned = new(since);
    assert_eq!(stage.storage.begin_session(&banned, &by).await?, None);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_sets_no_first_password_and_links_no_chat() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let body = json!({"name": "for a day", "scopes": ["admin"], "expiresInDays": 1});
    let made: Value = stage.post("/api/tokens", &body).await?.json().await?;
    let token = made["token"].as_str().context("a token")?.to_owned();
    let password = json!({"email": "ada@example.org", "new": PASSWORD});
    let set = stage.http.put(stage.url("/api/me/password"));
    let set = set.bearer_auth(&token).json(&password).send().await?;
    problem(set, 403, "permission_denied").await?;
    let links = "/api/channels/telegram/links";
    let link = stage.http.post(stage.url(links)).bearer_auth(&token);
    problem(link.send().await?, 403, "permission_denied").await?;

    let set = stage.request(Method::PUT, "/api/me/password");
    assert_eq!(set.json(&password).send().await?.status(), 204);
    assert_eq!(stage.post(links, &json!({})).await?.status(), 201);
    // Who knows the password may change it with whatever it is.
    let change = json!({"current": PASSWORD, "new": "a kettle full of violins"});
    let changed = stage.http.put(stage.url("/api/me/password"));
    let changed = changed.bearer_auth(&token).json(&change).send().await?;
    assert_eq!(changed.status(), 204);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_workspace_sets_no_first_password_which_lets_into_others()
-> anyhow::Result<()> {
    let stage = Stage::set().await?;
    // Bob owns a workspace, too; the token is of the one in which he is a guest.
    let bob = stage.colleague("Bob", "guest").await?;
    let password = json!({"email": "bob@example.org", "new": PASSWORD});
    let path = "/api/me/password";
    let set = stage.request_by(&bob, Method::PUT, path).json(&password);
    problem(set.send().await?, 403, "permission_denied").await?;
    let cookie = stage.sign_in(&bob).await?;
    let set = stage
        .with_cookie(&cookie, Method::PUT, path)
        .json(&password);
    problem(set.send().await?, 403, "permission_denied").await?;
    let none = "SELECT count(*) FROM users WHERE password_hash IS NOT NULL";
    assert_eq!(stage.database.number(none).await?, 0);
    // Nor does it delete the account, which is in all of them.
    let delete = stage.request_by(&bob, Method::DELETE, "/api/me");
    let delete = delete.json(&json!({"confirm": "Bob"})).send().await?;
    problem(delete, 403, "permission_denied").await?;
    // Where it is the only one there is nothing more to get into.
    let leave = format!(
        "DELETE FROM memberships WHERE user_id = '{}' AND workspace_id <> '{}'",
        bob.scope.user_id, bob.scope.workspace_id,
    );
    stage.database.execute(&leave).await?;
    let set = stage.request_by(&bob, Method::PUT, path).json(&password);
    assert_eq!(set.send().await?.status(), 204);
    Ok(())
}
