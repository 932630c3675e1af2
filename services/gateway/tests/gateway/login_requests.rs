//! Programs that ask for a token, which their person lets in on the web page.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::{Stage, problem};

async fn ask(stage: &Stage) -> anyhow::Result<Value> {
    let url = stage.url("/api/login-requests");
    let asked = stage
        .http
        .post(url)
        .json(&json!({"name": "mosaic on a laptop"}));
    let asked = asked.send().await?;
    anyhow::ensure!(asked.status() == 201, "{}", asked.text().await?);
    Ok(asked.json().await?)
}

async fn fetch(stage: &Stage, asked: &Value, secret: &Value) -> anyhow::Result<Response> {
    let id = asked["id"].as_str().unwrap_or_default();
    let url = stage.url(&format!("/api/login-requests/{id}/token"));
    Ok(stage
        .http
        .post(url)
        .json(&json!({"secret": secret}))
        .send()
        .await?)
}

/// Looks at a code, or decides, in a browser where Ada is signed in.
async fn decide(stage: &Stage, cookie: &str, what: &str, code: &Value) -> anyhow::Result<Response> {
    let path = format!("/api/login-requests/{what}");
    let request = stage.with_cookie(cookie, Method::POST, &path);
    Ok(request.json(&json!({"code": code})).send().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_its_token_once_after_its_person_has_let_it_in() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let asked = ask(&stage).await?;
    assert_eq!(asked["url"], stage.url("/approve"));
    let secret = &asked["secret"];
    let waiting = fetch(&stage, &asked, secret).await?;
    assert_eq!(waiting.status(), 202);
    assert_eq!(waiting.json::<Value>().await?["state"], "pending");

    let cookie = stage.sign_in(&stage.ada).await?;
    // As people type it.
    let code = asked["code"].as_str().unwrap_or_default();
    let typed = json!(code.to_lowercase().replace('-', " "));
    let shown = decide(&stage, &cookie, "look", &typed).await?;
    let shown: Value = shown.error_for_status()?.json().await?;
    assert_eq!(shown["name"], "mosaic on a laptop");
    assert_eq!(shown["address"], "127.0.0.1");
    assert_eq!(
        decide(&stage, &cookie, "approve", &typed).await?.status(),
        204
    );
    // Nobody decides twice.
    let again = decide(&stage, &cookie, "approve", &typed).await?;
    problem(again, 404, "not_found").await?;

    let stored = "SELECT row_to_json(r)::text FROM login_requests r";
    let stored = stage.database.text(stored).await?;
    assert!(!stored.contains("mos_") && !stored.contains(&code.replace('-', "")));
    let wrong = json!("A".repeat(43));
    problem(fetch(&stage, &asked, &wrong).await?, 404, "not_found").await?;

    let got = fetch(&stage, &asked, secret).await?;
    assert_eq!(got.status(), 200);
    let got: Value = got.json().await?;
    assert_eq!(got["me"]["userId"], stage.ada.scope.user_id.to_string());
    let token = got["token"].as_str().unwrap_or_default();
    let me = stage.http.get(stage.url("/api/me")).bearer_auth(token);
    assert_eq!(
        me.send().await?.json::<Value>().await?["credential"],
        "token"
    );
    problem(fetch(&stage, &asked, secret).await?, 404, "not_found").await?;

    let listed = stage.read("/api/tokens").await?;
    let items = listed["items"].as_array().cloned().unwrap_or_default();
    assert!(items.iter().any(|one| one["name"] == "mosaic on a laptop"));
    let entries = "SELECT string_agg(action, ' ' ORDER BY id) FROM audit_log
                   WHERE action NOT LIKE 'session.%'";
    assert_eq!(
        stage.database.text(entries).await?,
        "login_request.approve token.create"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_or_too_old_gets_nothing() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let refused = ask(&stage).await?;
    let denied = decide(&stage, &cookie, "deny", &refused["code"]).await?;
    assert_eq!(denied.status(), 204);
    let secret = &refused["secret"];
    problem(fetch(&stage, &refused, secret).await?, 404, "not_found").await?;

    let late = ask(&stage).await?;
    let approved = decide(&stage, &cookie, "approve", &late["code"]).await?;
    assert_eq!(approved.status(), 204);
    let ended = "UPDATE login_requests SET expires_at = now()";
    stage.database.execute(ended).await?;
    let secret = &late["secret"];
    problem(fetch(&stage, &late, secret).await?, 404, "not_found").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_many_tokens_keeps_no_other_program_out() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let approved = ask(&stage).await?;
    let answer = decide(&stage, &cookie, "approve", &approved["code"]).await?;
    assert_eq!(answer.status(), 204);
    let many = "INSERT INTO login_requests (id, code_hash, secret_hash, name, address, expires_at)
                SELECT gen_random_uuid(), sha256(n::text::bytea), sha256('secret'), 'a flood', '2001:db8::' || n,
                       now() + interval '15 minutes' + n * interval '1 millisecond'
                FROM generate_series(1, 5000) n";
    stage.database.execute(many).await?;
    let asked = ask(&stage).await?;
    let waiting = fetch(&stage, &asked, &asked["secret"]).await?;
    assert_eq!(waiting.status(), 202);
    // What was approved stays, however old it is.
    let got = fetch(&stage, &approved, &approved["secret"]).await?;
    assert_eq!(got.status(), 200);
    let waiting = "SELECT count(*) FROM login_requests WHERE approved_at IS NULL";
    assert_eq!(stage.database.number(waiting).await?, 5_000);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_come_in_any_more_lets_nobody_in() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let asked = ask(&stage).await?;
    let approved = decide(&stage, &cookie, "approve", &asked["code"]).await?;
    assert_eq!(approved.status(), 204);
    let off = "UPDATE users SET state = 'banned', state_at = now()";
    stage.database.execute(off).await?;
    let secret = &asked["secret"];
    problem(fetch(&stage, &asked, secret).await?, 404, "not_found").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_ends_what_was_begun_and_is_not_finished() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let asked = ask(&stage).await?;
    let approved = decide(&stage, &cookie, "approve", &asked["code"]).await?;
    assert_eq!(approved.status(), 204);
    let links = "/api/channels/telegram/links";
    let linking = stage.post(links, &json!({})).await?;
    assert_eq!(linking.status(), 201);
    let begun = "INSERT INTO oidc_logins (id, state_hash, browser_hash, provider, secrets, return_to, linking, expires_at)
                 SELECT id, sha256('state'), sha256('browser'), 'sso', 'sealed', '/', id, now() + interval '1 minute'
                 FROM users LIMIT 1";
    stage.database.execute(begun).await?;

    let end = stage.with_cookie(&cookie, Method::DELETE, "/api/sessions");
    assert_eq!(end.send().await?.status(), 200);
    let secret = &asked["secret"];
    problem(fetch(&stage, &asked, secret).await?, 404, "not_found").await?;
    for table in ["login_requests", "channel_link_codes", "oidc_logins"] {
        let left = format!("SELECT count(*) FROM {table}");
        assert_eq!(stage.database.number(&left).await?, 0, "{table}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_made_while_its_person_is_signed_out_everywhere() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let asked = ask(&stage).await?;
    let approved = decide(&stage, &cookie, "approve", &asked["code"]).await?;
    assert_eq!(approved.status(), 204);
    // As it is done, between whose parts the program comes: what it would be given is revoked no more.
    let slowly = "BEGIN;
                  SELECT id FROM users FOR NO KEY UPDATE;
                  UPDATE api_tokens SET revoked_at = now();
                  SELECT pg_sleep(1);
                  DELETE FROM login_requests;
                  COMMIT";
    let fetched = async {
        sleep(Duration::from_millis(300)).await;
        fetch(&stage, &asked, &asked["secret"]).await
    };
    let (ended, fetched) = tokio::join!(stage.database.execute(slowly), fetched);
    ended?;
    problem(fetched?, 404, "not_found").await?;
    let counting = "SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL";
    assert_eq!(stage.database.number(counting).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_session_decides_and_not_one_that_ends_before_the_token_would() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    let asked = ask(&stage).await?;
    let body = json!({"code": asked["code"]});
    for what in ["look", "approve", "deny"] {
        let path = format!("/api/login-requests/{what}");
        let with_token = stage.post(&path, &body).await?;
        problem(with_token, 403, "permission_denied").await?;
        let nobody = stage.http.post(stage.url(&path)).json(&body).send().await?;
        problem(nobody, 401, "unauthenticated").await?;
    }
    let short = "UPDATE api_tokens SET expires_at = now() + interval '1 day'";
    stage.database.execute(short).await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let borrowed = decide(&stage, &cookie, "approve", &asked["code"]).await?;
    problem(borrowed, 403, "permission_denied").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_types_codes_that_do_not_exist_is_stopped() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let asked = ask(&stage).await?;
    let malformed = decide(&stage, &cookie, "look", &json!("short")).await?;
    problem(malformed, 422, "unprocessable").await?;
    for _ in 0..5 {
        let wrong = decide(&stage, &cookie, "look", &json!("AAAAA-AAAAA")).await?;
        problem(wrong, 404, "not_found").await?;
    }
    let right = decide(&stage, &cookie, "approve", &asked["code"]).await?;
    problem(right, 429, "rate_limited").await?;
    // Somebody else goes on.
    let other = stage.sign_in(&stage.ada).await?;
    let right = decide(&stage, &other, "approve", &asked["code"]).await?;
    assert_eq!(right.status(), 204);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_ask_only_so_often_and_only_for_what_can_be_shown() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let url = stage.url("/api/login-requests");
    let with = |body: Value| stage.http.post(&url).json(&body).send();
    for name in ["", "line\nbreak", &"x".repeat(101)] {
        problem(with(json!({"name": name})).await?, 422, "unprocessable").await?;
    }
    let more = with(json!({"name": "x", "scopes": ["admin"]})).await?;
    problem(more, 400, "invalid_argument").await?;
    let mut refused = None;
    for _ in 0..30 {
        let response = with(json!({"name": "x"})).await?;
        if response.status() != 201 {
            refused = Some(response);
            break;
        }
    }
    let refused = refused.ok_or_else(|| anyhow::anyhow!("nobody was refused"))?;
    problem(refused, 429, "rate_limited").await?;
    Ok(())
}
