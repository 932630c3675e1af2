//! The ends of sessions, and what ends with them.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::sse::Sse;
use super::stage::{Stage, problem};

/// As long as an answer about a credential is believed, and a little more.
const FORGOTTEN: Duration = Duration::from_millis(1_100);

async fn status(stage: &Stage, cookie: &str) -> anyhow::Result<u16> {
    let request = stage.with_cookie(cookie, Method::GET, "/api/session");
    Ok(request.send().await?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_this_session_and_its_streams_and_no_other() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let here = stage.sign_in(&stage.ada).await?;
    let there = stage.sign_in(&stage.ada).await?;
    let path = format!("/api/conversations/{}/events", stage.conversation().await?);
    let mut ends = Sse::follow(stage.with_cookie(&here, Method::GET, &path)).await?;
    let mut stays = Sse::follow(stage.with_cookie(&there, Method::GET, &path)).await?;

    let out = stage.with_cookie(&here, Method::DELETE, "/api/session");
    let out = out.send().await?;
    assert_eq!(out.status(), 204);
    let taken: Vec<_> = out.headers().get_all("set-cookie").iter().collect();
    assert_eq!(taken.len(), 2);
    for cookie in taken {
        assert!(cookie.to_str()?.contains("=; Path=/; Max-Age=0"));
    }
    let refused = stage.with_cookie(&here, Method::GET, "/api/session");
    let refused = problem(refused.send().await?, 401, "unauthenticated").await?;
    assert_eq!(refused["remedy"], "Sign in again.");
    let ended = timeout(Duration::from_secs(3), ends.next()).await??;
    assert!(
        ended.as_ref().is_none_or(|event| event.kind == "problem"),
        "{ended:?}"
    );
    assert!(stays.is_silent().await);
    assert_eq!(status(&stage, &there).await?, 200);
    // Once more changes nothing.
    let again = stage.with_cookie(&here, Method::DELETE, "/api/session");
    assert_eq!(again.send().await?.status(), 204);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_that_they_are_signed_out_while_their_session_lives() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    sleep(FORGOTTEN).await;
    let away = "ALTER TABLE sessions RENAME TO away";
    stage.database.execute(away).await?;
    let out = stage.with_cookie(&cookie, Method::DELETE, "/api/session");
    let out = out.send().await?;
    assert!(!out.headers().contains_key("set-cookie"));
    problem(out, 503, "unavailable").await?;
    let back = "ALTER TABLE away RENAME TO sessions";
    stage.database.execute(back).await?;
    assert_eq!(status(&stage, &cookie).await?, 200);
    let out = stage.with_cookie(&cookie, Method::DELETE, "/api/session");
    assert_eq!(out.send().await?.status(), 204);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_ends_the_session_that_the_browser_had() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (first, other) = (
        stage.sign_in(&stage.ada).await?,
        stage.sign_in(&stage.ada).await?,
    );
    let again = stage.with_cookie(&first, Method::POST, "/api/session");
    let again = again.json(&serde_json::json!({"token": stage.ada.token.expose()}));
    assert_eq!(again.send().await?.status(), 201);
    assert_eq!(status(&stage, &first).await?, 401);
    assert_eq!(status(&stage, &other).await?, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_ended_by_themselves_are_removed_whoevers_they_were() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    stage.sign_in(&stage.ada).await?;
    stage.sign_in(&bob).await?;
    let over = format!(
        "UPDATE sessions SET idle_until = now() - interval '1 second' WHERE user_id = '{}'",
        bob.scope.user_id
    );
    stage.database.execute(&over).await?;
    assert_eq!(stage.storage.sweep_sessions().await?, 1);
    assert_eq!(stage.storage.sweep_sessions().await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_ends_all_own_sessions() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.stranger().await?;
    let (here, there) = (
        stage.sign_in(&stage.ada).await?,
        stage.sign_in(&stage.ada).await?,
    );
    let other = stage.sign_in(&bob).await?;
    assert_eq!(status(&stage, &there).await?, 200);
    let out = stage.with_cookie(&here, Method::DELETE, "/api/sessions");
    let out: Value = out.send().await?.error_for_status()?.json().await?;
    assert_eq!(out["ended"], 2);
    assert_eq!(status(&stage, &here).await?, 401);
    sleep(FORGOTTEN).await;
    assert_eq!(status(&stage, &there).await?, 401);
    assert_eq!(status(&stage, &other).await?, 200);
    // The token was not revoked.
    assert_eq!(stage.get("/api/me").await?.status(), 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_its_token() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let path = format!("/api/conversations/{}/events", stage.conversation().await?);
    let mut sse = Sse::follow(stage.with_cookie(&cookie, Method::GET, &path)).await?;
    assert!(stage.storage.revoke_token(stage.ada.token_id).await?);
    let ended = timeout(Duration::from_secs(3), sse.next()).await??;
    assert!(
        ended.as_ref().is_none_or(|event| event.kind == "problem"),
        "{ended:?}"
    );
    sleep(FORGOTTEN).await;
    assert_eq!(status(&stage, &cookie).await?, 401);
    let remove = format!("DELETE FROM api_tokens WHERE id = '{}'", stage.ada.token_id);
    stage.database.execute(&remove).await?;
    let left = stage
        .database
        .text("SELECT count(*)::text FROM sessions")
        .await?;
    assert_eq!(left, "0");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_its_age_or_by_disuse_and_use_keeps_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let days = async || {
        let left =
            "SELECT round(extract(epoch FROM max(idle_until) - now()) / 86400)::text FROM sessions";
        stage.database.text(left).await
    };
    let cookie = stage.sign_in(&stage.ada).await?;
    assert_eq!(days().await?, "7");
    let unused = "UPDATE sessions SET idle_until = now() + interval '2 days', last_used_at = now() - interval '5 days'";
    stage.database.execute(unused).await?;
    sleep(FORGOTTEN).await;
    assert_eq!(status(&stage, &cookie).await?, 200);
    assert_eq!(days().await?, "7");

    let old = "UPDATE sessions
               SET idle_until = now() + interval '1 day',
                   last_used_at = now() - interval '6 days',
                   expires_at = now() + interval '3 days'";
    stage.database.execute(old).await?;
    sleep(FORGOTTEN).await;
    assert_eq!(status(&stage, &cookie).await?, 200);
    assert_eq!(days().await?, "3");

    let over = "UPDATE sessions SET idle_until = now() - interval '1 second'";
    stage.database.execute(over).await?;
    sleep(FORGOTTEN).await;
    assert_eq!(status(&stage, &cookie).await?, 401);
    // The next one clears what has ended away.
    stage.sign_in(&stage.ada).await?;
    let left = "SELECT count(*)::text FROM sessions";
    assert_eq!(stage.database.text(left).await?, "1");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_with_a_token_again_and_again_ends_no_other_session() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (user, place) = (stage.ada.scope.user_id, stage.ada.scope.workspace_id);
    let own = format!(
        "INSERT INTO sessions (id, secret_hash, workspace_id, user_id, method, user_agent, idle_until, expires_at, created_at)
         VALUES (gen_random_uuid(), sha256('own'), '{place}', '{user}', 'password', 'a browser',
                 now() + interval '1 day', now() + interval '1 day', now() - interval '1 hour')"
    );
    stage.database.execute(&own).await?;
    let many = format!(
        "INSERT INTO sessions (id, secret_hash, workspace_id, user_id, method, token_id, user_agent, idle_until, expires_at)
         SELECT gen_random_uuid(), sha256(n::text::bytea), '{place}', '{user}', 'token', '{}', 'a flood',
                now() + interval '1 day', now() + interval '1 day'
         FROM generate_series(1, 150) n",
        stage.ada.token_id
    );
    stage.database.execute(&many).await?;
    stage.sign_in(&stage.ada).await?;
    let left = |method: &str| format!("SELECT count(*) FROM sessions WHERE method = '{method}'");
    assert_eq!(stage.database.number(&left("password")).await?, 1);
    assert_eq!(stage.database.number(&left("token")).await?, 100);
    Ok(())
}
